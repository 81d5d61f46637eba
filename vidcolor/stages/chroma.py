"""From small colors to the file's chroma planes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

from .. import color
from ..upsample import chroma_to_size, own_chroma
from .kept_regions import kept_share
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
            kept = own_chroma(frame.chroma, chroma_size, info.tags, tags)
            yield ColoredFrame(frame, *kept, item.state)
            continue
        L, ab = (x[0].float().cpu().numpy() for x in (item.L, item.ab))
        planes = color.chroma(L[0], _enlarged(ab, L[0].shape), tags.matrix)
        turned = [info.geometry.to_coded(plane) for plane in planes]
        u, v = chroma_to_size(turned, frame.y, white, chroma_size, tags)
        if item.regions is not None and frame.chroma is not None:
            share = kept_share(item.regions, frame, info.geometry, info.tags, chroma_size)
            own = own_chroma(frame.chroma, chroma_size, info.tags, tags)
            u, v = (_mixed(new, kept, share) for new, kept in zip((u, v), own, strict=True))
        else:
            frame = replace(frame, chroma=None)
        yield ColoredFrame(frame, u, v, item.state, item.locks)


def _enlarged(ab: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Planes `(2, h, w)` at another size, bilinear."""
    size = shape[::-1]
    return np.stack([cv2.resize(x, size, interpolation=cv2.INTER_LINEAR) for x in ab])


def _mixed(new: np.ndarray, own: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Codes between the new ones and, where the share is 1, the frame's own."""
    mixed = new + (own.astype(np.float32) - new) * share
    return np.asarray((mixed + 0.5).astype(new.dtype))
