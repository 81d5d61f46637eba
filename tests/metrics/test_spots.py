"""Stray spots on pictures made for it."""

from __future__ import annotations

import torch

from vidcolor import metrics


def _lawn() -> tuple[torch.Tensor, torch.Tensor]:
    L = torch.full((1, 1, 100, 140), 50.0)
    ab = torch.zeros(1, 2, 100, 140)
    ab[:, 0], ab[:, 1] = -15, 15
    return L, ab


def test_a_red_spot_on_a_lawn_counts() -> None:
    L, ab = _lawn()
    assert metrics.stray_spots(L, ab).item() == 0
    ab[0, 0, 40:44, 40:44] = 50
    found = metrics.stray_spots(L, ab).item()
    assert 0.5 * 16 < found * 100 * 140 < 2.5 * 16


def test_what_lightness_outlines_does_not() -> None:
    L, ab = _lawn()
    L[..., 40:44, 40:44] = 85
    ab[0, 0, 40:44, 40:44] = 50
    assert metrics.stray_spots(L, ab).item() == 0


def test_neither_do_large_things_and_faint_ones() -> None:
    L, ab = _lawn()
    ab[0, 0, 20:60, 20:80] = 50
    assert metrics.stray_spots(L, ab).item() * 100 * 140 < 16
    L, ab = _lawn()
    ab[0, 0, 40:44, 40:44] = -20
    assert metrics.stray_spots(L, ab).item() == 0


def test_one_value_a_picture() -> None:
    L, ab = _lawn()
    spotted = ab.clone()
    spotted[0, 0, 40:44, 40:44] = 50
    found = metrics.stray_spots(torch.cat((L, L)), torch.cat((ab, spotted)))
    assert found.shape == (2,)
    assert found[0] == 0
    assert found[1] > 0
