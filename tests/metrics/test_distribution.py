"""Color distribution consistency against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from vidcolor import metrics


def test_divergence_by_hand() -> None:
    p = torch.tensor([0.5, 0.5, 0.0], dtype=torch.float64)
    q = torch.tensor([0.0, 0.5, 0.5], dtype=torch.float64)
    assert metrics.jensen_shannon(p, q).item() == pytest.approx(0.5 * math.log(2))
    assert metrics.jensen_shannon(p, p).item() == 0


def test_histograms_count_rounded_codes() -> None:
    rgb = torch.zeros(1, 3, 2, 2)
    rgb[0, 0] = torch.tensor([[0.0, 1.0], [10.4 / 255, 9.6 / 255]])
    found = metrics.histograms(rgb)
    assert found.shape == (1, 3, 256)
    assert found[0, 0, [0, 10, 255]].tolist() == [0.25, 0.5, 0.25]
    assert found[0, 1, 0] == 1


def test_blinking_film_by_hand() -> None:
    # Black and white by turns: neighbors share nothing (ln 2), frames 2 and 4 apart are the same.
    film = torch.zeros(6, 3, 4, 4)
    film[1::2] = 1
    hists = metrics.histograms(film)
    apart = [metrics.cdc_at(hists, t).item() for t in (1, 2, 4)]
    assert apart == pytest.approx([math.log(2), 0, 0])
    assert metrics.cdc(hists).item() == pytest.approx(math.log(2) / 3)


def test_one_channel_is_a_third() -> None:
    film = torch.zeros(5, 3, 4, 4)
    film[1::2, 1] = 1
    assert metrics.cdc_at(metrics.histograms(film), 1).item() == pytest.approx(math.log(2) / 3)


def test_motion_is_not_seen() -> None:
    image = torch.rand(1, 3, 8, 8)
    film = torch.cat([image.roll(t, dims=3) for t in range(5)])
    assert metrics.cdc(metrics.histograms(film)).item() == 0


def test_short_films_have_none() -> None:
    assert metrics.cdc(metrics.histograms(torch.rand(4, 3, 8, 8))).isnan()
