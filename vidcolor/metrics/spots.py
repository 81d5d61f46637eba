"""Stray spots: small islands of strong color on things that bear none."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

# Islands up to twice this share of the short side count.
_RADIUS = 1 / 20
# Lab units: how far chroma stands out, and how little lightness may.
_CHROMA, _LIGHTNESS = 12.0, 5.0


def stray_spots(L: Tensor, ab: Tensor) -> Tensor:
    """Share of pixels in small islands of chroma that lightness does not outline.

    An island is what a morphological opening of the chroma takes away (the white top-hat: Serra,
    "Image Analysis and Mathematical Morphology", 1982). A red lamp is lighter or darker than what
    surrounds it; a red spot on a lawn is not. True photographs have a few too, so compare rows.

    Args:
        L: `(B, 1, h, w)`, L*.
        ab: `(B, 2, h, w)`, a* and b*.

    Returns:
        `(B,)` in [0, 1].
    """
    radius = max(1, round(min(L.shape[-2:]) * _RADIUS))
    chroma = F.avg_pool2d(_padded(ab.norm(dim=1, keepdim=True), 1), 3, 1)
    opened = _largest(-_largest(-chroma, radius), radius)
    near, around = (_mean(L, r) for r in (max(1, radius // 3), radius))
    spots = (chroma - opened > _CHROMA) & ((near - around).abs() < _LIGHTNESS)
    return spots.float().mean((1, 2, 3))


def _padded(x: Tensor, radius: int) -> Tensor:
    return F.pad(x, (radius,) * 4, mode="replicate")


def _largest(x: Tensor, radius: int) -> Tensor:
    return F.max_pool2d(_padded(x, radius), 2 * radius + 1, 1)


def _mean(x: Tensor, radius: int) -> Tensor:
    return F.avg_pool2d(_padded(x, radius), 2 * radius + 1, 1)
