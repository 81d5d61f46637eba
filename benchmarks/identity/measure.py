"""How far apart a thing's colors are in its shots, and how far from the truth.

A thing is what a mask of DAVIS shows, or what it does not (the scene around it); of a scene
without masks, all of it. Colors are compared at equal lightness too: eight classes of L*, equally
large over all shots of the thing, each with its own mean color.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import torch

from vidcolor import metrics
from vidcolor.color import lab_to_rgb

from .films import CutFilm, small

_CLASSES = 8
_LEAST = 30
"""Pixels that a thing must have in a shot, and a class of lightness likewise."""


@dataclass(frozen=True)
class Thing:
    """A thing and where it is.

    Attributes:
        name: of the scene, and which part.
        scene: number of the scene.
        is_masked: a mask says where it is.
        shots: of each shot that shows it, its pixels: `(frame, row, column)`, int64 each.
    """

    name: str
    scene: int
    is_masked: bool
    shots: list[tuple[np.ndarray, np.ndarray, np.ndarray]]


def things(film: CutFilm) -> Iterator[Thing]:
    """Everything that is seen in two shots at least."""
    for number, scene in enumerate(film.scenes):
        parts = ["thing", "around"] if scene.masks else ["all"]
        for part in parts:
            shots = []
            for shot in (s for s in film.shots if s.scene == number):
                frames = np.array(film.frames(shot))
                if scene.masks:
                    inside = np.stack([film.masks[f] for f in frames])
                    inside = inside if part == "thing" else ~inside
                else:
                    inside = np.ones((len(frames), *film.ab[0].shape[1:]), bool)
                where, rows, columns = inside.nonzero()
                if len(where) >= _LEAST:
                    shots.append((frames[where], rows, columns))
            if len(shots) > 1:
                yield Thing(f"{scene.name}, {part}", number, part == "thing", shots)


def measure(film: CutFilm, ab: np.ndarray) -> dict[str, Any]:
    """All numbers of a colored film.

    Args:
        film: with its truth.
        ab: float32 `(T, 2, h, w)`, colors on the color grid.
    """
    light = np.stack([small(L[None], (ab.shape[-2], ab.shape[-1]))[0] for L in film.L])
    true = np.stack(film.ab)
    each: dict[str, Any] = {}
    means: dict[str, tuple[int, np.ndarray]] = {}
    for thing in things(film):
        own = [_at(ab, s) for s in thing.shots]
        truth = [_at(true, s) for s in thing.shots]
        mean, true_mean = (np.stack([x.mean(0) for x in y]) for y in (own, truth))
        L = [light[s] for s in thing.shots]
        each[thing.name] = {
            "masked": thing.is_masked,
            "spread": _spread(mean),
            "true_spread": _spread(true_mean),
            "matched_spread": _matched_spread(own, L),
            "distance": float(np.linalg.norm(mean - true_mean, axis=1).mean()),
            "error": float(
                np.mean(
                    [np.linalg.norm(a - b, axis=1).mean() for a, b in zip(own, truth, strict=True)]
                )
            ),
        }
        means[thing.name] = (thing.scene, mean.mean(0))
    apart = {
        f"{a} | {b}": float(np.linalg.norm(means[a][1] - means[b][1]))
        for a, b in combinations(means, 2)
    }
    return {
        "things": each,
        "apart": apart,
        "colorfulness": colorfulness(light, ab),
        "error": float(np.linalg.norm(ab - true, axis=1).mean()),
    }


def colorfulness(light: np.ndarray, ab: np.ndarray) -> float:
    """Mean over the frames."""
    L, colors = torch.from_numpy(light)[:, None], torch.from_numpy(ab)
    return float(metrics.colorfulness(lab_to_rgb(L, colors)).mean())


def _at(planes: np.ndarray, places: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    frames, rows, columns = places
    found: np.ndarray = planes[frames, :, rows, columns]
    return found


def _spread(means: np.ndarray) -> float:
    """Root mean square distance of `(n, 2)` from their mean."""
    return float(np.sqrt(((means - means.mean(0)) ** 2).sum(1).mean()))


def _matched_spread(colors: list[np.ndarray], light: list[np.ndarray]) -> float:
    """Spread of the mean colors of equally light pixels, mean over the classes."""
    edges = np.quantile(np.concatenate(light), np.linspace(0, 1, _CLASSES + 1)[1:-1])
    classes = [np.searchsorted(edges, L) for L in light]
    found = []
    for number in range(_CLASSES):
        members = [c[k == number] for c, k in zip(colors, classes, strict=True)]
        means = [m.mean(0) for m in members if len(m) >= _LEAST]
        if len(means) > 1:
            found.append(_spread(np.stack(means)))
    return float(np.mean(found)) if found else 0.0
