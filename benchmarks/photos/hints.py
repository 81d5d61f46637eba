"""What a few true points are worth to a colorizer that takes hints."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vidcolor import metrics
from vidcolor.stages.lightness import resize
from vidcolor.types import HintedColorizer, Hints

from .data import Picture

POINTS = (0, 10, 100)
_SEED = 7


def true_points(picture: Picture, count: int, rng: np.random.Generator) -> Hints:
    """The true colors of `count` pixels drawn evenly, each the mean of the 3 x 3 around it."""
    h, w = picture.L.shape[-2:]
    smooth = F.avg_pool2d(F.pad(picture.ab, (1,) * 4, mode="replicate"), 3, 1)
    places = torch.from_numpy(rng.choice(h * w, min(count, h * w), replace=False))
    weight = torch.zeros(1, 1, h * w)
    weight[..., places] = 1
    weight = weight.view(1, 1, h, w)
    return Hints(smooth * weight, weight)


def hinted(colorizer: HintedColorizer, picture: Picture, hints: Hints | None) -> Tensor:
    """ab at the picture's size."""
    coloring = colorizer.colorize(resize(picture.seen, colorizer.size), hints)
    return F.interpolate(coloring.ab, picture.L.shape[-2:], mode="bilinear", align_corners=False)


def measure(colorizer: HintedColorizer, pictures: list[Picture]) -> list[dict[str, Any]]:
    """Mean CIEDE2000 with 0, 10 and 100 true points, and over that without."""
    rows: list[dict[str, Any]] = []
    for count in POINTS:
        rng = np.random.default_rng(_SEED)
        found = []
        for picture in pictures:
            hints = true_points(picture, count, rng) if count else None
            ab = hinted(colorizer, picture, hints)
            lab = torch.cat((picture.L, ab), 1), torch.cat((picture.L, picture.ab), 1)
            found.append(float(metrics.ciede2000(*lab).mean()))
        mean = float(np.mean(found))
        first = rows[0]["ciede2000"] if rows else mean
        rows.append({"points": count, "ciede2000": mean, "share": mean / first})
    return rows
