"""One color for one thing: colors of regions that are linked, settled over the whole film.

Each region takes the mean of its own color and of those it is linked to, each weighted by its
confidence and how surely it is the same; and again, so that colors travel from region to region
(label propagation, Zhu and Ghahramani, 2002). So sure ones decide and unsure ones follow. What is
seen from near counts no more than what is seen from far. What a person said does not move at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .bank import Bank

Words = Mapping[int, tuple[float, float]]
"""Colors that a person said, a* and b*, by the number of the region."""

_SURENESS, _DOUBT = 0.5, 0.02
"""Exponent of the confidence, and weight of a region at confidence 0. Chosen on clips: with a
larger exponent fewer shots decide, and the mean of fewer is further from the truth."""
_WORD = 12.0
"""The same of what a person said."""
_ROUNDS = 10
"""A color goes on over so many links: what is further away is less and less surely the same, and a
mean over all would be dull."""
_LIVELIEST = 1.6
"""Factor on the distance from a place's mean color at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """Colors of all regions after they were agreed on.

    Attributes:
        ab: float32 `(R, 2)`, a* and b*.
        told: float32 `(R,)` in [0, 1], how much of a region's color is a person's word.
    """

    ab: np.ndarray
    told: np.ndarray


def settle(bank: Bank, pull: float, words: Words) -> Settled:
    """Agrees on colors.

    Args:
        bank: of the film.
        pull: weight of a sure link, against the confidence of the regions.
        words: what a person said.
    """
    own = bank.means[:, :2].astype(np.float64)
    fixed = np.zeros(len(own), bool)
    for region, color in words.items():
        own[region], fixed[region] = color, True
    i, j, sure = _pairs(bank, words)
    trust = bank.means[:, 3].astype(np.float64) ** _SURENESS + _DOUBT
    trust[fixed] = _WORD
    values = np.column_stack((own, fixed))
    ends, others = np.concatenate((i, j)), np.concatenate((j, i))
    weights = pull * np.concatenate((sure, sure)) * trust[others]
    count = len(own)
    total = trust + np.bincount(ends, weights, minlength=count)
    found = values.copy()
    for _ in range(_ROUNDS):
        sums = [np.bincount(ends, weights * v[others], minlength=count) for v in found.T]
        new = (trust[:, None] * values + np.column_stack(sums)) / total[:, None]
        new[fixed] = values[fixed]
        # half way: two regions that only see each other would change places for ever
        found = (found + new) / 2
    ab = np.where(fixed[:, None], values[:, :2], _lively(found[:, :2], own, bank))
    return Settled(ab.astype(np.float32), found[:, 2].astype(np.float32))


def _lively(ab: np.ndarray, own: np.ndarray, bank: Bank) -> np.ndarray:
    """The colors of each place as varied within its images as they were: means are duller."""
    image = bank.frame_of
    share = bank.means[:, 4].astype(np.float64)

    def mean(x: np.ndarray, group: np.ndarray) -> np.ndarray:
        total = np.bincount(group, share)
        sums = [np.bincount(group, share * v) for v in x.T]
        found: np.ndarray = np.stack(sums, 1) / total[:, None]
        return found

    place = bank.settings[image]
    varied = [
        mean(((x - mean(x, image)[image]) ** 2).sum(1, keepdims=True), place) for x in (own, ab)
    ]
    gain = np.clip(np.sqrt(varied[0] / np.maximum(varied[1], 1e-6)), 1, _LIVELIEST)
    center = mean(ab, place)[place]
    return center + (ab - center) * gain[place]


def _pairs(bank: Bank, words: Words) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Links, and from what a person said also those to all that looks alike in the shot."""
    told = np.isin(bank.alike, list(words)).any(1)
    pairs = np.concatenate((bank.links, bank.alike[told])).astype(int)
    sure = np.concatenate((bank.sure, bank.alike_sure[told])).astype(np.float64)
    return pairs[:, 0], pairs[:, 1], sure
