"""`lively`: `base`, with colors invented for things that could have any.

A shirt, a car or a painted wall is gray in `base` because every color is as likely as every other.
Here the largest undecided things are found, each gets its likeliest lively color as a hint, and the
network colors it in one piece. What is gray in truth gets a color too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..types import Coloring, Hints
from . import ab_bins, base
from .base import Base
from .hints import on_grid
from .stray_spots import without_stray_spots

# Times that a picture is looked at again, and things that are decided on before each.
_ROUNDS, _THINGS = 2, 3
# Chroma below which a place is undecided, and from which a color is lively.
_PALE, _LIVELY = 10.0, 18.0
# Probability of some lively color that a thing must have.
_LIKELY = 0.5
# L* of places that can have a color: what is darker or lighter shows none.
_LIGHTNESS = (8.0, 75.0)
# A thing: places about as light whose features point the same way, with most of them undecided, and
# its least share of the picture.
_TOLERANCE, _LIKENESS, _UNDECIDED, _SHARE = 18.0, 0.8, 0.6, 0.004
# How near, in ab units, colors count as one, and how much of the chroma of the likeliest is taken.
_ALIKE, _CHROMA = 10.0, 0.75
# Of what is invented: the network may differ.
_WEIGHT = 0.9


class Lively:
    """Implements `HintedColorizer`; the hints of the user come first.

    Args:
        inner: says what it sees and how likely each color is.
    """

    name = "lively"
    is_reentrant = True

    def __init__(self, inner: Base) -> None:
        self._inner = inner
        self.size = inner.size

    @torch.inference_mode()
    def colorize(self, L: Tensor, hints: Hints | None = None) -> Coloring:
        """L* `(B, 1, h, w)` and what is known of its colors -> ab and confidence at a third."""
        found = []
        for n, picture in enumerate(L.split(1)):
            own = None if hints is None else Hints(hints.ab[n : n + 1], hints.weight[n : n + 1])
            found.append(self._one(picture, own if own and own.weight.any() else None))
        return Coloring(*(torch.cat([getattr(c, k) for c in found]) for k in ("ab", "confidence")))

    def _one(self, L: Tensor, hints: Hints | None) -> Coloring:
        encoded = self._inner.encoded(L)
        features, logits = self._inner.look(L, hints, encoded)
        if hints is None:
            coloring = plain = self._inner.decoded(logits, L)
        else:
            plain = self._inner.decoded(self._inner.look(L, None, encoded)[1], L)
            coloring = self._inner.told(L, hints, encoded, plain, logits)
        told = _nothing(coloring.ab) if hints is None else on_grid(hints, coloring.ab)
        scene = _Scene.of(L, features, logits, told.weight)
        for _ in range(_ROUNDS):
            things = list(scene.things(coloring.ab[0].norm(dim=0).cpu().numpy()))
            if not things:
                break
            for place, color in things:
                told.ab[0][:, place] = color[:, None]
                told.weight[0, 0][place] = _WEIGHT
            ab = self._inner.told(L, told, encoded, plain).ab
            if hints is None:
                ab = without_stray_spots(ab, L)
            coloring = Coloring(ab, coloring.confidence)
        return coloring


def _nothing(like: Tensor) -> Hints:
    return Hints(torch.zeros_like(like), torch.zeros_like(like[:, :1]))


@dataclass
class _Scene:
    """What a picture shows, `(h, w)` each, and which places are settled.

    Attributes:
        light: float32, L*.
        features: float32 `(channels, h, w)`, unit vectors.
        p: float32 `(313, h, w)`, how likely each color is.
        settled: bool, looked at already, or known.
    """

    light: np.ndarray
    features: np.ndarray
    p: Tensor
    settled: np.ndarray

    @classmethod
    def of(cls, L: Tensor, features: Tensor, logits: Tensor, known: Tensor) -> _Scene:
        light = F.interpolate(L, size=logits.shape[-2:], mode="area")[0, 0].cpu().numpy()
        apart = features[0].float() - features[0].float().mean((1, 2), keepdim=True)
        unit = F.normalize(apart, dim=0).cpu().numpy()
        settled = (known[0, 0] > 0).cpu().numpy()
        return cls(light, unit, torch.softmax(logits[0].float(), 0), settled)

    def things(self, chroma: np.ndarray) -> Iterator[tuple[Tensor, Tensor]]:
        """Up to `_THINGS` undecided things, the liveliest first: bool `(h, w)`, and ab `(2,)`."""
        lively = ab_bins.bin_centers().norm(dim=1).to(self.p.device) >= _LIVELY
        score = self.p[lively].sum(0).cpu().numpy()
        dark, bright = _LIGHTNESS
        open_places = (chroma < _PALE) & (self.light > dark) & (self.light < bright)
        found = 0
        while found < _THINGS:
            mean = cv2.blur(np.where(open_places & ~self.settled, score, 0), (5, 5))
            row, column = (int(n) for n in np.unravel_index(mean.argmax(), mean.shape))
            if mean[row, column] < 0.8 * _LIKELY:
                return
            place = self._around(row, column)
            self.settled |= place
            self.settled[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3] = True
            if place.sum() < _SHARE * place.size or chroma[place].size == 0:
                continue
            if (chroma[place] < 1.5 * _PALE).mean() < _UNDECIDED:
                continue
            inside = torch.from_numpy(place).to(self.p.device)
            color = _likeliest(self.p[:, inside], lively)
            if color is not None:
                found += 1
                core = cv2.erode(place.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
                yield torch.from_numpy(core if core.sum() > 3 else place), color

    def _around(self, row: int, column: int) -> np.ndarray:
        near = (slice(max(0, row - 1), row + 2), slice(max(0, column - 1), column + 2))
        own = self.features[:, near[0], near[1]].mean((1, 2))
        likeness = np.tensordot(own / (np.linalg.norm(own) + 1e-6), self.features, 1)
        as_light = np.abs(self.light - np.median(self.light[near])) < _TOLERANCE
        alike = (likeness > _LIKENESS) & as_light & ~self.settled
        alike = cv2.morphologyEx(alike.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
        labels = cv2.connectedComponents(alike, connectivity=4)[1]
        return (labels == labels[row, column]) & (alike > 0)


def _likeliest(p: Tensor, lively: Tensor) -> Tensor | None:
    """The lively color that most places of a thing can agree on; None = it is likely gray.

    Args:
        p: `(313, n)`, how likely each color is at each place.
        lively: bool `(313,)`.
    """
    mean = p.mean(1)
    if mean[lively].sum() < _LIKELY:
        return None
    agreed = torch.softmax(p.clamp(min=1e-6).log().mean(1), 0)
    shared = (mean * agreed).sqrt() * lively
    centers = ab_bins.bin_centers().to(p.device)
    alike = torch.exp(-(torch.cdist(centers, centers) ** 2) / (2 * _ALIKE**2))
    weight = alike[((alike @ shared) * lively).argmax()] * shared
    return _CHROMA * weight @ centers / weight.sum()


def load(device: str, file: Path | None = None) -> Lively:
    """The bundled network, or another training's export, on `device`."""
    return Lively(base.load(device, file))
