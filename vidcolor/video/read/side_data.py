"""Data that decoders hang onto pictures."""

from __future__ import annotations

from typing import cast

from av.buffer import Buffer
from av.sidedata.sidedata import SideDataContainer
from av.video.frame import VideoFrame


def side_data(picture: VideoFrame, name: str) -> bytes | None:
    """The data of one of libav's kinds ("DISPLAYMATRIX"), None where the picture has none."""
    try:
        # not `picture.side_data`: what it returns and the picture would hold each other, and stay
        # in memory, many frames of them, until Python looks for such circles
        container = SideDataContainer(picture)  # type: ignore[call-arg]
        data = cast("Buffer | None", container.get(name))
    except ValueError:
        # PyAV refuses all data of a picture beside a kind it does not know (EXIF of TIFF, JPEG)
        return None
    return None if data is None else bytes(data)
