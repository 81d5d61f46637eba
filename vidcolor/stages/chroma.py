"""From small colors to the file's chroma planes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from .. import color
from ..upsample import chroma_to_size, own_chroma
from .grid import resized
from .values import ColoredFrame

if TYPE_CHECKING:
    from ..geometry import Size
    from ..types import ColorTags, Frame, VideoInfo
    from .values import RefinedFrame


def to_chroma(
    frames: Iterable[Frame],
    items: Iterable[RefinedFrame],
    info: VideoInfo,
    tags: ColorTags,
    chroma_size: Size,
) -> Iterator[ColoredFrame]:
    """Frames at full size and their small ab -> the file's two chroma planes.

    Args:
        frames: as decoded; those that `items` have, in the same order.
        items: small colors.
        info: of the source.
        tags: how the output's codes are written.
        chroma_size: of the output's chroma planes.

    Raises:
        RuntimeError: the frames are not those that the colors belong to.
    """
    white = color.luma_range(info.tags)[1]
    remaining = iter(frames)
    for item in items:
        frame = next(remaining, None)
        if frame is None or frame.index != item.index:
            found = "none" if frame is None else frame.index
            raise RuntimeError(f"colors of frame {item.index}, but frame {found} was read")
        if item.keeps_color:
            assert frame.chroma is not None
            kept = own_chroma(frame.chroma, chroma_size, tags.depth - info.tags.depth)
            yield ColoredFrame(frame, *kept, item.state)
            continue
        frame = replace(frame, chroma=None)
        ab = resized(item.ab, (item.L.shape[-2], item.L.shape[-1]))
        small = color.chroma(item.L, ab, tags.matrix)
        turned = info.geometry.to_coded(small[0].permute(1, 2, 0).cpu().numpy())
        planes = chroma_to_size(turned, frame.y, white, chroma_size, tags.siting)
        u, v = (color.chroma_codes(plane, tags) for plane in planes)
        yield ColoredFrame(frame, u, v, item.state, item.locks)
