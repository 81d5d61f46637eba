"""Colors from an image that shows the same things: matched by what an encoder sees in both.

Places are compared by their features at strides 8, 16 and 32, as in deep image analogy (Liao et
al., SIGGRAPH 2017) and exemplar-based colorization (He et al., SIGGRAPH 2018), and the result is
smoothed within the edges of the lightness (guided filter, He et al., ECCV 2010). A match counts as
much as it is sure: between two films, hardly anything is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..colorizers.descriptors import descriptors

Encode = Callable[[Tensor], Sequence[Tensor]]
"""L* `(1, 1, h, w)` -> features at strides 8, 16 and 32, float32."""

SHORT_SIDE = 256
"""Pixels of an image that is compared."""

_TEMPERATURE = 0.03
"""Of the softmax over cosines; chosen with what follows on real shots, whose first frame was given,
so that frames of other shots say nothing."""
_UNLIKE, _ALIKE = 0.45, 0.65
"""Cosines at which two places have nothing in common, and at which they surely are the same."""
_SPREAD = 8.0
"""Spread of the matched colors, in ab, at which their mean says less than half."""
_MOST = 0.8
"""Weight of the surest match: not as much as what a person painted."""
_LEAST_SHARE = 0.02
"""Of the image's places that must be surely matched; less is chance."""
_LEAST_POINT = 0.3
"""Weight that a point must reach at one place of an image; less everywhere is chance."""
_SMOOTH_RADIUS, _SMOOTH_EDGE = 6, 1e-3
_LEAST = 0.1
"""Weight below which a pixel has none."""
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Seen:
    """An image as an encoder sees it.

    Attributes:
        L: float32 `(1, 1, h, w)`, L*.
        features: at strides 8, 16 and 32.
    """

    L: Tensor
    features: tuple[Tensor, ...]

    @classmethod
    def of(cls, L: Tensor, encode: Encode) -> Seen:
        """Looks at an image of any size."""
        h, w = L.shape[-2:]
        scale = SHORT_SIDE / min(h, w)
        size = [round(n * scale) for n in (h, w)]
        fitting = F.interpolate(L, size=size, mode="bilinear", align_corners=False, antialias=True)
        return cls(L, tuple(encode(fitting)))


def photo_colors(
    shown: Seen, photo: Seen, photo_ab: Tensor, known: Tensor | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Colors of an image by those of a photograph that shows the same things.

    Args:
        shown: the image.
        photo: the photograph.
        photo_ab: its a* and b*, float32 `(1, 2, ...)`.
        known: how far each of its pixels has a color, float32 `(1, 1, ...)`; None = all have.

    Returns:
        ab `(2, h, w)` and weight `(h, w)`, float32, at the size of `shown.L`; all weights 0 where
        hardly anything is alike.
    """
    cosines, cells, photo_cells = _cosines(shown, photo)
    known = torch.ones_like(photo_ab[:, :1]) if known is None else known
    mass = F.adaptive_avg_pool2d(known, photo_cells)
    sums = F.adaptive_avg_pool2d(photo_ab * known, photo_cells)
    colors = (sums / mass.clamp(min=_TINY))[0].flatten(1).T
    shares = torch.softmax(cosines / _TEMPERATURE, dim=1) * mass.flatten()
    found = shares.sum(1)
    shares = shares / found[:, None].clamp(min=_TINY)
    ab = shares @ colors
    variance = (shares @ colors.square().sum(1) - ab.square().sum(1)).clamp(min=0)
    sure = _sureness(cosines.max(1).values)
    if float((sure > 0.5).float().mean()) < _LEAST_SHARE:
        sure = torch.zeros_like(sure)
    # what is most like a place without a color stays without one
    weight = sure * found * torch.exp(-variance / _SPREAD**2)
    return _smoothed(ab.T.unflatten(1, cells), weight.unflatten(0, cells), shown.L)


def place_weights(shown: Seen, source: Seen, places: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Where an image shows what is at each of several places of another image.

    Args:
        shown: the image.
        source: the image with the places.
        places: bool, pixels of each, of the size of `source.L`.

    Returns:
        float32 `(h, w)` for each, weights at the size of `shown.L`.
    """
    cosines, cells, source_cells = _cosines(shown, source)
    found = []
    for inside in places:
        place = torch.from_numpy(inside)[None, None].float()
        here = F.adaptive_max_pool2d(place, source_cells).flatten() > 0
        weight = _sureness(cosines[:, here].max(1).values)
        if float(weight.max()) < _LEAST_POINT:
            weight = torch.zeros_like(weight)
        none = torch.zeros(2, *cells)
        found.append(_smoothed(none, weight.unflatten(0, cells), shown.L)[1])
    return found


def _sureness(cosine: Tensor) -> Tensor:
    return _MOST * ((cosine - _UNLIKE) / (_ALIKE - _UNLIKE)).clamp(0, 1)


def _cosines(a: Seen, b: Seen) -> tuple[Tensor, tuple[int, int], tuple[int, int]]:
    """Likeness of all places of one image `(cells of a, cells of b)`, and both grids."""
    first, second = descriptors(a.features, b.features)
    grids = [(x.shape[-2], x.shape[-1]) for x in (first, second)]
    return first.flatten(1).T @ second.flatten(1), grids[0], grids[1]


def _smoothed(ab: Tensor, weight: Tensor, L: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Coarse planes at the size of L, smooth within its edges."""
    guide = np.ascontiguousarray(L[0, 0].numpy() / 100)
    size = (guide.shape[1], guide.shape[0])
    weighted = torch.cat((ab * weight, weight[None])).permute(1, 2, 0).numpy()
    large = cv2.resize(np.ascontiguousarray(weighted), size, interpolation=cv2.INTER_LINEAR)
    a, b, mass = (
        cv2.ximgproc.guidedFilter(guide, np.ascontiguousarray(large[..., n]), _SMOOTH_RADIUS,
                                  _SMOOTH_EDGE)
        for n in range(3)
    )  # fmt: skip
    mass = np.clip(mass, 0, _MOST).astype(np.float32)
    # what is left of the filter's tails says nothing
    mass[mass < _LEAST] = 0
    colors = np.stack((a, b)) / np.maximum(mass, _LEAST)
    return np.where(mass > 0, colors, 0).astype(np.float32), mass
