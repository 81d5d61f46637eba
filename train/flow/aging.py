"""Simulated camera and film damage on both frames of a pair, independently; motion is unchanged."""

from __future__ import annotations

import cv2
import numpy as np


def _grain(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    noise = rng.standard_normal(size, np.float32)
    if rng.random() < 0.5:
        noise = 1.8 * cv2.GaussianBlur(noise, (3, 3), 0.8)
    return noise


def _smear(rng: np.random.Generator) -> np.ndarray:
    """Motion blur kernel of a moving camera: a line of up to 9 px."""
    length, angle = rng.uniform(2, 9), rng.uniform(0, np.pi)
    kernel = np.zeros((11, 11), np.float32)
    way = length / 2 * np.array([np.cos(angle), np.sin(angle)])
    ends = np.round((5 + np.stack([-way, way])) * 16).astype(int)
    cv2.line(kernel, ends[0].tolist(), ends[1].tolist(), 1.0, 1, cv2.LINE_AA, 4)
    return kernel / kernel.sum()


def _scratch(rng: np.random.Generator, image: np.ndarray) -> None:
    h, w = image.shape
    x = float(rng.uniform(0, w))
    ends = (round(x), 0), (round(x + rng.normal(0, 3)), h)
    cv2.line(image, *ends, float(rng.uniform(0, 1)), 1, cv2.LINE_AA)


def _spots(rng: np.random.Generator, image: np.ndarray) -> None:
    h, w = image.shape
    for _ in range(int(rng.integers(1, 5))):
        center = (int(rng.integers(w)), int(rng.integers(h)))
        axes = (int(rng.integers(1, 5)), int(rng.integers(1, 4)))
        cv2.ellipse(image, center, axes, 0, 0, 360, float(rng.choice([0.05, 0.95])), -1)


def age_pair(
    rng: np.random.Generator, cur: np.ndarray, prev: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Contrast, flicker, blur (of lens or motion), grain and dirt on a pair.

    `cur` and `prev` are float32 `(h, w)`, luma in [0, 1], as are the returned ones. A third of the
    pairs stay clean.
    """
    if rng.random() < 0.33:
        return cur, prev
    contrast, lift = rng.uniform(0.5, 1.3), rng.uniform(-0.15, 0.15)
    flicker = rng.choice([0.0, 0.03, 0.08])
    softness = rng.choice([0.0, 0.0, 0.6, 1.2]) * rng.random()
    grain = rng.choice([0.0, 0.01, 0.03, 0.06]) * rng.random()
    smear = _smear(rng) if rng.random() < 0.15 else None
    dirty = rng.random() < 0.15
    aged = []
    for image in (cur, prev):
        image = (image - 0.5) * contrast * (1 + flicker * rng.normal()) + 0.5
        image = image + lift + flicker * 0.5 * rng.normal()
        if smear is not None:
            image = cv2.filter2D(image, -1, smear, borderType=cv2.BORDER_REFLECT_101)
        if softness > 0.2:
            image = cv2.GaussianBlur(image, (0, 0), softness * rng.uniform(0.8, 1.2))
        if dirty:
            _spots(rng, image)
            _scratch(rng, image)
        if grain:
            image = image + grain * _grain(rng, image.shape)
        aged.append(np.clip(image, 0, 1).astype(np.float32))
    return aged[0], aged[1]
