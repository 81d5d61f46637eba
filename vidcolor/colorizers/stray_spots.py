"""Takes away small islands of color that lightness does not outline: a red spot on a lawn."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..islands import apart, core, largest, without_islands

# ab units that an island may stand out from what surrounds it; chosen on frames of real clips,
# where distance to the truth falls.
_STANDS_OUT = 8.0
# L* by which a thing differs from its surroundings: from here on it may have its color, and from
# twice as much on in full.
_OUTLINED = 5.0


def without_stray_spots(ab: Tensor, L: Tensor) -> Tensor:
    """Colors without islands of chroma on things that bear none.

    An island is what an opening of the chroma takes away, see `islands`. It becomes paler and
    keeps its hue; what is lighter or darker than its surroundings is left as it is.

    Args:
        ab: float32 `(B, 2, h, w)`, a* and b*.
        L: `(B, 1, ...)`, L* of the same pictures at any size.

    Returns:
        ab of the same shape.
    """
    chroma = torch.hypot(ab[:, :1], ab[:, 1:])
    light = F.interpolate(L.float(), size=(ab.shape[-2], ab.shape[-1]), mode="area")
    # a thing's edge is as much outlined as its middle
    outlined = largest((apart(light) / _OUTLINED - 1).clamp(0, 1), core(light))
    share = ((without_islands(chroma) + _STANDS_OUT) / chroma.clamp(min=_STANDS_OUT)).clamp(max=1)
    return ab * torch.lerp(share, torch.ones_like(share), outlined)
