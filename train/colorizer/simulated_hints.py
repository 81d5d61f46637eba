"""Hints as users, the flow and matched frames would give them, made from the truth."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from vidcolor.types import Hints

# Shares of the pictures with hints that get points, regions; the rest gets a whole plane.
_POINTS, _REGIONS = 0.48, 0.16
_MOST_POINTS = 100
_LARGEST_POINT = 3
# Parts of a carried plane that are wrong, of its short side.
_WRONG = (0.15, 0.6)


def simulated_hints(ab: Tensor, rng: np.random.Generator, share: float = 0.5) -> Hints:
    """Hints for a part of a batch.

    Args:
        ab: float32 `(B, 2, h, w)`, the true colors.
        rng: all randomness.
        share: chance of each picture to bear hints.

    Returns:
        Hints of the same size: nothing, 1 to 100 true points (few more often), regions, or a whole
        plane that is shifted, pale and wrong in parts, with a weight that partly knows where.
    """
    true = ab.numpy()
    found = np.zeros_like(true)
    weight = np.zeros_like(true[:, :1])
    for i in range(len(true)):
        draw = rng.random()
        if draw >= share:
            continue
        if draw < share * _POINTS:
            found[i], weight[i, 0] = _points(true[i], rng)
        elif draw < share * (_POINTS + _REGIONS):
            found[i], weight[i, 0] = _regions(true[i], rng)
        else:
            found[i], weight[i, 0] = _carried(true[i], true[(i + 1) % len(true)], rng)
    return Hints(torch.from_numpy(found), torch.from_numpy(weight))


def _points(ab: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    found, weight = np.zeros_like(ab), np.zeros_like(ab[0])
    h, w = weight.shape
    for _ in range(round(_MOST_POINTS ** rng.random())):
        side = int(rng.integers(1, _LARGEST_POINT + 1))
        y, x = int(rng.integers(h - side + 1)), int(rng.integers(w - side + 1))
        patch = (slice(y, y + side), slice(x, x + side))
        mean = ab[:, patch[0], patch[1]].mean((1, 2), keepdims=True)
        found[:, patch[0], patch[1]] = mean + rng.normal(0, 1, (2, 1, 1))
        weight[patch] = 1
    return found, weight


def _regions(ab: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    h, w = ab.shape[1:]
    rough = rng.normal(size=(4, 4)).astype(np.float32)
    height = cv2.resize(rough, (w, h), interpolation=cv2.INTER_CUBIC)
    chosen = height > np.quantile(height, rng.uniform(0.4, 0.95))
    weight = chosen * rng.uniform(0.5, 1)
    return ab * chosen, weight.astype(np.float32)


def _carried(
    ab: np.ndarray, other: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A plane as colors come along a flow or from a frame that looks alike."""
    h, w = ab.shape[1:]
    rough = rng.normal(0, rng.uniform(0, 2.5), (4, 4, 2)).astype(np.float32)
    shift = cv2.resize(rough, (w, h), interpolation=cv2.INTER_CUBIC)
    ys, xs = np.mgrid[:h, :w].astype(np.float32)
    planes = np.ascontiguousarray(ab.transpose(1, 2, 0))
    moved = cv2.remap(
        planes, xs + shift[..., 0], ys + shift[..., 1], cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE
    )
    if rng.random() < 0.5:
        moved = cv2.GaussianBlur(moved, (0, 0), rng.uniform(0.5, 2.5))
    carried = moved.transpose(2, 0, 1) * rng.uniform(0.6, 1.1)
    wrong = np.zeros((h, w), bool)
    for _ in range(int(rng.integers(0, 5))):
        side_h, side_w = (max(1, round(min(h, w) * rng.uniform(*_WRONG))) for _ in range(2))
        y, x = int(rng.integers(h - side_h + 1)), int(rng.integers(w - side_w + 1))
        wrong[y : y + side_h, x : x + side_w] = True
    replacement = other if rng.random() < 0.5 else np.zeros_like(other)
    found = np.where(wrong, replacement, carried)
    noise = cv2.resize(rng.normal(size=(8, 8)).astype(np.float32), (w, h))
    told = rng.uniform(0, 0.8) if rng.random() < 0.6 else 0.0
    weight = (rng.uniform(0.3, 0.95) + 0.15 * noise - told * wrong).clip(0, 1)
    if rng.random() < 0.5:
        weight[noise > rng.uniform(0.3, 1.2)] = 0
    return found.astype(np.float32), weight.astype(np.float32)
