"""Data that decoders hang onto pictures."""

from __future__ import annotations

from typing import cast

from av.buffer import Buffer
from av.video.frame import VideoFrame


def side_data(picture: VideoFrame, name: str) -> bytes | None:
    """The data of one of libav's kinds ("DISPLAYMATRIX"), None where the picture has none."""
    try:
        data = cast("Buffer | None", picture.side_data.get(name))
    except ValueError:
        # PyAV refuses all data of a picture beside a kind it does not know (EXIF of TIFF, JPEG)
        return None
    return None if data is None else bytes(data)
