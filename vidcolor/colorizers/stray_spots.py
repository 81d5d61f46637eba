"""Takes away small islands of color that lightness does not outline: a red spot on a lawn."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

# Islands up to twice this share of the short side are looked for.
_RADIUS = 1 / 20
# ab units that an island may stand out from what surrounds it; chosen on frames of real clips,
# where distance to the truth falls.
_STANDS_OUT = 8.0
# L* by which a thing differs from its surroundings: from here on it may have its color, and from
# twice as much on in full.
_OUTLINED = 5.0


def without_stray_spots(ab: Tensor, L: Tensor) -> Tensor:
    """Colors without islands of chroma on things that bear none.

    An island is what a morphological opening of the chroma takes away (the white top-hat: Serra,
    "Image Analysis and Mathematical Morphology", 1982). It becomes paler and keeps its hue; what is
    lighter or darker than its surroundings is left as it is.

    Args:
        ab: float32 `(B, 2, h, w)`, a* and b*.
        L: `(B, 1, ...)`, L* of the same pictures at any size.

    Returns:
        ab of the same shape.
    """
    size = (ab.shape[-2], ab.shape[-1])
    radius = max(1, round(min(size) * _RADIUS))
    chroma = ab.norm(dim=1, keepdim=True)
    opened = _largest(-_largest(-chroma, radius), radius)
    light = F.interpolate(L.float(), size=size, mode="area")
    near = max(1, radius // 3)
    apart = (_mean(light, near) - _mean(light, radius)).abs()
    # a thing's edge is as much outlined as its middle
    outlined = _largest((apart / _OUTLINED - 1).clamp(0, 1), near)
    share = ((opened + _STANDS_OUT) / chroma.clamp(min=_STANDS_OUT)).clamp(max=1)
    return ab * torch.lerp(share, torch.ones_like(share), outlined)


def _padded(x: Tensor, radius: int) -> Tensor:
    return F.pad(x, (radius,) * 4, mode="replicate")


def _largest(x: Tensor, radius: int) -> Tensor:
    # along rows, then along columns: the same in a fraction of the comparisons
    x = F.max_pool2d(_padded(x, radius), (1, 2 * radius + 1), 1)
    return F.max_pool2d(x, (2 * radius + 1, 1), 1)


def _mean(x: Tensor, radius: int) -> Tensor:
    return F.avg_pool2d(_padded(x, radius), 2 * radius + 1, 1)
