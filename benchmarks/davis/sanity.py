"""Rows that no one would want: what a measure must tell apart, and what fools it."""

from __future__ import annotations

import torch
from torch import Tensor

from flow.warp import backward_warp

from .judge import TrueMotion

JITTER = (0.5, 1.0, 2.0, 4.0)
"""Standard deviations of the tint jitter in Lab units."""

TRUTH, GRAY, SEPIA, HALF = "truth", "gray", "sepia", "truth, half saturation"
AVERAGED = "truth, averaged in time"


def jitter_name(sigma: float) -> str:
    """Name of the row of the truth with tint jitter."""
    return f"truth + tint jitter {sigma:g}"


def sanity_rows(ab: Tensor, motion: TrueMotion) -> dict[str, Tensor]:
    """Colors by name, made of the true colors `ab (T, 2, h, w)`.

    The tints of the jitter are the same but for their strength, so that rows differ in nothing
    else.
    """
    rng = torch.Generator().manual_seed(0)
    tints = torch.randn(len(ab), 2, 1, 1, generator=rng)
    sepia = torch.tensor([4.0, 14.0]).view(1, 2, 1, 1)
    return {
        TRUTH: ab,
        GRAY: torch.zeros_like(ab),
        SEPIA: sepia.expand_as(ab),
        HALF: ab / 2,
        AVERAGED: averaged(ab, motion),
        **{jitter_name(sigma): ab + sigma * tints for sigma in JITTER},
    }


def averaged(ab: Tensor, motion: TrueMotion) -> Tensor:
    """Each frame's mean with its neighbors along the true flow: what a plain filter does."""
    total, weight = ab.clone(), torch.ones_like(ab[:, :1])
    total[1:] += motion.seen_back * backward_warp(ab[:-1], motion.back)
    weight[1:] += motion.seen_back
    total[:-1] += motion.seen_forth * backward_warp(ab[1:], motion.forth)
    weight[:-1] += motion.seen_forth
    return total / weight
