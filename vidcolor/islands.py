"""Small islands in a plane of a picture, and what lightness outlines."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

# Islands up to twice this share of the short side.
_RADIUS = 1 / 20


def without_islands(plane: Tensor) -> Tensor:
    """A morphological opening: small maxima are gone.

    What it takes away is the white top-hat (Serra, "Image Analysis and Mathematical Morphology",
    1982).

    Args:
        plane: `(B, 1, h, w)`.
    """
    radius = _radius(plane)
    return largest(-largest(-plane, radius), radius)


def apart(L: Tensor) -> Tensor:
    """L* by which places differ from what surrounds them as widely as an island: `(B, 1, h, w)`."""
    near, around = (F.avg_pool2d(_padded(L, r), 2 * r + 1, 1) for r in (core(L), _radius(L)))
    return (near - around).abs()


def core(plane: Tensor) -> int:
    """Radius in pixels within which a place is looked at by `apart`."""
    return max(1, _radius(plane) // 3)


def largest(plane: Tensor, radius: int) -> Tensor:
    """The largest value within `radius` pixels along rows and columns: `(B, 1, h, w)`."""
    # along rows, then along columns: the same in a fraction of the comparisons
    plane = F.max_pool2d(_padded(plane, radius), (1, 2 * radius + 1), 1)
    return F.max_pool2d(plane, (2 * radius + 1, 1), 1)


def _radius(plane: Tensor) -> int:
    return max(1, round(min(plane.shape[-2:]) * _RADIUS))


def _padded(plane: Tensor, radius: int) -> Tensor:
    return F.pad(plane, (radius,) * 4, mode="replicate")
