"""CIEDE2000: the perceived difference of two colors."""

from __future__ import annotations

import math

import torch
from torch import Tensor

_25_7 = 25.0**7


def ciede2000(lab: Tensor, other: Tensor) -> Tensor:
    """Color difference per pixel; 1 is just noticeable side by side.

    Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula: implementation notes,
    supplementary test data, and mathematical observations", 2005, equations 2 to 22, with
    kL = kC = kH = 1.

    Args:
        lab, other: `(B, 3, h, w)`, L*, a*, b*. Symmetric in both.

    Returns:
        `(B, 1, h, w)`, same dtype.
    """
    L1, a1, b1 = lab.split(1, dim=1)
    L2, a2, b2 = other.split(1, dim=1)
    # a', stretched near the gray axis (equations 2 to 7).
    mean_C7 = ((torch.hypot(a1, b1) + torch.hypot(a2, b2)) / 2) ** 7
    stretch = 1.5 - 0.5 * (mean_C7 / (mean_C7 + _25_7)).sqrt()
    C1, C2 = torch.hypot(a1 * stretch, b1), torch.hypot(a2 * stretch, b2)
    h1, h2 = _hue(a1 * stretch, b1), _hue(a2 * stretch, b2)

    colored = C1 * C2 > 0
    turn = h2 - h1
    wrapped = turn - 2 * math.pi * (turn > math.pi) + 2 * math.pi * (turn < -math.pi)
    dh = torch.where(colored, wrapped, torch.zeros_like(turn))
    dL, dC = L2 - L1, C2 - C1
    dH = 2 * (C1 * C2).sqrt() * torch.sin(dh / 2)

    hue = torch.where(colored, _mean_hue(h1, h2), h1 + h2)
    return _weighted(dL, dC, dH, (L1 + L2) / 2, (C1 + C2) / 2, hue)


def _hue(a: Tensor, b: Tensor) -> Tensor:
    angle = torch.atan2(b, a)
    return torch.where(angle < 0, angle + 2 * math.pi, angle)


def _mean_hue(h1: Tensor, h2: Tensor) -> Tensor:
    """Equation 14: the mean on the shorter arc."""
    total = h1 + h2
    around = torch.where(total < 2 * math.pi, total + 2 * math.pi, total - 2 * math.pi)
    return torch.where((h1 - h2).abs() > math.pi, around, total) / 2


def _weighted(dL: Tensor, dC: Tensor, dH: Tensor, L: Tensor, C: Tensor, hue: Tensor) -> Tensor:
    """Equations 15 to 22."""
    degree = math.pi / 180
    T = (
        1
        - 0.17 * torch.cos(hue - 30 * degree)
        + 0.24 * torch.cos(2 * hue)
        + 0.32 * torch.cos(3 * hue + 6 * degree)
        - 0.20 * torch.cos(4 * hue - 63 * degree)
    )
    blueness = torch.exp(-(((hue / degree - 275) / 25) ** 2))
    C7 = C**7
    rotation = -torch.sin(60 * degree * blueness) * 2 * (C7 / (C7 + _25_7)).sqrt()
    middle = (L - 50) ** 2
    light = dL / (1 + 0.015 * middle / (20 + middle).sqrt())
    c = dC / (1 + 0.045 * C)
    h = dH / (1 + 0.015 * C * T)
    return (light * light + c * c + h * h + rotation * c * h).clamp(min=0).sqrt()
