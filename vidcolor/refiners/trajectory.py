"""`trajectory`: a running mean of color along the optical flow, without a network.

Each pixel keeps the mean of the colors along its trajectory through the shot, weighted by the
colorizer's confidence, and the accumulated weight. Where the flow is unreliable the weight
decreases, so that new color is blended in; it is limited to a fixed number of frames, so that
errors fade and slow changes of light are followed. The recursive form of the temporal filter of
Bonneel et al., "Blind video temporal consistency", SIGGRAPH Asia 2015, with the visibility of Lai
et al., ECCV 2018, section 3.2.
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
        memory: maximum weight of the past, in frames at full confidence: the weight of the new
            color is at least about `1 / (1 + memory)`.
        doubt: weight of a frame at confidence 0.
        trust_power: exponent of the visibility: from frame to frame the past keeps
            `visibility ** trust_power` of its weight. Chosen, like the others, on real shots so
            that the weight drops where something new appears but not where light flickers.
    """

    memory: float = 12.0
    doubt: float = 0.3
    trust_power: float = 0.25
    name: str = "trajectory"
    needs_flow: bool = True

    def _weight(self, confidence: Tensor) -> Tensor:
        return self.doubt + (1 - self.doubt) * confidence

    def start(self, L: Tensor, coloring: Coloring) -> tuple[Tensor, RefinerState]:
        """First frame of a shot: its ab `(1, 2, h, w)` unchanged."""
        return coloring.ab, {"ab": coloring.ab, "weight": self._weight(coloring.confidence)}

    @torch.inference_mode()
    def step(
        self, state: RefinerState, L: Tensor, coloring: Coloring, motion: Motion | None
    ) -> tuple[Tensor, RefinerState]:
        """Next frame: the mean so far `(1, 2, h, w)` and the new state; `state` is not modified.

        State: `ab (1, 2, h, w)`, the mean colors; `weight (1, 1, h, w)`, their weight in frames.
        """
        assert motion is not None, "this refiner needs the flow"
        old = backward_warp(torch.cat((state["ab"], state["weight"]), dim=1), motion.flow)
        kept = old[:, 2:].clamp(max=self.memory) * motion.visibility**self.trust_power
        new = self._weight(coloring.confidence)
        ab = coloring.ab + kept / (kept + new) * (old[:, :2] - coloring.ab)
        return ab, {"ab": ab, "weight": kept + new}


def load(device: str) -> Trajectory:
    """Needs no weights; the same on every device."""
    return Trajectory()
