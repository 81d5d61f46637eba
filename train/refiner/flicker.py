"""Simulates the flicker of image colorizers on a sequence of colors."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def _patches(rng: np.random.Generator, size: tuple[int, int]) -> Tensor:
    """A soft mask `(1, h, w)` of a few blobs."""
    cells = int(rng.integers(3, 9))
    noise = torch.from_numpy(rng.standard_normal((1, 1, cells, cells)).astype(np.float32))
    field = F.interpolate(noise, size=size, mode="bicubic")[0]
    return ((field - float(rng.uniform(0.6, 1.5))) * 6).clamp(0, 1)


def flicker(ab: Tensor, rng: np.random.Generator) -> Tensor:
    """Tint jitter, pumping saturation, patches that flip, gray frames; each at random.

    Args:
        ab: `(T, 2, h, w)`, steady colors.
        rng: source of all randomness.

    Returns:
        Flickering colors of the same shape.
    """
    count, _, h, w = ab.shape
    out = ab.clone()
    if rng.random() < 0.7:
        spread = rng.uniform(0.5, 6)
        out += torch.from_numpy(rng.normal(0, spread, (count, 2, 1, 1)).astype(np.float32))
    if rng.random() < 0.5:
        spread = rng.uniform(0.05, 0.35)
        pump = np.exp(rng.normal(0, spread, (count, 1, 1, 1))).astype(np.float32)
        out *= torch.from_numpy(pump)
    if rng.random() < 0.7:
        chance = rng.uniform(0.1, 0.7)
        mask = _patches(rng, (h, w))
        for t in range(count):
            if rng.random() < 0.3:
                mask = _patches(rng, (h, w))
            if rng.random() < chance:
                shift = rng.normal(0, 14, (2, 1, 1)).astype(np.float32)
                out[t] = out[t] + mask * torch.from_numpy(shift)
    if rng.random() < 0.3:
        for t in np.flatnonzero(rng.random(count) < 0.12).tolist():
            out[t] *= float(rng.uniform(0, 0.4))
    return out
