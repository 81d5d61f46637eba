"""Flow labels of real pairs from a teacher, computed once and stored.

The published RAFT (12 updates, whole frames) finds the motion, OpenCV's DIS started from it makes
it exact: of all estimators at hand the pair explains real film best, and what is learned from it
can be better than either. Each label is made once and then seen in many parts, sizes and states
of decay. A quarter of the frame's size is enough: RAFT small itself knows an eighth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from flow import Dis, FlowEstimator, Raft, resize_flow, soft_confidence
from vidcolor.precision import fast_dtype

from .data import Images

# Size of a frame over the size of its label.
SHRINK = 4
# Distances in frames, and their probabilities.
_GAPS, _CHANCES = np.array([1, 2, 3, 4]), np.array([0.5, 0.25, 0.15, 0.1])


@dataclass(frozen=True, slots=True)
class Label:
    """One pair, in both directions.

    Attributes:
        first, second: indices of the images, the earlier one first.
        flows: float16 `(2, 2, h/4, w/4)`, px of the label's own size: from the second image to
            the first, and the other way round.
        weights: uint8 `(2, h/4, w/4)`, confidence of each flow, 255 = full.
    """

    first: int
    second: int
    flows: np.ndarray
    weights: np.ndarray


def teacher(weights: Mapping[str, Tensor], device: str = "cpu") -> FlowEstimator:
    """The estimator of the target flows; `weights` are those of the published RAFT small."""
    raft = Raft(weights, iterations=12, device=device, dtype=fast_dtype(device))
    return Dis(start=raft)


def _pair(clips: Images, rng: np.random.Generator) -> tuple[int, int]:
    """Two frames of one shot, up to four apart; small distances are more frequent."""
    start, end = clips.groups[rng.choice(len(clips.groups), p=clips.weights)]
    gap = min(int(rng.choice(_GAPS, p=_CHANCES)), end - start - 1)
    first = int(rng.integers(start, end - gap))
    return first, first + gap


def _luma(image: np.ndarray) -> Tensor:
    h, w = (side - side % SHRINK for side in image.shape)
    return torch.from_numpy(image[:h, :w].astype(np.float32) / 255)[None, None]


def label(
    estimator: FlowEstimator, clips: Images, first: int, second: int, device: str = "cpu"
) -> Label:
    """Runs the teacher, which is on `device`, on one pair.

    A pixel is believed as `flow.soft_confidence` has it: both ways agree, and the luma does.
    """
    cur, prev = _luma(clips.image(second)), _luma(clips.image(first))
    found = estimator.both_flows(cur.to(device), prev.to(device))
    backward, forward = (flow.cpu() for flow in found)
    small = (cur.shape[-2] // SHRINK, cur.shape[-1] // SHRINK)
    trust = torch.cat(
        [
            soft_confidence(cur, prev, backward, forward),
            soft_confidence(prev, cur, forward, backward),
        ]
    )
    flows = resize_flow(torch.cat([backward, forward]), small)
    weights = F.interpolate(trust, small, mode="area")[:, 0]
    return Label(
        first,
        second,
        flows.half().numpy(),
        (weights * 255).round().to(torch.uint8).numpy(),
    )


def load_labels(
    clips: Images,
    estimator: FlowEstimator,
    cache: Path,
    count: int,
    *,
    device: str = "cpu",
    seed: int = 1,
) -> list[Label]:
    """`count` labels; those in `cache` are reused, missing ones are computed and stored there."""
    cache.mkdir(parents=True, exist_ok=True)
    labels = []
    for index in range(count):
        path = cache / f"{index:05d}.npz"
        if path.exists():
            with np.load(path) as kept:
                first, second = (int(i) for i in kept["pair"])
                labels.append(Label(first, second, kept["flows"], kept["weights"]))
            continue
        pair = _pair(clips, np.random.default_rng([seed, index]))
        made = label(estimator, clips, *pair, device)
        part = path.with_suffix(".part.npz")
        np.savez(part, pair=[made.first, made.second], flows=made.flows, weights=made.weights)
        part.replace(path)
        labels.append(made)
    return labels


def cut(
    labels: list[Label], clips: Images, rng: np.random.Generator, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A random crop of a random labeled pair, randomly scaled, mirrored and reversed.

    Returns:
        cur, prev float32 `(h, w)` in [0, 1]; backward flow float32 `(h, w, 2)` in px; its weight
        float32 `(h, w)` in [0, 1].
    """
    chosen = labels[int(rng.integers(len(labels)))]
    way = int(rng.integers(2))
    order = (chosen.second, chosen.first) if way == 0 else (chosen.first, chosen.second)
    H, W = chosen.weights.shape[1:]
    most = min(H * SHRINK / size[0], W * SHRINK / size[1])
    zoom = rng.uniform(min(0.85, most), most)
    h, w = (int(side * zoom) // SHRINK for side in size)
    top, left = int(rng.integers(H - h + 1)), int(rng.integers(W - w + 1))
    mirror = rng.random() < 0.5
    shrinks = cv2.INTER_AREA if zoom > 1 else cv2.INTER_LINEAR
    frames = []
    for index in order:
        part = clips.image(index)[
            top * SHRINK : (top + h) * SHRINK, left * SHRINK : (left + w) * SHRINK
        ]
        frames.append(_flipped(cv2.resize(part, size[::-1], interpolation=shrinks), mirror) / 255)
    rows, columns = slice(top, top + h), slice(left, left + w)
    flow = chosen.flows[way, :, rows, columns].astype(np.float32).transpose(1, 2, 0)
    flow = _flipped(cv2.resize(np.ascontiguousarray(flow), size[::-1]), mirror)
    flow = flow * np.array([size[1] / w * (-1 if mirror else 1), size[0] / h], np.float32)
    weight = chosen.weights[way, rows, columns].astype(np.float32) / 255
    return frames[0], frames[1], flow, _flipped(cv2.resize(weight, size[::-1]), mirror)


def _flipped(image: np.ndarray, mirror: bool) -> np.ndarray:
    return np.ascontiguousarray(image[:, ::-1] if mirror else image, np.float32)
