"""Pairs the flow benchmark looks at: real ones of films, and made ones whose motion is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import torch
from torch import Tensor

# Working size of a 16:9 film with a short side of 192.
SIZE = (192, 336)
# `remap`'s second map: none, the first holds x and y. Its type stubs leave None out.
_ABSOLUTE: Any = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two frames at the working size.

    Attributes:
        cur, prev: float32 `(1, 1, h, w)`, luma in [0, 1].
        colors: a*b* of both, float32 `(1, 2, h, w)`; None where the film has none.
        flow, visible: exact backward flow `(1, 2, h, w)` and float32 `(1, 1, h, w)`, 1 = not
            covered; None for real films.
    """

    cur: Tensor
    prev: Tensor
    colors: tuple[Tensor, Tensor] | None = None
    flow: Tensor | None = None
    visible: Tensor | None = None


def _tensor(picture: np.ndarray) -> Tensor:
    planes = picture[..., None] if picture.ndim == 2 else picture
    return torch.from_numpy(np.ascontiguousarray(planes.transpose(2, 0, 1), np.float32))[None]


def _small(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, SIZE[::-1], interpolation=cv2.INTER_AREA)


def read_picture(path: Path) -> np.ndarray:
    """A picture file as BGR `(h, w, 3)`, uint8."""
    picture = cv2.imread(str(path))
    if picture is None:
        raise FileNotFoundError(f"no picture in {path}")
    return picture


def davis_pairs(root: Path, count: int, gap: int) -> Iterator[Pair]:
    """`count` pairs of each DAVIS sequence, frames `gap` apart, evenly over its length."""
    for folder in sorted((root / "JPEGImages" / "480p").iterdir()):
        files = sorted(folder.glob("*.jpg"))
        for at in np.linspace(gap, len(files) - 1, count).round().astype(int):
            luma, colors = [], []
            for path in (files[at], files[at - gap]):
                small = _small(read_picture(path))
                luma.append(_tensor(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY) / 255))
                lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2Lab)
                colors.append(_tensor(lab[..., 1:]))
            yield Pair(luma[0], luma[1], (colors[0], colors[1]))


def archival_pairs(root: Path, count: int) -> Iterator[Pair]:
    """`count` neighboring pairs of each old film, evenly over its length."""
    for path in sorted(root.glob("*.mp4")):
        with av.open(str(path)) as film:
            frames = [f.to_ndarray(format="gray") for f in film.decode(video=0)]
        for at in np.linspace(1, len(frames) - 1, count).round().astype(int):
            cur, prev = (_tensor(_small(frames[i]) / 255) for i in (at, at - 1))
            # A pair across a cut has no motion to be found.
            if (cur - prev).abs().mean() < 0.12:
                yield Pair(cur, prev)


def made_pairs(root: Path, count: int, *, grainy: bool = False) -> Iterator[Pair]:
    """Cut-outs over a background, all DAVIS frames, each moved, turned and scaled; always the same.

    Not the training's generator: ellipses and boxes only, no bending, other pictures. The same
    pairs `grainy` are an old print's: soft, flickering, with grain of its own on each frame.
    """
    rng, print_rng = np.random.default_rng(7), np.random.default_rng(8)
    folders = sorted((root / "JPEGImages" / "480p").iterdir())
    pictures = [cv2.cvtColor(read_picture(f / "00010.jpg"), cv2.COLOR_BGR2GRAY) for f in folders]
    for _ in range(count):
        pair = _made_pair(rng, pictures)
        yield _printed(print_rng, pair) if grainy else pair


def _printed(rng: np.random.Generator, pair: Pair) -> Pair:
    """Softness 0.7 px, flicker 4 %, grain of 0.04 about a pixel wide."""
    frames = []
    for frame in (pair.cur, pair.prev):
        soft = cv2.GaussianBlur(frame[0, 0].numpy(), (0, 0), 0.7)
        grain = cv2.GaussianBlur(rng.standard_normal(SIZE, np.float32), (3, 3), 0.8)
        aged = soft * (1 + rng.normal(0, 0.04)) + 0.04 * grain / grain.std()
        frames.append(_tensor(np.clip(aged, 0, 1)))
    return Pair(frames[0], frames[1], None, pair.flow, pair.visible)


def _made_pair(rng: np.random.Generator, pictures: list[np.ndarray]) -> Pair:
    h, w = SIZE
    grid = np.stack(np.meshgrid(np.arange(w), np.arange(h)), -1).astype(np.float32)
    luma, owner = np.zeros((2, h, w), np.float32), np.zeros((2, h, w), np.float32)
    flow = np.zeros((h, w, 2), np.float32)
    for layer in range(int(rng.integers(2, 6))):
        picture = pictures[int(rng.integers(len(pictures)))]
        motion = _motion(rng, rng.uniform(0, [w, h]))
        source = (grid @ motion[:, :2].T + motion[:, 2]).astype(np.float32)
        place = rng.uniform(0, [300, 150]).astype(np.float32)
        zoom = np.float32(rng.uniform(1, 1.6))
        shape = _shape(rng) if layer else np.ones(SIZE, np.float32)
        around = cv2.BORDER_CONSTANT if layer else cv2.BORDER_REPLICATE
        alphas = _sample(shape, source, around), shape
        for frame, points in enumerate((source, grid)):
            seen = _sample(picture, points * zoom + place, cv2.BORDER_REFLECT_101)
            luma[frame] += alphas[frame] * (seen.astype(np.float32) / 255 - luma[frame])
            owner[frame][alphas[frame] > 0.5] = layer
        flow[alphas[0] > 0.5] = (source - grid)[alphas[0] > 0.5]
    there = cv2.remap(owner[1], grid + flow, _ABSOLUTE, cv2.INTER_NEAREST, borderValue=-1.0)
    visible = (there == owner[0]).astype(np.float32)
    return Pair(_tensor(luma[0]), _tensor(luma[1]), None, _tensor(flow), _tensor(visible))


def _sample(picture: np.ndarray, points: np.ndarray, around: int) -> np.ndarray:
    return cv2.remap(picture, points, _ABSOLUTE, cv2.INTER_LINEAR, borderMode=around)


def _motion(rng: np.random.Generator, center: np.ndarray) -> np.ndarray:
    """2x3 matrix: up to 20 px (a fifth of them up to 45), a few degrees, a few per cent."""
    angle, zoom = rng.normal(0, 0.03), 2 ** rng.normal(0, 0.04)
    turn = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    way = rng.uniform(0, 2 * np.pi)
    length = rng.uniform(15, 45) if rng.random() < 0.2 else rng.exponential(5.0)
    shift = length * np.array([np.cos(way), np.sin(way)])
    return np.concatenate([turn, (center + shift - turn @ center)[:, None]], 1)


def _shape(rng: np.random.Generator) -> np.ndarray:
    canvas = np.zeros(SIZE, np.uint8)
    center = (int(rng.integers(SIZE[1])), int(rng.integers(SIZE[0])))
    axes = (int(rng.integers(10, 80)), int(rng.integers(10, 60)))
    if rng.random() < 0.5:
        cv2.ellipse(canvas, center, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1, cv2.LINE_AA)
    else:
        box = cv2.boxPoints((center, axes, float(rng.uniform(0, 90)))).round().astype(np.int32)
        cv2.fillPoly(canvas, [box], 255, cv2.LINE_AA)
    return canvas.astype(np.float32) / 255
