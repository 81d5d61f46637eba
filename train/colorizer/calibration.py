"""`python -m train confidence`: what the confidence of exported weights of `base` stands for.

Photographs are aged as in a training and colored; where the colorizer is so and so sure, its color
lies within 10 ab units of the truth so and so often. These shares, made to rise with confidence,
are written into the weight file, and `base` gives them as its confidence.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from vidcolor.colorizers import base
from vidcolor.weights import files as weights

from .. import checkpoint
from .old_film import age, film_lightness
from .photos import PhotoSet, draw_crops, load_train_photos, split_lab, to_lab

# ab units within which a color counts as right; steps of the table; least pixels of a step.
_RIGHT, _STEPS, _LEAST = 10.0, 32, 500
_BATCH = 16


def measure(
    colorizer: base.Base, photos: PhotoSet, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Confidence of every pixel of `count` aged photographs, and whether its color is right."""
    sure, right = [], []
    for _ in range(-(-count // _BATCH)):
        crops, _ = draw_crops(photos, _BATCH, colorizer.size, rng, zoom=0.9)
        true = split_lab(to_lab(crops))[1]
        found = colorizer.colorize(age(film_lightness(crops, rng), rng))
        true = F.interpolate(true, found.ab.shape[-2:], mode="area")
        sure.append(found.confidence.flatten().numpy())
        right.append(((found.ab - true).norm(dim=1) < _RIGHT).flatten().numpy())
    return np.concatenate(sure), np.concatenate(right)


def shares(confidence: np.ndarray, right: np.ndarray) -> list[float]:
    """How often colors are right at equal steps of confidence from 0 to 1, never falling.

    Neighbors that fall are pooled (Ayer et al., Annals of Mathematical Statistics 1955); steps with
    few pixels go along with the nearest that has more.

    Args:
        confidence: `(n,)`, in [0, 1].
        right: bool `(n,)`.
    """
    step = np.round(confidence * _STEPS).astype(int)
    counts = np.bincount(step, minlength=_STEPS + 1).astype(float)
    hits = np.bincount(step, weights=right.astype(float), minlength=_STEPS + 1)
    known = np.flatnonzero(counts >= min(_LEAST, counts.max()))
    pools: list[list[float]] = []
    for n in known:
        pools.append([hits[n], counts[n], 1])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] >= pools[-1][0] / pools[-1][1]:
            last = pools.pop()
            pools[-1] = [a + b for a, b in zip(pools[-1], last, strict=True)]
    rising = np.repeat([h / c for h, c, _ in pools], [int(size) for *_, size in pools])
    return [round(float(x), 4) for x in np.interp(np.arange(_STEPS + 1), known, rising)]


def main(args: list[str]) -> None:
    """Measures, and writes the shares into the weights."""
    parser = argparse.ArgumentParser(prog="python -m train confidence", description=__doc__)
    parser.add_argument("weights", type=Path, help="safetensors of `base`, changed in place")
    parser.add_argument("--photos", type=Path, nargs="+", default=[Path("../shared/data/photos")])
    parser.add_argument("--cache", type=Path, default=Path("runs/cache"))
    parser.add_argument("--count", type=int, default=1600)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(args)
    torch.set_num_threads(1)
    tensors, config = load_file(options.weights), weights.read(options.weights)[1]
    config.pop("confidence", None)
    checkpoint.export(options.weights, tensors, config)
    colorizer = base.load("cpu", options.weights)
    photos = load_train_photos(options.photos, options.cache)
    rng = np.random.default_rng(options.seed)
    table = shares(*measure(colorizer, photos, options.count, rng))
    checkpoint.export(options.weights, tensors, config | {"confidence": table})
    print("confidence 0 to 1 stands for", table)
