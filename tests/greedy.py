"""Parts that want more memory than any machine has, for batches or pictures above a size."""

from __future__ import annotations

import torch

from flow.dis import Dis
from vidcolor.refiners.recurrent import Recurrent
from vidcolor.refiners.recurrent import load as load_recurrent
from vidcolor.types import Coloring, Motion

_ANY_MACHINE = 1 << 46
asked: list[tuple[int, int]] = []
"""Batch and short side of every picture seen, in order."""


class Greedy:
    """Colors two frames at once at most."""

    name, size = "greedy", 32

    def colorize(self, L: torch.Tensor) -> Coloring:
        asked.append((len(L), min(L.shape[-2:])))
        if len(L) > 2:
            torch.empty(_ANY_MACHINE)
        ab = torch.cat((L, 100 - L), dim=1) / 5
        return Coloring(ab, torch.ones_like(L))


class GreedyRefiner(Recurrent):
    """The bundled refiner, which takes no picture above 128 pixels after the first ten frames."""

    steps = 0

    def step(self, state, L: torch.Tensor, coloring: Coloring, motion: Motion | None):
        GreedyRefiner.steps += 1
        if min(L.shape[-2:]) > 128 and GreedyRefiner.steps > 10:
            torch.empty(_ANY_MACHINE)
        return super().step(state, L, coloring, motion)


def load(device: str) -> Greedy:
    return Greedy()


def load_refiner(device: str) -> Recurrent:
    return GreedyRefiner(load_recurrent(device)._net)


def load_flow(device: str) -> Dis:
    torch.empty(_ANY_MACHINE)
    return Dis()
