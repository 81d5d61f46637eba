"""Batches for the flow training: synthetic pairs with exact flow beside real pairs without any."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from .flow_aging import age_pair
from .flow_data import Pictures
from .flow_pairs import make_pair

# Share of a synthetic pair's loss that covered pixels keep: their motion is a guess, yet a
# plausible guess helps the forward-backward check.
_COVERED = 0.3


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs for one step; the first `exact` of them have a true flow.

    Attributes:
        cur, prev: float32 `(B, 1, h, w)`, luma in [0, 1], as the student sees it.
        clean_cur, clean_prev: the same before ageing, as the teacher sees it.
        flow: float32 `(B, 2, h, w)`, px; zero for real pairs.
        weight: float32 `(B, 1, h, w)`, how much a pixel counts; zero for real pairs.
        exact: number of synthetic pairs.
    """

    cur: Tensor
    prev: Tensor
    clean_cur: Tensor
    clean_prev: Tensor
    flow: Tensor
    weight: Tensor
    exact: int


def real_pair(
    clips: Pictures, rng: np.random.Generator, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Two frames of one shot up to four apart, the same random part of both, in [0, 1]."""
    start, end = clips.groups[rng.choice(len(clips.groups), p=clips.weights)]
    gap = min(int(rng.choice([1, 2, 3, 4], p=[0.5, 0.25, 0.15, 0.1])), end - start - 1)
    first = int(rng.integers(start, end - gap))
    frames = [clips.picture(first), clips.picture(first + gap)]
    H, W = frames[0].shape
    most = min(H / size[0], W / size[1])
    zoom = rng.uniform(min(0.85, most), most)
    h, w = int(size[0] * zoom), int(size[1] * zoom)
    top, left = int(rng.integers(H - h + 1)), int(rng.integers(W - w + 1))
    mirror, reverse = rng.random() < 0.5, rng.random() < 0.5
    shrink = cv2.INTER_AREA if zoom > 1 else cv2.INTER_LINEAR
    crops = []
    for frame in frames:
        crop = cv2.resize(frame[top : top + h, left : left + w], size[::-1], interpolation=shrink)
        crops.append(np.ascontiguousarray(crop[:, ::-1] if mirror else crop, np.float32) / 255)
    return (crops[1], crops[0]) if reverse else (crops[0], crops[1])


def _stack(pictures: list[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(pictures))[:, None]


def draw_batch(
    photos: Pictures,
    clips: Pictures,
    rng: np.random.Generator,
    *,
    count: int,
    size: tuple[int, int],
) -> Batch:
    """`count` pairs of `size` = (h, w), the first half (rounded up) synthetic."""

    def texture(rng: np.random.Generator) -> np.ndarray:
        pictures = photos if rng.random() < 0.6 else clips
        return pictures.picture(int(rng.integers(len(pictures.offsets))))

    exact = (count + 1) // 2
    made = [make_pair(rng, size, texture) for _ in range(exact)]
    clean = [(pair.cur, pair.prev) for pair in made]
    clean += [real_pair(clips, rng, size) for _ in range(count - exact)]
    aged = [age_pair(rng, *pair) for pair in clean]
    flow, weight = torch.zeros(count, 2, *size), torch.zeros(count, 1, *size)
    flow[:exact] = torch.from_numpy(np.stack([p.flow for p in made])).permute(0, 3, 1, 2)
    weight[:exact] = _stack([np.where(p.visible, 1, _COVERED).astype(np.float32) for p in made])
    return Batch(
        cur=_stack([pair[0] for pair in aged]),
        prev=_stack([pair[1] for pair in aged]),
        clean_cur=_stack([pair[0] for pair in clean]),
        clean_prev=_stack([pair[1] for pair in clean]),
        flow=flow,
        weight=weight,
        exact=exact,
    )


def held_out_pairs(photos: list[np.ndarray], count: int, size: tuple[int, int]) -> Batch:
    """Clean synthetic pairs from photographs that no training sees; the same at every call."""
    rng = np.random.default_rng(20_000_003)
    made = [
        make_pair(rng, size, lambda r: photos[int(r.integers(len(photos)))]) for _ in range(count)
    ]
    cur, prev = _stack([p.cur for p in made]), _stack([p.prev for p in made])
    flow = torch.from_numpy(np.stack([p.flow for p in made])).permute(0, 3, 1, 2).contiguous()
    visible = _stack([p.visible.astype(np.float32) for p in made])
    return Batch(cur, prev, cur, prev, flow, visible, count)
