"""Photographs as old film shows them, with their colors still known.

Written apart from the aging of the trainings, with seeds of its own, so that a network is not
measured on the very damage that it was taught. What is measured are colors alone: they are put on
the true lightness, as all rows are.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import torch

from vidcolor.color import lab_to_rgb, rgb_to_lab

from .data import Picture

STRENGTHS = ("light", "middle", "strong")
_SEED = 1906
# Sensitivity to red, green and blue light of panchromatic and of orthochromatic stock.
_STOCKS = ((0.21, 0.72, 0.07), (0.02, 0.58, 0.40))
# By strength: grain in L*, blur in thousandths of the short side, haze, darkening of the corners,
# scratches, specks of dust.
_GRAIN = (2.0, 5.0, 9.0)
_BLUR = (2.0, 5.0, 9.0)
_HAZE = (0.05, 0.2, 0.4)
_CORNERS = (0.1, 0.25, 0.45)
_SCRATCHES = (0, 1, 3)
_DUST = (1, 6, 20)


def aged(pictures: list[Picture]) -> list[Picture]:
    """Each photograph once: strengths and stocks in turn, half of them with hard contrast."""
    return [_aged(picture, n) for n, picture in enumerate(pictures)]


def _aged(picture: Picture, number: int) -> Picture:
    strength = number % len(STRENGTHS)
    stock = _STOCKS[number // len(STRENGTHS) % len(_STOCKS)]
    is_hard = number // (len(STRENGTHS) * len(_STOCKS)) % 2 == 1
    rng = np.random.default_rng((_SEED, number))
    rgb = lab_to_rgb(picture.L, picture.ab)[0].permute(1, 2, 0).numpy().astype(np.float64)
    x = (rgb**2.2 @ np.array(stock)) ** (1 / 2.2)
    h, w = x.shape
    short = min(h, w)
    x = cv2.GaussianBlur(x, (0, 0), max(0.1, _BLUR[strength] / 1000 * short))
    if is_hard:
        x = (x - 0.5) * (1.2 + 0.4 * strength) + 0.5
    else:
        haze = _HAZE[strength]
        x = x * (1 - haze) + haze * rng.uniform(0.3, 0.7)
    ys, xs = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
    x = x.clip(0, 1) * (1 - _CORNERS[strength] * (ys**2 + xs**2) / 2)
    grain = cv2.GaussianBlur(rng.normal(size=x.shape), (0, 0), 0.7)
    x += grain / grain.std() * _GRAIN[strength] / 100
    for _ in range(_SCRATCHES[strength]):
        x[:, rng.integers(w)] += rng.choice([-0.35, 0.45])
    for _ in range(_DUST[strength]):
        center = int(rng.integers(w)), int(rng.integers(h))
        radius = int(rng.integers(0, max(1, short // 60) + 1))
        cv2.circle(x, center, radius, float(rng.choice([0.02, 0.98])), -1)
    gray = torch.from_numpy(x.clip(0, 1).astype(np.float32))[None, None].expand(-1, 3, -1, -1)
    return replace(picture, old=rgb_to_lab(gray)[0])
