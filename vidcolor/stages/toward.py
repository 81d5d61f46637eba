"""A frame's colors, moved towards those that the film's shots agree on.

They move as a whole, within the edges of the lightness (guided filter, He et al., ECCV 2010): what
varies within a thing stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch.nn.functional as F

from .grid import resized

if TYPE_CHECKING:
    from torch import Tensor

    from .values import WorkFrame

# Short side at which colors are compared: what is finer is not in the targets.
_CELLS = 40
# Of the guided filter: radius in short sides, and variance of L*/100 that counts as an edge.
_RADIUS, _EDGE = 0.04, 1e-3


def agreeing(ab: Tensor, item: WorkFrame) -> Tensor:
    """Colors `(1, 2, ...)` moved towards those that were agreed on; not where a person's are."""
    if item.target is None:
        return ab
    size = (ab.shape[-2], ab.shape[-1])
    weight = resized(item.target.weight, size)
    if item.paste is not None:
        weight = weight * (1 - resized(item.paste, size))
    coarse = (round(size[0] * _CELLS / min(size)), round(size[1] * _CELLS / min(size)))
    own = resized(F.adaptive_avg_pool2d(ab, coarse), size)
    change = (resized(item.target.ab, size) - own) * weight
    return ab + smooth(change, resized(item.L.float(), size) / 100)


def smooth(x: Tensor, guide: Tensor) -> Tensor:
    """Planes `(1, C, h, w)` smooth within the edges of a guide `(1, 1, h, w)` in [0, 1]."""
    radius = max(1, round(_RADIUS * min(guide.shape[-2:])))

    def mean(y: Tensor) -> Tensor:
        padded = F.pad(y, (radius,) * 4, mode="replicate")
        return F.avg_pool2d(padded, 2 * radius + 1, stride=1)

    light, level = mean(guide), mean(x)
    slope = (mean(x * guide) - level * light) / (mean(guide * guide) - light.square() + _EDGE)
    return mean(slope) * guide + mean(level - slope * light)
