"""Likely colors at a place."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vidcolor.colorizers.ab_bins import bin_centers
from vidcolor.geometry import Area, Size
from vidcolor.studio.suggestions import hex_of, peaks, suggestions


def test_peaks_are_found_with_their_shares() -> None:
    centers = bin_centers().numpy()
    shares = np.zeros(len(centers))
    for (a, b), share in (((40, 30), 0.5), ((50, 30), 0.1), ((-30, 20), 0.3), ((0, -50), 0.1)):
        shares[int(np.abs(centers - (a, b)).sum(1).argmin())] = share
    found = peaks(shares, centers)
    assert [round(share, 6) for _, share in found] == [0.6, 0.3, 0.1]
    assert found[0][0] == pytest.approx((40 + 10 / 6, 30))
    assert found[1][0] == pytest.approx((-30, 20))


def test_the_place_is_looked_up_in_the_active_area() -> None:
    logits = torch.full((313, 10, 20), -20.0)
    logits[0] = 0
    logits[200, 2:5, 15:18] = 40
    area, size = Area(20, 10, 220, 110), Size(240, 120)
    x, y = (20 + 16.5 * 10) / 240, (10 + 3.5 * 10) / 120
    (first, *_) = suggestions(logits, x, y, area, size, 50)
    assert first.ab == pytest.approx(tuple(bin_centers()[200].tolist()))
    assert first.chance == pytest.approx(1)
    assert suggestions(logits, 0, 0, area, size, 50)[0].ab != first.ab


def test_colors_are_written_at_the_lightness_of_the_place() -> None:
    assert hex_of(50, 0, 0) == "#777777"
    assert hex_of(53.24, 80.09, 67.2) == "#ff0000"
