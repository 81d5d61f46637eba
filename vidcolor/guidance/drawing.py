"""Points and strokes drawn into planes, and planes laid over each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import cv2
import numpy as np

from ..geometry import Size
from .guidance import GivenColors, Lock
from .said import Mark

_MOST_LOCKS = 16
_FREE = 0.1, 0.3
"""Short sides from a mark within which proposed colors yield to it, and beyond which they stay."""


def drawn(marks: Sequence[Mark], frame: int, size: Size) -> GivenColors:
    """Points and strokes of one frame as planes; a later one covers an earlier one.

    Args:
        marks: of that frame.
        frame: its number.
        size: of the planes, upright, in square pixels.
    """
    ab = np.zeros((2, size.height, size.width), np.float32)
    weight = np.zeros((size.height, size.width), np.float32)
    for mark in marks:
        inside = covered(mark, size)
        ab[:, inside] = np.array(mark.ab, np.float32)[:, None]
        weight[inside] = 1
    return GivenColors(frame, ab, weight)


def covered(mark: Mark, size: Size) -> np.ndarray:
    """The pixels of a mark, at least one: bool `(h, w)`."""
    ys, xs = (np.arange(n, dtype=np.float32) + 0.5 for n in size.shape)
    reach = mark.radius * min(size)
    places = [(x * size.width, y * size.height) for x, y in mark.line]
    inside = np.zeros(size.shape, bool)
    for (x0, y0), (x1, y1) in pairwise(places) if len(places) > 1 else [(places[0], places[0])]:
        dx, dy = x1 - x0, y1 - y0
        along = (xs[None] - x0) * dx + (ys[:, None] - y0) * dy
        share = np.clip(along / max(dx * dx + dy * dy, 1e-9), 0, 1)
        apart = np.hypot(xs[None] - x0 - share * dx, ys[:, None] - y0 - share * dy)
        inside |= apart <= reach
    for x, y in places:
        inside[min(int(y), size.height - 1), min(int(x), size.width - 1)] = True
    return inside


def yielding(still: GivenColors, marks: Sequence[Mark]) -> GivenColors:
    """A still whose pixels that are as proposed say less and less towards points and strokes.

    A point says that a thing has another color than proposed, so what is beside it must be free to
    follow.
    """
    size = Size(still.weight.shape[1], still.weight.shape[0])
    marked = np.zeros(size.shape, np.uint8)
    for mark in marks:
        marked |= covered(mark, size)
    apart = cv2.distanceTransform(1 - marked, cv2.DIST_L2, 5) / min(size)
    share = np.clip((apart - _FREE[0]) / (_FREE[1] - _FREE[0]), 0, 1)
    weight = np.where(still.weight < 1, still.weight * share, still.weight)
    return GivenColors(still.frame, still.ab, weight.astype(np.float32))


def locks_of(mark: Mark, frame: int) -> list[Lock]:
    """The locks of a mark: of a stroke, one at each of its places, at most 16 of them."""
    if not mark.lock:
        return []
    step = -(-len(mark.line) // _MOST_LOCKS)
    places = mark.line[::step]
    numbers = range(1, len(places) + 1)
    names = [mark.name] if len(places) == 1 else [f"{mark.name}, place {n}" for n in numbers]
    return [
        Lock(name, frame, x, y, mark.radius, mark.ab)
        for name, (x, y) in zip(names, places, strict=True)
    ]


def overlaid(layers: Iterable[GivenColors]) -> GivenColors:
    """Planes of one frame and size as one: a later layer counts wherever it weighs as much."""
    first, *rest = layers
    ab, weight = first.ab.copy(), first.weight.copy()
    for layer in rest:
        over = (layer.weight >= weight) & (layer.weight > 0)
        ab[:, over] = layer.ab[:, over]
        weight[over] = layer.weight[over]
    return GivenColors(first.frame, ab, weight)
