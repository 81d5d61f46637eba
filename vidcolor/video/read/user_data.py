"""What rides along with frames: closed captions (CEA-608 and 708) and the active format (AFD)."""

from __future__ import annotations

from pathlib import Path

import av.error
from av.video.frame import VideoFrame

from ...errors import MediaError
from ...types import VideoInfo
from .decoding import PictureDecoder
from .side_data import side_data

_ATSC = b"\xb5\x00\x31"  # country and provider of ITU-T T.35: United States, ATSC
_BEARERS = ("h264", "hevc", "mpeg2video", "mpeg1video")
_PLACES, _FRAMES = (0.0, 0.3, 0.7), 12


def read_user_data(picture: VideoFrame) -> tuple[bytes, ...]:
    """Captions and active format of a picture as user data (ATSC A/53 part 4, 6.2.3; T.35)."""
    found = []
    captions = side_data(picture, "A53_CC")
    if captions:
        count = len(captions) // 3
        found.append(_ATSC + b"GA94\x03" + bytes([0x40 | count & 0x1F, 0xFF]) + captions + b"\xff")
    active = side_data(picture, "AFD")
    if active:
        found.append(_ATSC + b"DTG1\x41" + bytes([0xF0 | active[0] & 0x0F]))
    return tuple(found)


def what_rides_along(path: Path, info: VideoInfo) -> tuple[str, ...]:
    """Names of what some frames from all over a film carry.

    Args:
        path, info: the film.
    """
    if info.codec not in _BEARERS:
        return ()
    names: dict[str, None] = {}
    seen: set[int | None] = set()
    try:
        decoder = PictureDecoder(path, info.rate)
    except MediaError:
        return ()
    try:
        length = decoder.stream.duration
        for share in _PLACES:
            if share and not (length and decoder.seek(int(share * length))):
                break
            for number, picture in enumerate(decoder.pictures(), start=1):
                if number == 1 and picture.pts in seen:
                    break  # a short film: the key frame before this place was looked at
                seen.add(picture.pts)
                if side_data(picture, "A53_CC"):
                    names["closed captions"] = None
                if side_data(picture, "AFD"):
                    names["active format (AFD)"] = None
                if number >= _FRAMES:
                    break
    except av.error.FFmpegError:
        pass  # damage is told where the film is read
    finally:
        decoder.close()
    return tuple(names)
