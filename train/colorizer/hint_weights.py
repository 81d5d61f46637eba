"""`python -m train hints`: how `base` weighs the sources of a color where some colors are certain.

Photographs are colored with true points or regions as hints, or with points in a thing that was
given another color, as a person would want it; a few weights are fitted so that the spread colors
come near the truth, see `vidcolor.colorizers.hint_spread`. Prints them.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vidcolor.colorizers import base
from vidcolor.colorizers.hint_spread import Opinion, Suggestion, Weights, spread
from vidcolor.types import Coloring, Hints

from .old_film import age, film_lightness
from .photos import PhotoSet, draw_crops, load_train_photos, split_lab, to_lab

# Of the pictures: those with points, those with a thing of another color, and those that are aged.
_POINTS, _REPAINTED, _AGED = 0.4, 0.35, 0.5
# A thing, by its colors: share of the picture; points in it, and elsewhere; new chroma.
_THING, _INSIDE, _OUTSIDE, _CHROMA = (0.02, 0.35), 3, 4, (10.0, 50.0)
_MOST_POINTS, _LARGEST_POINT = 100, 7
# Pictures of a step and learning rate at the beginning.
_BATCH, _RATE = 4, 0.05
# ab units at which an error counts by its square and by itself alike; shares of both.
_UNIT, _ABSOLUTE, _SQUARE = 1.0, 1 / 8, 1 / 400
_TOLD = 200


@dataclass(frozen=True)
class Example:
    """A picture with hints and what `base` says of it, see `spread`.

    Attributes:
        true: ab `(1, 2, h, w)` at the size of the colors found.
        counts: bool `(h, w)`, places whose error counts.
    """

    told: Coloring
    plain: Coloring
    L: Tensor
    features: tuple[Tensor, ...]
    hints: Hints
    true: Tensor
    counts: Tensor

    def error(self, weights: Weights) -> tuple[Tensor, Tensor]:
        """Mean squared, and mean plain distance from the truth in ab units."""
        found = spread(self.told, self.plain, self.L, self.features, self.hints, weights)
        squared = (found.ab - self.true).square().sum(1)[0][self.counts]
        return squared.mean(), (squared + _UNIT**2).sqrt().mean()


@torch.no_grad()
def example(colorizer: base.Base, photos: PhotoSet, rng: np.random.Generator) -> Example:
    """One picture, aged or not, with some of its colors as hints."""
    crops, _ = draw_crops(photos, 1, colorizer.size, rng, zoom=0.9)
    L, ab = split_lab(to_lab(crops))
    if rng.random() < _AGED:
        L = age(film_lightness(crops, rng), rng)
    draw = rng.random()
    has_points = draw < _POINTS + _REPAINTED
    if draw < _POINTS:
        hints = points(ab, rng)
    elif has_points:
        ab, hints = repainted(crops[0], ab, rng)
    else:
        hints = region(ab, rng)
    encoded = colorizer.encoded(L)
    told = colorizer.decoded(colorizer.look(L, hints, encoded)[1], L, hinted=True)
    plain = colorizer.decoded(colorizer.look(L, None, encoded)[1], L)
    size = (plain.ab.shape[-2], plain.ab.shape[-1])
    # given regions are put in the place of what is found there
    known = F.adaptive_max_pool2d(hints.weight, size)[0, 0] > 0
    # an inference tensor can't be learned from
    features = tuple(x.float().clone() for x in encoded[0][2:])
    return Example(
        _copied(told), _copied(plain), L, features, hints, F.adaptive_avg_pool2d(ab, size),
        torch.ones_like(known) if has_points else ~known,
    )  # fmt: skip


def _copied(coloring: Coloring) -> Coloring:
    return Coloring(coloring.ab.clone(), coloring.confidence.clone())


def points(ab: Tensor, rng: np.random.Generator) -> Hints:
    """The mean colors of 1 to 100 squares, few more often, over the picture or in one corner."""
    h, w = ab.shape[-2:]
    side = int(rng.integers(1, _LARGEST_POINT + 1))
    count = round(_MOST_POINTS ** rng.random())
    at = rng.random((count, 2))
    if rng.random() < 0.3:
        at = (rng.random(2) + 0.3 * (at - 0.5)).clip(0, 1)
    found, weight = torch.zeros_like(ab), torch.zeros_like(ab[:, :1])
    for y, x in (at * (h - side, w - side)).astype(int):
        square = (..., slice(y, y + side), slice(x, x + side))
        found[square] = ab[square].mean((2, 3), keepdim=True)
        weight[square] = 1
    return Hints(found, weight)


def repainted(rgb: np.ndarray, ab: Tensor, rng: np.random.Generator) -> tuple[Tensor, Hints]:
    """A picture whose one thing has another color, and points in it and elsewhere.

    Args:
        rgb: uint8 `(h, w, 3)`, in which things are found (Felzenszwalb, Huttenlocher, IJCV 2004).
        ab: its true colors `(1, 2, h, w)`.
    """
    segmented = cv2.ximgproc.segmentation.createGraphSegmentation(0.8, 300, 200).processImage(rgb)
    shares = np.bincount(segmented.ravel()) / segmented.size
    things = np.flatnonzero((shares > _THING[0]) & (shares < _THING[1]))
    if not len(things):
        return ab, points(ab, rng)
    inside = segmented == rng.choice(things)
    angle, chroma = rng.uniform(0, 2 * math.pi), rng.uniform(*_CHROMA)
    color = torch.tensor([math.cos(angle), math.sin(angle)]).mul(chroma).float()
    thing = torch.from_numpy(inside)[None, None]
    mean = (ab * thing).sum((2, 3)) / thing.sum()
    true = torch.where(thing, ab + (color - mean)[..., None, None], ab)
    found, weight = torch.zeros_like(ab), torch.zeros_like(ab[:, :1])
    for where, count in ((inside, rng.integers(1, _INSIDE + 1)), (~inside, rng.integers(_OUTSIDE))):
        side = int(rng.integers(3, _LARGEST_POINT + 1))
        core = cv2.erode(where.astype(np.uint8), np.ones((side, side), np.uint8))
        core[: side // 2], core[:, : side // 2] = 0, 0
        places = np.argwhere(core if core.any() else where)
        for y, x in places[rng.integers(len(places), size=count)] - side // 2:
            square = (..., slice(max(y, 0), y + side), slice(max(x, 0), x + side))
            found[square] = true[square].mean((2, 3), keepdim=True)
            weight[square] = 1
    return true, Hints(found, weight)


def region(ab: Tensor, rng: np.random.Generator) -> Hints:
    """All but a part of a picture that came into view: within a rough outline, or at an edge."""
    h, w = ab.shape[-2:]
    height = cv2.resize(
        rng.normal(size=(5, 7)).astype(np.float32), (w, h), None, 0, 0, cv2.INTER_CUBIC
    )
    if rng.random() < 0.5:
        angle = rng.uniform(0, 2 * math.pi)
        ys, xs = np.mgrid[:h, :w] / max(h, w)
        height = 0.3 * height + 3 * (ys * math.cos(angle) + xs * math.sin(angle))
    known = height < np.quantile(height, rng.uniform(0.1, 0.95))
    weight = torch.from_numpy(known.astype(np.float32))[None, None]
    # carried colors lose their edges
    return Hints(F.avg_pool2d(ab, 5, 1, 2, count_include_pad=False) * weight, weight)


def fit(examples: list[Example], held: list[Example], steps: int, seed: int) -> Weights:
    """Weights for which the colors of `examples` come near the truth; tells how `held` fare."""
    rng = np.random.default_rng(seed)
    values = torch.tensor(
        [8.0, 1.5, 1.5, 0.0, 0.5, 6.5, 0.5, 0.5, 1.0, 1.0, 2, 1, 0.5, 3.5, 0, 1.0]
    )
    values.requires_grad_()
    optimizer = torch.optim.Adam([values], lr=_RATE, betas=(0.9, 0.99))
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = _RATE * 0.5 * (1 + math.cos(math.pi * step / steps))
        optimizer.zero_grad()
        for n in rng.integers(len(examples), size=_BATCH):
            squared, plain = examples[n].error(_weights(list(values)))
            (_ABSOLUTE * plain + _SQUARE * squared).div(_BATCH).backward()
        optimizer.step()
        if (step + 1) % _TOLD == 0 or step + 1 == steps:
            with torch.no_grad():
                errors = [e.error(_weights(values.tolist())) for e in held]
            squared, plain = (torch.stack(x) for x in zip(*errors, strict=True))
            told = f"ab RMSE {float(squared.sqrt().mean()):.3f}, distance {float(plain.mean()):.3f}"
            print(f"step {step + 1}: {told}", flush=True)
    return _weights([round(x, 2) for x in values.tolist()])


def _weights(values: list[Tensor] | list[float]) -> Weights:
    return Weights(
        Suggestion(*values[:5]), Suggestion(*values[5:10]), Opinion(*values[10:13]),
        Opinion(*values[13:]),
    )  # fmt: skip


def main(args: list[str]) -> None:
    """Fits and prints them."""
    parser = argparse.ArgumentParser(prog="python -m train hints", description=__doc__)
    parser.add_argument("--weights", type=Path, help="safetensors of `base` [default: bundled]")
    parser.add_argument("--photos", type=Path, nargs="+", default=[Path("../shared/data/photos")])
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    parser.add_argument("--count", type=int, default=1600, help="pictures")
    parser.add_argument("--held", type=int, default=100, help="of them kept for checking")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(args)
    torch.set_num_threads(1)
    colorizer = base.load("cpu", options.weights)
    photos = load_train_photos(options.photos, options.cache)
    rng = np.random.default_rng(options.seed)
    examples = [example(colorizer, photos, rng) for _ in range(options.count)]
    examples = [e for e in examples if e.counts.any()]
    held, learned = examples[: options.held], examples[options.held :]
    for name, values in fit(learned, held, options.steps, options.seed)._asdict().items():
        print(f"{name}: {values}")
