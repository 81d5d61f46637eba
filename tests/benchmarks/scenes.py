"""A made sequence whose motion is known: a colored square crosses a colored ground that pans."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from benchmarks.davis.data import Sequence, sequence_of
from benchmarks.davis.judge import FAR, TrueMotion

SIZE = 64
"""Height and width of the pictures."""


def _ground(rng: np.random.Generator) -> np.ndarray:
    coarse = rng.integers(40, 216, (6, 12, 3))
    return np.kron(coarse, np.ones((16, 16, 1))).astype(np.uint8)


def made_sequence(frames: int = 12) -> Sequence:
    """BGR pictures of blocks panning by 2 px a frame, with a red square moving by 1 px."""
    rng = np.random.default_rng(3)
    ground = _ground(rng)
    pictures = []
    for t in range(frames):
        picture = ground[:SIZE, 2 * t : 2 * t + SIZE].copy()
        picture[24:44, 10 + t : 30 + t] = (30, 40, 200)
        pictures.append(picture)
    files = tuple(Path(f"{t:05d}.jpg") for t in range(frames))
    return sequence_of("made", files, pictures, SIZE)


def _square(t: int) -> torch.Tensor:
    mask = torch.zeros(1, 1, SIZE, SIZE)
    mask[..., 24:44, 10 + t : 30 + t] = 1
    return mask


def _motion(t: int, apart: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Exact backward flow from frame t, what may be judged along it, and what is new in t."""
    square = _square(t)
    flow = torch.zeros(1, 2, SIZE, SIZE)
    # The ground moves to the left: it was further to the right before.
    flow[:, :1] = 2 * apart * (1 - square) - apart * square
    columns = torch.arange(SIZE).view(1, 1, 1, SIZE) + flow[:, :1]
    inside = (columns <= SIZE - 1) & (columns >= 0)
    there = columns.clamp(0, SIZE - 1).long()
    before = _square(t - apart).gather(3, there)
    seen = (inside & (before == square)).float()
    return flow, seen, 1 - seen


def exact_motion(frames: int = 12) -> TrueMotion:
    """The motion of `made_sequence`, known rather than estimated."""
    near = [_motion(t, 1) for t in range(1, frames)]
    # Forwards in time is backwards with the sign of every motion turned.
    ahead = [_motion(t, -1) for t in range(frames - 1)]
    far = list(range(FAR, frames))
    apart = [_motion(t, FAR) for t in far]
    return TrueMotion(
        back=torch.cat([m[0] for m in near]),
        forth=torch.cat([m[0] for m in ahead]),
        seen_back=torch.cat([m[1] for m in near]),
        seen_forth=torch.cat([m[1] for m in ahead]),
        covered=torch.cat([m[2] for m in near]),
        far=torch.tensor(far),
        far_back=torch.cat([m[0] for m in apart]),
        seen_far=torch.cat([m[1] for m in apart]),
    )
