"""`none`: no refinement, the frame-by-frame baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from ..types import Coloring, Motion, RefinerState


class PassThrough:
    """Returns the colors of each frame unchanged; its state is empty."""

    name = "none"
    needs_flow = False

    def start(self, L: Tensor, coloring: Coloring) -> tuple[Tensor, RefinerState]:
        """The frame's own ab `(1, 2, h, w)`."""
        return coloring.ab, {}

    def step(
        self, state: RefinerState, L: Tensor, coloring: Coloring, motion: Motion | None
    ) -> tuple[Tensor, RefinerState]:
        """The frame's own ab `(1, 2, h, w)`."""
        return coloring.ab, state


def load(device: str) -> PassThrough:
    """Needs no weights; the same on every device."""
    return PassThrough()
