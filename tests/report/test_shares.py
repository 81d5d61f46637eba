"""Shares of pixels, against values computed by hand."""

from __future__ import annotations

import math

import pytest
import torch

from vidcolor.report.shares import gray_share, luma_difference, out_of_range_share


def test_gray_share_counts_what_could_be_colored() -> None:
    L = torch.tensor([50.0, 50.0, 50.0, 2.0, 99.0]).view(1, 1, 1, 5)
    ab = torch.tensor([[0.0, 3.0, 30.0, 0.0, 0.0], [0.0, 3.9, 0.0, 0.0, 0.0]]).view(1, 2, 1, 5)
    # Of the three pixels in between two have a chroma below 5: 0 and 4.92.
    assert float(gray_share(L, ab)) == pytest.approx(2 / 3)
    assert math.isnan(float(gray_share(L[..., 3:], ab[..., 3:])))


def test_out_of_range_leaves_luma_out_of_it() -> None:
    rgb = torch.tensor(
        [[0.5, 1.2, 1.05, -0.003], [0.5, 0.5, 1.05, 0.2], [0.5, -0.1, 1.0, 0.2]]
    ).view(1, 3, 1, 4)
    luma = torch.tensor([0.5, 0.6, 1.04, 0.2]).view(1, 1, 1, 4)
    # The second pixel; the third is brighter than white, the fourth off by rounding.
    assert float(out_of_range_share(rgb, luma)) == pytest.approx(1 / 4)


def test_luma_difference_is_in_codes() -> None:
    y = torch.zeros(1, 1, 2, 2)
    other = torch.tensor([0.0, 2.0, -2.0, 4.0]).view(1, 1, 2, 2) / 255
    assert float(luma_difference(y, other)) == pytest.approx(2.0)
