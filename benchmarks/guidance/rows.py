"""What a person gives in each row: true colors of some frames, or of some points."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from vidcolor.colorizers.base import Base
from vidcolor.guidance.drawing import overlaid
from vidcolor.guidance.guidance import GivenColors
from vidcolor.guidance.matching import Seen, photo_colors
from vidcolor.guidance.recall import (
    PLACE_STEP,
    STILL_STEP,
    ColoredPlace,
    frames_to_compare,
    recalled,
)

from ..davis.data import Sequence

AUTOMATIC = "automatic"
FIRST = "first frame"
STILLS = {FIRST: (0.0,), "first and last frame": (0.0, 1.0), "middle frame": (0.5,)}
"""Rows with whole stills: their places in the sequence, 0..1."""
POINTS = (1, 5, 10, 50, 100)
OTHER = "a still of another film"
# Pixels of a point, as in Zhang et al., SIGGRAPH 2017, and the seed of their places.
_POINT, _SEED = 7, 15


def stills(sequence: Sequence, places: tuple[float, ...]) -> tuple[GivenColors, ...]:
    """The true colors of whole frames."""
    numbers = [round(place * (len(sequence.ab) - 1)) for place in places]
    ones = np.ones(tuple(sequence.ab.shape[-2:]), np.float32)
    return tuple(GivenColors(n, sequence.ab[n].numpy(), ones) for n in numbers)


def recalling(
    sequence: Sequence, given: tuple[GivenColors, ...], network: Base, count: int = 0
) -> tuple[GivenColors, ...]:
    """What is given, and what it says of other frames by likeness, as a run finds it.

    Args:
        sequence: the film.
        given: whole stills, or `points`.
        network: what is alike is judged by its encoder.
        count: of points; 0 = stills.
    """

    def look(frame: int) -> Seen:
        return Seen.of(sequence.L[frame : frame + 1], network.encode)

    layers = {still.frame: [still] for still in given}
    step = PLACE_STEP if count else STILL_STEP
    wanted = frames_to_compare(0, len(sequence.L), [still.frame for still in given], step)
    stills = [] if count else [(still, look(still.frame)) for still in given]
    places = _places(given[0], _squares(sequence, count), look(0)) if count else []
    for found in recalled(((frame, look(frame)) for frame in wanted), stills, places):
        layers.setdefault(found.frame, []).append(found)
    return tuple(overlaid(layers[frame]) for frame in sorted(layers))


def points(sequence: Sequence, count: int) -> tuple[GivenColors, ...]:
    """The true mean colors of squares of the first frame, at places drawn with a seed."""
    truth = sequence.ab[0].numpy()
    h, w = truth.shape[1:]
    ab, weight = np.zeros_like(truth), np.zeros((h, w), np.float32)
    for square in _squares(sequence, count):
        ab[:, square[0], square[1]] = truth[:, square[0], square[1]].mean((1, 2), keepdims=True)
        weight[square] = 1
    return (GivenColors(0, ab, weight),)


def _squares(sequence: Sequence, count: int) -> list[tuple[slice, slice]]:
    rng = np.random.default_rng((_SEED, count))
    h, w = sequence.ab.shape[-2:]
    ys, xs = (rng.integers(n - _POINT + 1, size=count) for n in (h, w))
    return [(slice(y, y + _POINT), slice(x, x + _POINT)) for y, x in zip(ys, xs, strict=True)]


def _places(
    given: GivenColors, squares: list[tuple[slice, slice]], seen: Seen
) -> list[ColoredPlace]:
    found = []
    for square in squares:
        inside = np.zeros(given.weight.shape, bool)
        inside[square] = True
        a, b = given.ab[:, square[0], square[1]].mean((1, 2)).tolist()
        found.append(ColoredPlace((a, b), inside, seen))
    return found


def other_still(sequence: Sequence, other: Sequence, network: Base) -> tuple[GivenColors, ...]:
    """The first frame of another film as a photograph for this one's first frame."""
    seen = [Seen.of(s.L[:1], network.encode) for s in (sequence, other)]
    ab, weight = photo_colors(seen[0], seen[1], other.ab[:1])
    return (GivenColors(0, ab, weight),) if weight.any() else ()


def given_frames(given: tuple[GivenColors, ...], count: int) -> Tensor:
    """Frames from the nearest given one, int64 `(count,)`; all of them where none is."""
    if not given:
        return torch.arange(count)
    return torch.stack([(torch.arange(count) - g.frame).abs() for g in given]).amin(0)
