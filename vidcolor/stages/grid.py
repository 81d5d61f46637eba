"""Sizes that colors are held at between the stages."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def color_grid(size: tuple[int, int]) -> tuple[int, int]:
    """(height, width) of the color grid of a working size: half of it, rounded up."""
    return -(-size[0] // 2), -(-size[1] // 2)


def resized(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Planes `(B, C, h, w)` at another size, bilinear; themselves where they fit."""
    if tuple(x.shape[-2:]) == tuple(size):
        return x
    return F.interpolate(x, size=tuple(size), mode="bilinear", align_corners=False)
