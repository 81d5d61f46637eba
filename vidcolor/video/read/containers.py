"""Opening films with PyAV so that a name or a disguised script can do no harm."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from ...errors import MediaError
from .folder import DEFAULT_RATE, find_pictures, is_picture_folder

MAX_PIXELS = 64_000_000
"""Pictures above this size are refused before one is decoded (a 31-kB file can hold 3 GB)."""

# Playlists, scripts and network protocols are left out on purpose: a text file named .mp4 must
# not make libav open other files or hosts.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,mjpeg,flv,asf,"
    "mxf,nut,gif,apng,ogg,dv,rm,wtv,swf,ivf,obu,yuv4mpegpipe,gxf,vob,vc1,image2,png_pipe,jpeg_pipe,"
    "tiff_pipe,webp_pipe,bmp_pipe,pgm_pipe,ppm_pipe,dpx_pipe,exr_pipe,j2k_pipe"
)
# PyAV 19 leaves no choice: broken tags are read as surrogates, which `readable` mends.
_TAG_ERRORS: Mapping[str, Any] = (
    {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_NOT_A_FILM = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image


def libav_name(path: Path) -> str:
    """The path as libav must be told it: absolute, as a file, never as a protocol."""
    return "file:" + str(path.absolute())


def open_input(path: Path, rate: Fraction | None = None) -> InputContainer:
    """Opens a film, or a folder of numbered pictures, for reading.

    Args:
        path: of a file, a folder, or the pattern of names of pictures in one.
        rate: frames a second of pictures, which have no times of their own; None = 24.

    Raises:
        MediaError: missing, unreadable, empty or not a film.
    """
    try:
        if is_picture_folder(path):
            return find_pictures(path).open(rate or DEFAULT_RATE)
        if str(path) == "-":
            raise MediaError(
                "-: a film is not read from standard input", hint="copy the film to a file first"
            )
        if not path.exists() and _ADDRESS.match(str(path)):
            raise MediaError(
                f"{path}: an address is not read",
                hint="download the film first, then color the file",
            )
        if not path.exists():
            raise MediaError(f"{path}: no such file", hint="check the name and the folder")
        if not path.is_file():
            raise MediaError(f"{path}: not a regular file", hint="copy the film to a file first")
        if path.stat().st_size == 0:
            raise MediaError(f"{path}: the file is empty")
        options = {
            "format_whitelist": _FORMATS,
            "protocol_whitelist": "file",
            "pattern_type": "none",  # a picture named %03d.png is one picture
        }
        return av.open(libav_name(path), "r", container_options=options, **_TAG_ERRORS)
    except MemoryError:
        raise
    except PermissionError as err:
        raise MediaError(f"{path}: no permission to read it") from err
    except (av.error.FFmpegError, OSError, ValueError) as err:
        raise MediaError(
            f"{path}: not a film that can be read ({reason(err)})",
            hint="the file may be damaged, unfinished or of another kind than its name says",
        ) from err


def film_depth(path: Path) -> int:
    """Bits per code of a film's picture track by its header, 8 where that does not say."""
    try:
        with open_input(path) as film:
            layout = picture_track(path, film).codec_context.format
    except (MediaError, av.error.FFmpegError):
        return 8
    return 8 if layout is None else max(component.bits for component in layout.components)


def readable(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags with a question mark for every byte that is not UTF-8, fit to be shown and written."""
    return {_mended(key): _mended(value) for key, value in tags.items()}


def picture_track(path: Path, container: InputContainer) -> VideoStream:
    """The track to be colored: no cover picture; the default one, then the largest, the first.

    Raises:
        MediaError: there is none, its codec is unknown, or its pictures are too large.
    """
    tracks = picture_tracks(container)
    if not tracks:
        what = "only a cover picture" if container.streams.video else "no picture track"
        raise MediaError(f"{path}: {what} in the file", hint="is it a sound recording?")

    def rank(track: VideoStream) -> tuple[bool, int, int]:
        context = track.codec_context
        area = context.width * context.height if context else 0
        return bool(track.disposition & Disposition.default), area, -track.index

    track = max(tracks, key=rank)
    if track.codec_context is None:
        raise MediaError(f"{path}: the picture track is in a codec that cannot be decoded")
    check_size(path, track.codec_context.width, track.codec_context.height)
    return track


def picture_tracks(container: InputContainer) -> list[VideoStream]:
    """The moving pictures of a file: its video streams without covers and thumbnails."""
    return [s for s in container.streams.video if not s.disposition & _NOT_A_FILM]


def check_size(path: Path, width: int, height: int) -> None:
    """Refuses pictures that would fill the memory.

    Raises:
        MediaError: more than `MAX_PIXELS`.
    """
    if width * height > MAX_PIXELS:
        raise MediaError(
            f"{path}: frame size {width}x{height} exceeds the limit of "
            f"{MAX_PIXELS // 1_000_000} million pixels"
        )


def start_time(container: InputContainer) -> Fraction:
    """Seconds at which the first sound or picture of the file begins; 0 where nothing is said.

    libav's own `start_time` is the same rounded to microseconds, enough to miss a frame.
    """
    starts = [
        stream.start_time * stream.time_base
        for stream in container.streams
        if stream.type in ("video", "audio")
        and not stream.disposition & _NOT_A_FILM
        and stream.start_time is not None
        and stream.time_base
    ]
    return min(starts, default=Fraction(0))


def _mended(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def reason(err: BaseException) -> str:
    """What went wrong in libav's own words, in one line, without paths and numbers."""
    text = (getattr(err, "strerror", None) or str(err)).removesuffix(", patches welcome")
    return " ".join(text.split()).strip().lower() or type(err).__name__
