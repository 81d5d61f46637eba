"""Regions that keep their own color, held along the flow; the rest of the image is colored.

A region begins where chroma is far from the film's tint, and is followed from frame to frame:
where it was, less color is enough, and where its color fails for a frame or two it fades slowly,
so that its border does not flicker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from torch import Tensor

from flow.warp import backward_warp

from ..analysis.painted import WEAK, beside_tint, regions
from .motion import resized_motion

if TYPE_CHECKING:
    from ..geometry import Geometry, Size
    from ..state import PipelineState
    from ..types import ColorTags, Frame
    from .values import WorkFrame

_FADE = 0.75
"""What is left of a region per frame in which nothing speaks for it."""
_FULL = 9.0
"""Chroma beside the tint, in 8-bit codes, that is kept wholly near a region."""
_NEAR = 5
"""Width in pixels of the color grid of what lies near a region; odd."""


def hold_regions(items: Iterable[WorkFrame], state: PipelineState | None) -> Iterator[WorkFrame]:
    """Adds the regions of each frame that keep their color.

    Args:
        items: frames in order, with the motion between them; without it, regions are those of
            each frame alone.
        state: after the frame before the first of `items`, where its shot goes on.
    """
    held = None if state is None else state.regions
    for item in items:
        if item.keeps_color or item.beside_tint is None:
            held = None
        else:
            moved = None if item.starts_shot else _moved(held, item)
            held = _held(item.beside_tint, moved)
        yield replace(item, beside_tint=None, regions=held)


def _moved(held: Tensor | None, item: WorkFrame) -> Tensor | None:
    if held is None or item.motion is None:
        return None
    size = (held.shape[-2], held.shape[-1])
    motion = resized_motion(item.motion, size)
    return backward_warp(held, motion.flow) * motion.trust


def _held(beside: Tensor, before: Tensor | None) -> Tensor:
    seen = beside[0, 0].cpu().numpy()
    was = None if before is None else before[0, 0].cpu().numpy()
    found = regions(seen, None if was is None else was > 0.5).astype(np.float32)
    if was is not None:
        found = np.maximum(found, _FADE * was * (was > 0.05))
    return torch.from_numpy(found)[None, None].to(beside.device)


def kept_share(
    held: Tensor, frame: Frame, geometry: Geometry, tags: ColorTags, size: Size
) -> np.ndarray:
    """How far a frame's own chroma is kept: float32 `(h, w)` in [0, 1], feathered.

    All of it inside a region. About its border, where the color of the small region is not exact,
    the pixels that are beside the tint themselves.

    Args:
        held: `WorkFrame.regions`.
        frame: with its chroma.
        geometry: of the film.
        tags: of the film.
        size: of the result.
    """
    assert frame.chroma is not None
    small = geometry.to_coded(held[0, 0].cpu().numpy())
    window = np.ones((_NEAR, _NEAR), np.uint8)
    near = cv2.GaussianBlur(cv2.dilate(small, window), (0, 0), 1)
    inside = cv2.GaussianBlur(cv2.erode(small, np.ones((3, 3), np.uint8)), (0, 0), 0.7)
    near, inside = (cv2.resize(x, size, interpolation=cv2.INTER_LINEAR) for x in (near, inside))
    beside = beside_tint(frame.y, *frame.chroma, tags.depth, size.shape)
    is_colored = np.clip((beside - WEAK / 2) / (_FULL - WEAK / 2), 0, 1)
    return np.asarray(np.clip(np.maximum(inside, near * is_colored), 0, 1))
