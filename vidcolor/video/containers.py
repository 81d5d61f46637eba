"""Opening files with PyAV so that a name or a disguised script can do no harm."""

from __future__ import annotations

from pathlib import Path

import av
import av.error
from av.container import InputContainer

from ..errors import MediaError

# Playlists, scripts and network protocols are left out on purpose: a text file named .mp4 must
# not make libav open other files or hosts.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,flv,asf,mxf,nut,"
    "gif,apng,ogg,dv,rm,wtv,swf,ivf,obu,yuv4mpegpipe,gxf,vob,vc1,image2,png_pipe,jpeg_pipe,"
    "tiff_pipe,webp_pipe,bmp_pipe,pgm_pipe,ppm_pipe,dpx_pipe,exr_pipe,j2k_pipe"
)


def libav_name(path: Path) -> str:
    """The path as libav must be told it: absolute, as a file, never as a protocol."""
    return "file:" + str(path.absolute())


def open_input(path: Path) -> InputContainer:
    """Opens a film for reading.

    Raises:
        MediaError: missing, a folder, unreadable, empty or not a film.
    """
    if not path.exists():
        raise MediaError(f"{path}: no such file")
    if path.is_dir():
        raise MediaError(f"{path}: is a folder, not a film")
    if path.stat().st_size == 0:
        raise MediaError(f"{path}: the file is empty")
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
    try:
        return av.open(libav_name(path), "r", container_options=options, metadata_errors="replace")
    except PermissionError as err:
        raise MediaError(f"{path}: no permission to read it") from err
    except (av.error.FFmpegError, OSError) as err:
        raise MediaError(f"{path}: not a film that can be read ({reason(err)})") from err


def reason(err: BaseException) -> str:
    """What went wrong in libav's own words, in one line, without paths and numbers."""
    text = getattr(err, "strerror", None) or str(err)
    return " ".join(text.split()).strip().lower() or type(err).__name__
