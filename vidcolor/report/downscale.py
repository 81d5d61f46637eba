"""The small image of a frame on which its colors are measured."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from torch import Tensor

from .. import color
from ..geometry import Geometry, Size
from ..types import Frame, VideoInfo


@dataclass(frozen=True, slots=True)
class Small:
    """A frame at the measuring size, upright and in square pixels.

    Attributes:
        luma: `(1, 1, h, w)`, 0 = black, 1 = white.
        gray: `(1, 1, h, w)`, L* / 100 of that luma, what the flow sees.
        L, ab: `(1, 1, h, w)` and `(1, 2, h, w)`, what the eye sees.
        rgb: `(1, 3, h, w)` in [0, 1], clipped as a player does.
        open_rgb: the same before clipping.
    """

    luma: Tensor
    gray: Tensor
    L: Tensor
    ab: Tensor
    rgb: Tensor
    open_rgb: Tensor


def downscale(plane: np.ndarray, size: Size, geometry: Geometry) -> np.ndarray:
    """Coded `(H, W)` codes as float32 of `size`, upright: averages, not rounded."""
    coded = geometry.before_turning(size)
    smaller = plane.shape[0] >= coded.height and plane.shape[1] >= coded.width
    small = cv2.resize(
        plane.astype(np.float32),
        coded,
        interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR,
    )
    return geometry.to_upright(small)


def to_small(frame: Frame, info: VideoInfo, size: Size) -> Small:
    """What is measured of a frame.

    Args:
        frame: with its chroma, gray film without.
        info: of its film.
        size: of the result, see `Geometry.working_size`.
    """
    y, u, v = (downscale(plane, size, info.geometry) for plane in _planes(frame, info))
    open_rgb = torch.from_numpy(color.planes_to_open_rgb(y, u, v, info.tags))
    open_rgb = open_rgb.permute(2, 0, 1)[None].contiguous()
    rgb = open_rgb.clamp(0, 1)
    L, ab = color.rgb_to_lab(rgb)
    codes = np.round(y).astype(frame.y.dtype)
    black, white = color.luma_range(info.tags)
    return Small(
        luma=torch.from_numpy((y - black) / (white - black))[None, None],
        gray=color.lightness(codes, info.tags) / 100,
        L=L,
        ab=ab,
        rgb=rgb,
        open_rgb=open_rgb,
    )


def to_image(frame: Frame, info: VideoInfo, size: Size) -> np.ndarray:
    """The frame as people see it: uint8 RGB `(h, w, 3)` of `size`, upright."""
    y, u, v = (downscale(plane, size, info.geometry) for plane in _planes(frame, info))
    return color.planes_to_rgb(y, u, v, info.tags)


def to_gray_image(frame: Frame, info: VideoInfo, size: Size) -> np.ndarray:
    """The frame's luma alone as people see it, like `to_image`."""
    return to_image(replace(frame, chroma=None), info, size)


def _planes(frame: Frame, info: VideoInfo) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Luma and chroma codes, each of its own size; neutral chroma where the frame has none."""
    if frame.chroma is not None:
        return (frame.y, *frame.chroma)
    neutral = np.full((1, 1), 2 ** (info.tags.depth - 1), frame.y.dtype)
    return frame.y, neutral, neutral
