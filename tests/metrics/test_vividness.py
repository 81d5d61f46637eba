"""Colorfulness against values worked out by hand."""

from __future__ import annotations

import pytest
import torch

from vidcolor import metrics


def _red_above_green() -> torch.Tensor:
    image = torch.zeros(1, 3, 2, 2)
    image[0, 0, 0] = 1
    image[0, 1, 1] = 1
    return image


def test_colorfulness_by_hand() -> None:
    # rg = +-255, yb = 127.5 everywhere; standard deviation 255, mean distance 127.5.
    found = metrics.colorfulness(_red_above_green())
    assert found.item() == pytest.approx(255 + 0.3 * 127.5)
    assert metrics.colorfulness(torch.full((1, 3, 4, 4), 0.3)).item() == pytest.approx(0)


def test_the_variant_of_papers_loses_the_sign() -> None:
    # |rg| = 255 everywhere: nothing deviates, the mean grows.
    found = metrics.colorfulness_absolute(_red_above_green())
    assert found.item() == pytest.approx(0.3 * (255**2 + 127.5**2) ** 0.5)
    reddish = torch.rand(1, 3, 8, 8) * 0.3
    reddish[:, 0] += 0.6
    reddish[:, 2] *= 0.5
    assert metrics.colorfulness_absolute(reddish).item() == pytest.approx(
        metrics.colorfulness(reddish).item()
    )


def test_contrast_of_colors_by_hand() -> None:
    ab = torch.zeros(1, 2, 2, 2)
    ab[:, 0, 0], ab[:, 0, 1] = 3, -3
    ab[:, 1, :, 0], ab[:, 1, :, 1] = 4, -4
    assert metrics.ab_contrast(ab).item() == pytest.approx(5)
    assert metrics.ab_contrast(ab + 20).item() == pytest.approx(5)
    assert metrics.ab_contrast(ab / 2).item() == pytest.approx(2.5)
    assert metrics.ab_contrast(torch.full((1, 2, 4, 4), 9.0)).item() == 0
