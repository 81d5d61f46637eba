"""Batches for the flow training: synthetic pairs with exact flow, real pairs with a teacher's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from .aging import age_pair
from .data import Images
from .labels import Label, cut
from .pairs import make_pair

# Weight of occluded pixels of a synthetic pair: their motion is a guess, yet a plausible guess
# helps the forward-backward check. Below it, the weight of pixels where the teacher is unreliable.
_COVERED = 0.3
_DOUBTED = 0.1


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs for one step.

    Attributes:
        cur, prev: float32 `(B, 1, h, w)`, luma in [0, 1], input of the student.
        clean_cur, clean_prev: the same before aging, input of the teacher.
        flow: float32 `(B, 2, h, w)`, px.
        weight: float32 `(B, 1, h, w)`, weight of each pixel in [0, 1].
    """

    cur: Tensor
    prev: Tensor
    clean_cur: Tensor
    clean_prev: Tensor
    flow: Tensor
    weight: Tensor

    def to(self, device: torch.device) -> Batch:
        """The same on another device."""
        moved = (getattr(self, f.name).to(device, non_blocking=True) for f in fields(self))
        return Batch(*moved)


def _stack(images: list[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(images))[:, None]


def _planes(flows: list[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(flows)).permute(0, 3, 1, 2).contiguous()


@dataclass(frozen=True)
class Source:
    """The data that batches are drawn from.

    Attributes:
        photos, clips: textures of synthetic pairs; `clips` also holds the frames of labeled pairs.
        labels: real pairs with a teacher's flow.
        count: pairs in a batch, the first half of them (rounded up) synthetic.
        size: (h, w) of a batch's images.
        seed: determines, with the number of a step, all random choices of that step.
    """

    photos: Images
    clips: Images
    labels: list[Label]
    count: int
    size: tuple[int, int]
    seed: int

    def _texture(self, rng: np.random.Generator) -> np.ndarray:
        images = self.photos if rng.random() < 0.6 else self.clips
        return images.image(int(rng.integers(len(images.offsets))))

    def draw(self, step: int) -> Batch:
        """The batch of a step: the same in every call, so that trainings can resume."""
        rng = np.random.default_rng([self.seed, step])
        clean, flows, weights = [], [], []
        for index in range(self.count):
            if index < (self.count + 1) // 2:
                pair = make_pair(rng, self.size, self._texture)
                clean.append((pair.cur, pair.prev))
                flows.append(pair.flow)
                weights.append(np.where(pair.visible, 1, _COVERED).astype(np.float32))
            else:
                cur, prev, flow, trust = cut(self.labels, self.clips, rng, self.size)
                clean.append((cur, prev))
                flows.append(flow)
                weights.append(np.maximum(trust, _DOUBTED))
        aged = [age_pair(rng, *pair) for pair in clean]
        return Batch(
            cur=_stack([pair[0] for pair in aged]),
            prev=_stack([pair[1] for pair in aged]),
            clean_cur=_stack([pair[0] for pair in clean]),
            clean_prev=_stack([pair[1] for pair in clean]),
            flow=_planes(flows),
            weight=_stack(weights),
        )


@dataclass(frozen=True)
class _Steps(Dataset[tuple[np.ndarray, ...]]):
    source: Source

    def __getitem__(self, step: int) -> tuple[np.ndarray, ...]:
        # Arrays, not tensors: tensors would use shared memory, of which containers have little.
        batch = self.source.draw(step)
        return tuple(getattr(batch, f.name).numpy() for f in fields(batch))


def batches(source: Source, begin: int, end: int, workers: int) -> Iterator[Batch]:
    """Batches of steps `begin` to `end` (exclusive), made by `workers` processes; 0 = this one."""
    loader = DataLoader(
        _Steps(source),
        batch_size=None,
        sampler=range(begin, end),
        num_workers=workers,
        collate_fn=_as_it_is,
        prefetch_factor=4 if workers else None,
        worker_init_fn=_single_threaded,
    )
    for arrays in loader:
        yield Batch(*(torch.from_numpy(array) for array in arrays))


def _as_it_is(arrays: Any) -> Any:
    return arrays


def _single_threaded(_: int) -> None:
    cv2.setNumThreads(1)
