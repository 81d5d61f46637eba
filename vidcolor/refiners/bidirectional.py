"""`bidirectional`: the colors of a whole shot, averaged along the flow from both sides.

Each pixel gets the mean of the colors along its trajectory, of the frames before it and of those
after it, each weighted by how sure the colorizer is, how many frames it stands for and how far the
flow can be trusted, less and less the further away. So sure frames decide for unsure ones, and a
wrong first second is settled by what comes later. A second mean counts colors less that are far
from the first: a few wrong frames do not shift it. The mean of colors that differ is paler than
they are: it is made as strong as they are on average.

The offline, two-sided form of the temporal filter of Bonneel et al., "Blind video temporal
consistency", SIGGRAPH Asia 2015; two sides as in the recurrences of Chan et al., "BasicVSR", CVPR
2021, section 3.1; the second mean is a step of an M-estimator (Huber, "Robust Statistics", 1981).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from flow.warp import backward_warp

from ..types import TRUST_POWER

if TYPE_CHECKING:
    from torch import Tensor

    from ..stages.values import WorkFrame
    from ..types import Coloring, Motion, RefinerState


_LEAST_VISIBLE, _TINY = 1e-12, 1e-12
# However far a color is from the first mean, it counts in the second as if its exponent were this.
_FAR = 9.0


@dataclass(frozen=True, slots=True)
class Bidirectional:
    """Implements `ShotRefiner`; needs no network. Frames without a coloring get that of others.

    Attributes:
        memory: what a frame's weight is multiplied by for each frame of distance.
        sureness: exponent of the confidence.
        doubt: weight of a frame at confidence 0.
        agreeing: distance from the first mean in ab units, of the Gaussian that colors count by in
            the second. Chosen, like the others, on real shots.
        stronger: how many times as strong as the mean of colors a color may become.
    """

    memory: float = 0.97
    sureness: float = 2.0
    doubt: float = 5e-4
    agreeing: float = 6.0
    stronger: float = 1.5
    name: str = "bidirectional"
    needs_flow: bool = True

    @torch.inference_mode()
    def refine(
        self, items: Sequence[WorkFrame], before: RefinerState | None, count: int
    ) -> tuple[list[Tensor], RefinerState]:
        """See `ShotRefiner`.

        State: sums of the frames so far, `first (1, 4, h, w)` of ab and of its chroma, both times
        the weights, and of the weights, and `second (1, 3, h, w)` of ab and weights likewise.
        """
        start = before or {}
        weights = [
            None if i.coloring is None else span * self._weight(i.coloring)
            for i, span in zip(items, _spans(items), strict=True)
        ]
        colors = [None if i.coloring is None else i.coloring.ab for i in items]
        seen = [None if ab is None else torch.cat((ab, _chroma(ab)), dim=1) for ab in colors]
        first, first_sums = self._mean(items, seen, weights, start.get("first"))
        for n, (ab, weight) in enumerate(zip(colors, weights, strict=True)):
            if ab is not None and weight is not None:
                weights[n] = weight * self._agreement(ab - first[n][:, :2])
        second, second_sums = self._mean(items, colors, weights, start.get("second"))
        found = [self._as_strong(ab, of[:, 2:]) for ab, of in zip(second, first, strict=True)]
        return found[:count], {"first": first_sums[count - 1], "second": second_sums[count - 1]}

    def _mean(
        self,
        items: Sequence[WorkFrame],
        values: Sequence[Tensor | None],
        weights: Sequence[Tensor | None],
        past: Tensor | None,
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Values of every frame from both sides, and the sums from the side of those before it."""
        own = [
            None if x is None or w is None else torch.cat((x * w, w), dim=1)
            for x, w in zip(values, weights, strict=True)
        ]
        sums: list[Tensor] = []
        for item, seen in zip(items, own, strict=True):
            past = _sum(seen, None if past is None else self._carried(past, item.motion))
            sums.append(past)
        found: list[Tensor] = []
        later: Tensor | None = None
        for i in range(len(items) - 1, -1, -1):
            if later is not None:
                later = self._carried(later, items[i + 1].onward)
            whole = _sum(sums[i], later)
            found.append(whole[:, :-1] / whole[:, -1:].clamp(min=_TINY))
            later = later if own[i] is None and later is None else _sum(own[i], later)
        return found[::-1], sums

    def _weight(self, coloring: Coloring) -> Tensor:
        return coloring.confidence.clamp(0, 1) ** self.sureness + self.doubt

    def _agreement(self, apart: Tensor) -> Tensor:
        distance = apart.square().sum(1, keepdim=True) / (2 * self.agreeing**2)
        return torch.exp(-distance.clamp(max=_FAR))

    def _as_strong(self, ab: Tensor, chroma: Tensor) -> Tensor:
        """Colors of at least this chroma, where that is not too much."""
        return ab * (chroma / _chroma(ab).clamp(min=_TINY)).clamp(1, self.stronger)

    def _carried(self, sums: Tensor, motion: Motion | None) -> Tensor:
        assert motion is not None, "this refiner needs the flow"
        # what is to be seen on no colored frame gets a little of what was there
        visibility = motion.visibility.float().clamp(min=_LEAST_VISIBLE)
        kept = self.memory * visibility**TRUST_POWER
        return backward_warp(sums, motion.flow.float()) * kept


def _spans(items: Sequence[WorkFrame]) -> list[float]:
    """How many frames each colored frame stands for: half of those to the next on either side.

    Else frames of which more are colored, where much is new, would outvote the others.
    """
    places = [n for n, item in enumerate(items) if item.coloring is not None]
    found = [0.0] * len(items)
    for n, place in enumerate(places):
        before = places[n - 1] if n else place - 1
        after = places[n + 1] if n + 1 < len(places) else place + 1
        found[place] = (after - before) / 2
    return found


def _chroma(ab: Tensor) -> Tensor:
    """Length of colors `(B, 2, h, w)`: `(B, 1, h, w)`."""
    return torch.hypot(ab[:, :1], ab[:, 1:])


def _sum(own: Tensor | None, other: Tensor | None) -> Tensor:
    """The sum of what is there."""
    if own is None or other is None:
        only = other if own is None else own
        assert only is not None, "the first frame of a shot must be colored"
        return only
    return own + other


def load(device: str) -> Bidirectional:
    """Needs no weights; the same on every device."""
    return Bidirectional()
