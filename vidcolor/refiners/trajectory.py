"""`trajectory`: a running mean of color along the optical flow; nothing in it is learnt.

Every pixel keeps the mean of all colors it has had on its way through the shot, weighted by the
colorizer's confidence, and with the mean the weight that stands behind it. Where the flow is not
trusted the weight falls, so that new color enters; it never grows beyond a fixed number of
frames, so that an old mistake fades and slow change of light is followed. The recursive form of
the temporal filter of Bonneel et al., "Blind video temporal consistency", SIGGRAPH Asia 2015,
with the visibility of Lai et al., ECCV 2018, section 3.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from flow.warp import backward_warp

if TYPE_CHECKING:
    from torch import Tensor

    from ..types import Coloring, Motion, RefinerState


@dataclass(frozen=True, slots=True)
class Trajectory:
    """Flow-aligned recursive filter.

    Attributes:
        memory: weight that the past has at most, in frames of a sure colorizer: the new color's
            share is never below about `1 / (1 + memory)`.
        doubt: weight of a frame of which the colorizer is not sure at all.
        trust_power: softens the visibility: the past keeps `visibility ** trust_power` of its
            weight from a frame to the next. Chosen with the others on real shots: the weight is
            to fall where something new comes into view, hardly where the light flickers.
    """

    memory: float = 12.0
    doubt: float = 0.3
    trust_power: float = 0.25
    name: str = "trajectory"
    needs_flow: bool = True

    def _weight(self, confidence: Tensor) -> Tensor:
        return self.doubt + (1 - self.doubt) * confidence

    def start(self, L: Tensor, coloring: Coloring) -> tuple[Tensor, RefinerState]:
        """First frame of a shot: its own ab `(1, 2, h, w)`."""
        return coloring.ab, {"ab": coloring.ab, "weight": self._weight(coloring.confidence)}

    @torch.inference_mode()
    def step(
        self, state: RefinerState, L: Tensor, coloring: Coloring, motion: Motion | None
    ) -> tuple[Tensor, RefinerState]:
        """Next frame: the mean so far `(1, 2, h, w)` and the new state; `state` is left as it was.

        State: `ab (1, 2, h, w)`, the means; `weight (1, 1, h, w)`, in frames, what they rest on.
        """
        assert motion is not None, "this refiner needs the flow"
        old = backward_warp(torch.cat((state["ab"], state["weight"]), dim=1), motion.flow)
        kept = old[:, 2:].clamp(max=self.memory) * motion.visibility**self.trust_power
        new = self._weight(coloring.confidence)
        ab = coloring.ab + kept / (kept + new) * (old[:, :2] - coloring.ab)
        return ab, {"ab": ab, "weight": kept + new}


def load(device: str) -> Trajectory:
    """The same on every device."""
    return Trajectory()
