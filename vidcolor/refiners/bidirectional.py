"""`bidirectional`: the colors of a whole shot, averaged along the flow from both sides.

Each pixel gets the mean of the colors along its trajectory, of the frames before it and of those
after it, each weighted by how sure the colorizer is, how many frames it stands for and how far the
flow can be trusted, less and less the further away. So sure frames decide for unsure ones, and a
wrong first second is settled by what comes later. The offline, two-sided form of the temporal
filter of Bonneel et al., "Blind video temporal consistency", SIGGRAPH Asia 2015; two sides as in
the recurrences of Chan et al., "BasicVSR", CVPR 2021, section 3.1.
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


@dataclass(frozen=True, slots=True)
class Bidirectional:
    """Implements `ShotRefiner`; needs no network. Frames without a coloring get that of others.

    Attributes:
        memory: what a frame's weight is multiplied by for each frame of distance.
        sureness: exponent of the confidence.
        doubt: weight of a frame at confidence 0. Chosen, like the others, on real shots.
    """

    memory: float = 0.97
    sureness: float = 2.0
    doubt: float = 5e-4
    name: str = "bidirectional"
    needs_flow: bool = True

    @torch.inference_mode()
    def refine(
        self, items: Sequence[WorkFrame], before: RefinerState | None, count: int
    ) -> tuple[list[Tensor], RefinerState]:
        """See `ShotRefiner`.

        State: `sums (1, 3, h, w)`, of the colors so far times their weights, and of the weights.
        """
        spans = _spans(items)
        own = [
            None if i.coloring is None else span * self._weighted(i.coloring)
            for i, span in zip(items, spans, strict=True)
        ]
        sums: list[Tensor] = []
        past = None if before is None else before["sums"]
        for item, seen in zip(items, own, strict=True):
            past = _sum(seen, None if past is None else self._carried(past, item.motion))
            sums.append(past)
        found: list[Tensor] = []
        later: Tensor | None = None
        for i in range(len(items) - 1, -1, -1):
            if later is not None:
                later = self._carried(later, items[i + 1].onward)
            if i < count:
                whole = _sum(sums[i], later)
                found.append(whole[:, :2] / whole[:, 2:].clamp(min=_TINY))
            later = later if own[i] is None and later is None else _sum(own[i], later)
        return found[::-1], {"sums": sums[count - 1]}

    def _weighted(self, coloring: Coloring) -> Tensor:
        weight = coloring.confidence.clamp(0, 1) ** self.sureness + self.doubt
        return torch.cat((coloring.ab * weight, weight), dim=1)

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
