"""Synthetic pairs with exact flow: layered scenes like those of FlyingChairs and AutoFlow.

Dosovitskiy et al. 2015 (FlowNet, section 4.1) and Sun et al. 2021 (AutoFlow, section 3.1): a
background and cut-outs of random outline, each with its own affine motion and a smooth deformation,
drawn back to front.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

Texture = Callable[[np.random.Generator], np.ndarray]

# `remap`'s second map: none, the first holds x and y. Its type stubs do not allow None.
_ABSOLUTE: Any = None
# Margin in px around the image in which outlines are drawn: cut-outs can enter from there.
_MARGIN = 64
# Side of an image in px up to which a texture is stretched to fill it.
_SHARP = 160
# A layer number that is not used.
_OUTSIDE = 255


@dataclass(frozen=True, slots=True)
class Pair:
    """Two images and the motion between them.

    Attributes:
        cur, prev: float32 `(h, w)`, luma in [0, 1].
        flow: float32 `(h, w, 2)`, backward flow in px: pixel p of `cur` is p + flow(p) of `prev`.
        visible: bool `(h, w)`, False where a pixel of `cur` is occluded or outside in `prev`.
    """

    cur: np.ndarray
    prev: np.ndarray
    flow: np.ndarray
    visible: np.ndarray


def _about(center: np.ndarray, angle: float, scale: float, shift: np.ndarray) -> np.ndarray:
    """3x3 matrix that rotates (radians) and scales about `center`, then shifts; (x, y) order."""
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.eye(3)
    matrix[:2, :2] = turn
    matrix[:2, 2] = center + shift - turn @ center
    return matrix


def _step(rng: np.random.Generator, large: float) -> np.ndarray:
    """A displacement in px: mostly small, rarely large; all directions equally likely."""
    length = rng.exponential(4.0) if rng.random() > large else rng.uniform(8, 45)
    angle = rng.uniform(0, 2 * np.pi)
    return np.minimum(length, 60) * np.array([np.cos(angle), np.sin(angle)])


def _motion(rng: np.random.Generator, center: np.ndarray, large: float) -> np.ndarray:
    angle, zoom = rng.normal(0, 0.04), 2 ** rng.normal(0, 0.06)
    return _about(center, angle, zoom, _step(rng, large))


def _bend(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Smooth displacement `(h, w, 2)` of a few px: a coarse random grid, enlarged."""
    coarse = rng.normal(
        0, rng.uniform(0.5, 3), (int(rng.integers(3, 7)), int(rng.integers(3, 8)), 2)
    )
    return cv2.resize(coarse.astype(np.float32), size[::-1], interpolation=cv2.INTER_CUBIC)


def _outline(rng: np.random.Generator, size: tuple[int, int], margin: int) -> np.ndarray:
    """Alpha in [0, 1] of a random shape on a canvas with `margin` on all sides."""
    h, w = size
    canvas = np.zeros((h + 2 * margin, w + 2 * margin), np.uint8)
    corners = int(rng.integers(3, 13))
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
    largest = np.log2(0.57 * min(size))
    radius = 2 ** rng.uniform(2.8, largest) * rng.uniform(0.5, 1, corners)
    center = rng.uniform(0, [w, h]) + margin
    stretch = 2 ** rng.uniform(-0.8, 0.8, 2)
    points = center + stretch * radius[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)
    if rng.random() < 0.6:
        points = _rounded(points)
    cv2.fillPoly(canvas, [np.round(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return canvas.astype(np.float32) / 255


def _rounded(points: np.ndarray) -> np.ndarray:
    """Chaikin's corner cutting, three times: a polygon becomes a blob."""
    for _ in range(3):
        following = np.roll(points, -1, 0)
        points = np.stack([0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], 1)
        points = points.reshape(-1, 2)
    return points


def _placed(rng: np.random.Generator, texture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """2x3 matrix from image to texture coordinates: a random part at a random scale."""
    th, tw = texture.shape
    # If the image is larger, the texture is mirrored rather than enlarged.
    fitting = min(th / min(size[0], _SHARP), tw / min(size[1], _SHARP), 1.6)
    shrink = 2 ** rng.uniform(-1.2, 0.5) * fitting
    matrix = _about(np.array(size[::-1]) / 2, rng.normal(0, 0.3), shrink, np.zeros(2))
    matrix[:2, 2] += rng.uniform(0, [tw, th]) - np.array(size[::-1]) / 2
    return matrix[:2]


def _mapped(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return (points @ matrix[:2, :2].T + matrix[:2, 2]).astype(np.float32)


def _sample(image: np.ndarray, points: np.ndarray, border: int) -> np.ndarray:
    return cv2.remap(image, points, _ABSOLUTE, cv2.INTER_LINEAR, borderMode=border)


@dataclass(slots=True)
class _Canvas:
    """An image being drawn: its luma, and the layer of each pixel."""

    luma: np.ndarray
    owner: np.ndarray

    def paint(self, texture: np.ndarray, points: np.ndarray, alpha: np.ndarray, layer: int) -> None:
        """Draws `texture`, sampled at `points` `(h, w, 2)`, with opacity `alpha`."""
        seen = _sample(texture, points, cv2.BORDER_REFLECT_101).astype(np.float32) / 255
        self.luma += alpha * (seen - self.luma)
        self.owner[alpha > 0.5] = layer


def _blank(size: tuple[int, int]) -> _Canvas:
    return _Canvas(np.zeros(size, np.float32), np.zeros(size, np.uint8))


def make_pair(rng: np.random.Generator, size: tuple[int, int], draw_texture: Texture) -> Pair:
    """One pair of `size` = (h, w). `draw_texture(rng)` returns uint8 `(h', w')` images."""
    h, w = size
    grid = np.stack(np.meshgrid(np.arange(w), np.arange(h)), -1).astype(np.float32)
    large = rng.choice([0.05, 0.2, 0.5])
    camera = np.eye(3) if rng.random() < 0.2 else _motion(rng, np.array([w, h]) / 2, large)
    cur, prev, flow = _blank(size), _blank(size), np.zeros((h, w, 2), np.float32)
    for layer in range(1 + int(rng.integers(1, 8))):
        texture = draw_texture(rng)
        motion = camera
        if layer and rng.random() < 0.85:
            motion = camera @ _motion(rng, rng.uniform(0, [w, h]), large)
        bent = grid + _bend(rng, size) if rng.random() < 0.4 else grid
        source = _mapped(motion, bent)
        place = _placed(rng, texture, size)
        alpha_cur, alpha_prev = np.ones(size, np.float32), np.ones(size, np.float32)
        if layer:
            outline = _outline(rng, size, _MARGIN)
            alpha_cur = _sample(outline, source + _MARGIN, cv2.BORDER_CONSTANT)
            alpha_prev = outline[_MARGIN : _MARGIN + h, _MARGIN : _MARGIN + w]
        cur.paint(texture, _mapped(place, source), alpha_cur, layer)
        prev.paint(texture, _mapped(place, grid), alpha_prev, layer)
        flow[alpha_cur > 0.5] = (source - grid)[alpha_cur > 0.5]
    there = cv2.remap(prev.owner, grid + flow, _ABSOLUTE, cv2.INTER_NEAREST, borderValue=_OUTSIDE)
    return Pair(cur.luma, prev.luma, flow, there == cur.owner)
