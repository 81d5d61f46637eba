"""What the places of images look like to an encoder, so that they can be compared."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

# Of strides 8, 16 and 32.
_LEVEL_WEIGHTS = (1.0, 2.0, 1.0)
_TINY = 1e-3


def descriptors(*images: Sequence[Tensor]) -> list[Tensor]:
    """Describes places on the grid of stride 8, relative to the mean of all images given.

    Args:
        images: of each, features `(1, channels, h, w)` at strides 8, 16 and 32.

    Returns:
        For each image `(channels, h, w)`, unit vectors: their products are likeness in [-1, 1].
    """
    grids = [image[0].shape[-2:] for image in images]
    parts: list[list[Tensor]] = [[] for _ in images]
    for weight, *features in zip(_LEVEL_WEIGHTS, *images, strict=True):
        every = torch.cat([x.flatten(2) for x in features], dim=2)
        mean, spread = every.mean(2), every.std(2, correction=0) + _TINY
        for part, grid, x in zip(parts, grids, features, strict=True):
            unit = F.normalize((x - mean[..., None, None]) / spread[..., None, None], dim=1)
            part.append(
                F.interpolate(unit, size=grid, mode="bilinear", align_corners=False) * weight**0.5
            )
    return [F.normalize(torch.cat(part, dim=1), dim=1)[0] for part in parts]
