"""From the bank to the colors that key frames are moved towards."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..guidance.guidance import GivenColors
from .settle import Words, settle
from .words import words_of

if TYPE_CHECKING:
    from ..guidance.wide import Wide
    from .bank import Bank
    from .strength import Strength

_ENOUGH = 0.5
"""Sum of the sureness of links to other shots from which a region's color is agreed on."""
_SIDE = 48
"""Short side of the planes."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the shots of a film agree on, whatever a person says.

    Attributes:
        bank: of the film.
        strength: how much shots give way.
    """

    bank: Bank
    strength: Strength

    def colors(self, wide: Sequence[Wide] = ()) -> tuple[GivenColors, ...]:
        """Colors that key frames are moved towards, of all key frames that are concerned.

        Args:
            wide: what a person said on key frames and counts in other shots too.
        """
        words = [(w.shots, words_of(w, self.bank)) for w in wide]
        solved: dict[frozenset[int], tuple[np.ndarray, np.ndarray]] = {}
        found = []
        for place, shot in enumerate(self.bank.shots.tolist()):
            heard = frozenset(
                n for n, (s, said) in enumerate(words) if shot in s or shot in self._shots(said)
            )
            if heard not in solved:
                all_said = {r: ab for n in sorted(heard) for r, ab in words[n][1].items()}
                solved[heard] = self._solved(all_said)
            plane = _plane(self.bank, place, *solved[heard])
            found += [] if plane is None else [plane]
        return tuple(found)

    def _solved(self, words: Words) -> tuple[np.ndarray, np.ndarray]:
        """Change of the color of every region, and its weight."""
        settled = settle(self.bank, self.strength.pull, words)
        weight = np.maximum(self.strength.weight * evidence(self.bank), np.sqrt(settled.told))
        return settled.ab - self.bank.means[:, :2], weight

    def _shots(self, regions: Collection[int]) -> set[int]:
        return set(self.bank.shot_of[list(regions)].tolist())


def evidence(bank: Bank) -> np.ndarray:
    """How surely each region is seen in other shots too: float32 `(R,)` in [0, 1]."""
    shots = bank.shot_of
    i, j = bank.links.astype(int).T
    across = shots[i] != shots[j]
    sure = bank.sure * across
    total = np.bincount(np.r_[i, j], np.r_[sure, sure], minlength=len(shots))
    return np.clip(total / _ENOUGH, 0, 1).astype(np.float32)


def _plane(bank: Bank, place: int, shift: np.ndarray, weight: np.ndarray) -> GivenColors | None:
    labels = bank.labels(place)
    cell_weight = weight[labels]
    if not cell_weight.any():
        return None
    change = cv2.blur(np.ascontiguousarray(shift[labels], np.float32), (3, 3))
    ab = bank.colors(place) + change.transpose(2, 0, 1)
    left, top, right, bottom = (float(v) for v in bank.boxes[place])
    h, w = labels.shape
    height, width = h / (bottom - top), w / (right - left)
    scale = _SIDE / min(height, width)
    whole = (max(1, round(height * scale)), max(1, round(width * scale)))
    rows = [min(round(v * whole[0]), whole[0]) for v in (top, bottom)]
    columns = [min(round(v * whole[1]), whole[1]) for v in (left, right)]
    size = (max(1, columns[1] - columns[0]), max(1, rows[1] - rows[0]))

    def placed(x: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.resize(x.astype(np.float32), size, interpolation=cv2.INTER_LINEAR))

    planes = np.zeros((3, *whole), np.float32)
    inside = (slice(rows[0], rows[0] + size[1]), slice(columns[0], columns[0] + size[0]))
    for plane, values in zip(planes, (*ab, cell_weight), strict=True):
        plane[inside] = placed(values)
    # rounded: what is the same to the eye is the same to the bit
    ab = np.round(planes[:2] * 4) / 4
    return GivenColors(int(bank.frames[place]), ab, np.round(planes[2] * 64) / 64)
