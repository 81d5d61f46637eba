"""The judge's eye: where every pixel of the true film went, the same for every row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from flow.base import FlowEstimator
from flow.consistency import visibility
from vidcolor import metrics

from ..store import Arrays, kept

FAR = 8
"""Distance in frames of the long warp error; its flow is found directly, not chained."""
FAR_EVERY = 2
"""One pair in so many is judged at that distance."""


@dataclass(frozen=True)
class TrueMotion:
    """Flows of a film of T frames and what may be judged along them.

    Attributes:
        back: `(T-1, 2, h, w)`, from frame t + 1 to frame t, px.
        forth: `(T-1, 2, h, w)`, from frame t to frame t + 1, px.
        seen_back, seen_forth: `(T-1, 1, h, w)`, 0 or 1, the standard mask of each.
        covered: `(T-1, 1, h, w)`, 1 where frame t + 1 shows what frame t did not.
        far: numbers of the frames judged against the one `FAR` before them, int64 `(n,)`.
        far_back, seen_far: `(n, 2, h, w)` and `(n, 1, h, w)`, their flow and mask.
    """

    back: Tensor
    forth: Tensor
    seen_back: Tensor
    seen_forth: Tensor
    covered: Tensor
    far: Tensor
    far_back: Tensor
    seen_far: Tensor


def estimate_true_motion(L: Tensor, flow: FlowEstimator, path: Path, key: str) -> TrueMotion:
    """The motion of a film with lightness `L (T, 1, h, w)`, kept in the file `path`."""
    arrays = kept(path, key, lambda: _find(L, flow))
    size = L.shape[-2:]
    return TrueMotion(
        back=_floats(arrays["back"]),
        forth=_floats(arrays["forth"]),
        seen_back=_mask(arrays["seen_back"], size),
        seen_forth=_mask(arrays["seen_forth"], size),
        covered=_mask(arrays["covered"], size),
        far=torch.from_numpy(arrays["far"]),
        far_back=_floats(arrays["far_back"]),
        seen_far=_mask(arrays["seen_far"], size),
    )


def _find(L: Tensor, flow: FlowEstimator) -> Arrays:
    features = [flow.encode(frame[None] / 100) for frame in L]
    found: dict[str, list[np.ndarray]] = {
        name: []
        for name in ("back", "forth", "seen_back", "seen_forth", "covered", "far_back", "seen_far")
    }

    def note(**tensors: Tensor) -> None:
        for name, tensor in tensors.items():
            if tensor.shape[1] == 2:
                found[name].append(tensor.half().numpy())
            else:
                found[name].append(np.packbits(tensor.bool().numpy().reshape(1, -1), axis=1))

    for before, after in pairwise(features):
        backward, forward = flow.flows(after, before)
        note(
            back=backward,
            forth=forward,
            seen_back=metrics.trusted(backward, forward),
            seen_forth=metrics.trusted(forward, backward),
            covered=1 - visibility(backward, forward),
        )
    far = list(range(FAR, len(features), FAR_EVERY))
    for t in far:
        backward, forward = flow.flows(features[t], features[t - FAR])
        note(far_back=backward, seen_far=metrics.trusted(backward, forward))
    return {"far": np.array(far, np.int64)} | {
        name: np.concatenate(parts) if parts else np.zeros((0,), np.float16)
        for name, parts in found.items()
    }


def _floats(flows: np.ndarray) -> Tensor:
    return torch.from_numpy(flows).float()


def _mask(bits: np.ndarray, size: tuple[int, ...]) -> Tensor:
    h, w = size
    if not len(bits):
        return torch.zeros(0, 1, h, w)
    flat = np.unpackbits(bits, axis=1)[:, : h * w]
    return torch.from_numpy(flat).view(-1, 1, h, w).float()


def batches(count: int, size: int = 8) -> Iterator[slice]:
    """Slices that cover 0..count."""
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))
