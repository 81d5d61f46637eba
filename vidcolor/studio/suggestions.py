"""Likely colors at a place: the peaks of what the colorizer says there.

After the suggested colors of Zhang et al., "Real-Time User-Guided Image Colorization with Learned
Deep Priors", SIGGRAPH 2017, section 3.3, who cluster samples of the distribution; here its bins are
gathered around the likeliest ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from .. import color
from ..colorizers.ab_bins import bin_centers
from ..geometry import Area, Size

_MOST = 5
_REACH = 16.0
"""Colors within so many ab units of a likelier one are the same suggestion."""
_NEAR = 1
"""Cells around the place that are looked at too."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A color.

    Attributes:
        color: "#rrggbb" at the lightness of the place.
        ab: a* and b*.
        chance: that this or a similar color is right, in [0, 1].
    """

    color: str
    ab: tuple[float, float]
    chance: float


def suggestions(
    logits: torch.Tensor, x: float, y: float, area: Area, size: Size, L: float
) -> list[Suggestion]:
    """Up to five colors, the likeliest first.

    Args:
        logits: `(313, h, w)`, of the active area.
        x, y: the place in the upright image, 0..1 from the left and from the top.
        area: active area in an upright image of `size`.
        size: of that image.
        L: lightness of the place.
    """
    h, w = logits.shape[-2:]
    column = (x * size.width - area.left) / max(area.size.width, 1) * w
    row = (y * size.height - area.top) / max(area.size.height, 1) * h
    i, j = (min(max(int(v), 0), n - 1) for v, n in ((row, h), (column, w)))
    cells = logits[:, max(0, i - _NEAR) : i + _NEAR + 1, max(0, j - _NEAR) : j + _NEAR + 1]
    shares = torch.softmax(cells.float(), 0).mean((1, 2)).numpy()
    return [
        Suggestion(hex_of(L, *ab), (round(ab[0], 1), round(ab[1], 1)), round(chance, 3))
        for ab, chance in peaks(shares, bin_centers().numpy())
    ]


def peaks(shares: np.ndarray, centers: np.ndarray) -> list[tuple[tuple[float, float], float]]:
    """Colors that a distribution gathers around, with the share of each.

    Args:
        shares: `(n,)`, sum 1.
        centers: `(n, 2)`, a* and b* of the bins.
    """
    left, found = shares.astype(np.float64).copy(), []
    alike = np.linalg.norm(centers[:, None] - centers[None], axis=2) <= _REACH
    for _ in range(_MOST):
        gathered = alike @ left
        top = int(gathered.argmax())
        mass = float(gathered[top])
        if mass < 0.005:
            break
        weights = left * alike[top]
        a, b = weights @ centers / weights.sum()
        found.append(((float(a), float(b)), mass))
        left[alike[top]] = 0
    return found


def hex_of(L: float, a: float, b: float) -> str:
    """A color as "#rrggbb", clipped to sRGB."""
    light, ab = torch.tensor([[[[L]]]]), torch.tensor([a, b]).view(1, 2, 1, 1)
    rgb = (color.lab_to_rgb(light, ab).flatten() * 255).round().int().tolist()
    return "#" + "".join(f"{value:02x}" for value in rgb)
