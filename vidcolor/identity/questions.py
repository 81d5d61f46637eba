"""What is worth a person's minute: places of a film whose color decides most of what is unsure.

A place is worth the unsureness of all that its answer would settle, times the seconds that this is
on screen: its own region, what looks alike in its shot, and the same thing in other shots. The list
is greedy: what an answer settles counts no more for the next place (maximum coverage; Nemhauser,
Wolsey and Fisher, 1978), so ten places are not ten of the same lawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .bank import Bank

_LEAST = 1e-4
"""Share of all unsureness below which a place is not worth a question."""
_FAR = 0.5
"""How surely the same a region must be for its own neighbors to be reached too."""
_CONCERNED = 0.3
"""Share of a region that an answer must settle for its shot to be named."""


@dataclass(frozen=True, slots=True)
class Question:
    """A place that a person could tell the color of.

    Attributes:
        shot, frame: numbers in the film.
        x, y: 0..1 from the left and the top of the upright image.
        colors: the likeliest ones there, each `(a*, b*, chance)`, the likeliest first.
        lightness: L* of the place.
        worth: share of the film's unsureness that the answer settles, in [0, 1].
        shots: numbers of the shots that it concerns.
    """

    shot: int
    frame: int
    x: float
    y: float
    colors: tuple[tuple[float, float, float], ...]
    lightness: float
    worth: float
    shots: tuple[int, ...]


def questions(bank: Bank, most: int = 100, answered: tuple[int, ...] = ()) -> list[Question]:
    """The places of a film that are worth most, in their order.

    Args:
        bank: of the film, see `stored.bank_of`.
        most: places at most.
        answered: regions whose color is known already, see `Bank.region_at`.
    """
    left = unsureness(bank)
    whole = float(left.sum())
    reaches = _Reaches(bank)
    for region in answered:
        others, share = reaches.of(region)
        left[others] *= 1 - share
    found: list[Question] = []
    gains = np.array([left[r] @ s for r, s in map(reaches.of, range(len(left)))])
    while len(found) < most and whole > 0:
        # gains only shrink, so an old one that is still the largest after its renewal is the best
        while True:
            best = int(gains.argmax())
            others, share = reaches.of(best)
            gain = float(left[others] @ share)
            if gain >= gains[best] - 1e-9:
                break
            gains[best] = gain
        if gain < _LEAST * whole:
            break
        found.append(_question(bank, best, gain / whole, others[share > _CONCERNED]))
        left[others] *= 1 - share
        gains[best] = 0
    return found


def unsureness(bank: Bank) -> np.ndarray:
    """How much is unsure of each region: entropy, times ab units of doubt, times its weight."""
    colors, chances = bank.likeliest[..., :2], bank.likeliest[..., 2:]
    total = np.maximum(chances.sum(1), 1e-9)
    mean = (colors * chances).sum(1) / total
    apart = np.linalg.norm(colors - mean[:, None], axis=2)
    spread = (apart * chances[..., 0]).sum(1) / total[:, 0]
    found: np.ndarray = bank.unsure * spread * bank.weight
    return found.astype(np.float64)


class _Reaches:
    """What an answer at a region settles: regions, and how far."""

    def __init__(self, bank: Bank) -> None:
        pairs = np.concatenate((bank.links, bank.alike)).astype(int)
        sure = np.r_[bank.sure, bank.alike_sure].astype(np.float64)
        both = np.concatenate((pairs, pairs[:, ::-1]))
        order = np.argsort(both[:, 0], kind="stable")
        self._others, self._sure = both[order, 1], np.r_[sure, sure][order]
        self._first = np.searchsorted(both[order, 0], np.arange(len(bank.unsure) + 1))

    def of(self, region: int) -> tuple[np.ndarray, np.ndarray]:
        """Its own region and all that is reached in two steps, each once, and how far."""
        start, end = self._first[region], self._first[region + 1]
        near, sure = self._others[start:end], self._sure[start:end]
        goes_on = sure >= _FAR
        starts = self._first[near[goes_on]]
        counts = self._first[near[goes_on] + 1] - starts
        before = np.cumsum(counts) - counts
        places = np.repeat(starts - before, counts) + np.arange(int(counts.sum()))
        others = np.concatenate(([region], near, self._others[places]))
        shares = np.concatenate(
            ([1.0], sure, np.repeat(sure[goes_on], counts) * self._sure[places])
        )
        order = np.argsort(-shares, kind="stable")
        found, place = np.unique(others[order], return_index=True)
        return found, shares[order][place]


def _question(bank: Bank, region: int, worth: float, settled: np.ndarray) -> Question:
    place = int(bank.frame_of[region])
    x, y = (round(float(v), 4) for v in bank.places[region])
    colors = tuple(
        (round(float(a), 1), round(float(b), 1), round(float(p), 3))
        for a, b, p in bank.likeliest[region]
        if p > 0
    )
    shots = tuple(sorted({int(s) for s in bank.shot_of[settled]} | {int(bank.shots[place])}))
    return Question(
        shot=int(bank.shots[place]),
        frame=int(bank.frames[place]),
        x=x,
        y=y,
        colors=colors,
        lightness=round(float(bank.means[region, 2]), 1),
        worth=round(worth, 4),
        shots=shots,
    )
