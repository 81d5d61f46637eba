"""Stray spots: small islands of strong color on things that bear none."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..islands import apart, without_islands

# Lab units: how far chroma stands out, and how little lightness may.
_CHROMA, _LIGHTNESS = 12.0, 5.0


def stray_spots(L: Tensor, ab: Tensor) -> Tensor:
    """Share of pixels in small islands of chroma that lightness does not outline.

    An island is what an opening of the chroma takes away, see `islands`. A red lamp is
    lighter or darker than what surrounds it; a red spot on a lawn is not. True photographs have a
    few too, so compare rows.

    Args:
        L: `(B, 1, h, w)`, L*.
        ab: `(B, 2, h, w)`, a* and b*.

    Returns:
        `(B,)` in [0, 1].
    """
    chroma = torch.hypot(ab[:, :1], ab[:, 1:])
    chroma = F.avg_pool2d(F.pad(chroma, (1,) * 4, mode="replicate"), 3, 1)
    spots = (chroma - without_islands(chroma) > _CHROMA) & (apart(L) < _LIGHTNESS)
    return spots.float().mean((1, 2, 3))
