"""Colors for things without one of their own."""

from __future__ import annotations

import numpy as np
import torch

from vidcolor import load_colorizer
from vidcolor.colorizers.ab_bins import bin_centers
from vidcolor.colorizers.lively import _likeliest, _Scene
from vidcolor.types import Hints

from .contract import check, picture

LIVELY = bin_centers().norm(dim=1) >= 18


def _bin(a: float, b: float) -> int:
    return int((bin_centers() - torch.tensor([a, b])).norm(dim=1).argmin())


def test_it_keeps_the_contract_of_colorizers() -> None:
    check(load_colorizer("lively"))


def test_a_thing_gets_the_color_that_its_places_agree_on() -> None:
    p = torch.full((313, 2), 1e-4)
    p[_bin(50, 0)] = torch.tensor([0.5, 0.0])
    p[_bin(-40, 40)] = torch.tensor([0.0, 0.5])
    p[_bin(0, -40)] = torch.tensor([0.4, 0.4])
    color = _likeliest(p / p.sum(0), LIVELY)
    assert color is not None
    assert color[1] < -20
    assert color[0].abs() < 5


def test_what_is_likely_gray_gets_none() -> None:
    p = torch.full((313, 4), 1e-4)
    p[_bin(0, 0)] = 0.8
    assert _likeliest(p / p.sum(0), LIVELY) is None


def _scene() -> _Scene:
    """A square on a ground, both undecided between blue and gray; the square is lighter."""
    light = np.full((24, 32), 30, np.float32)
    features = np.zeros((2, 24, 32), np.float32)
    features[0] = 1
    light[6:18, 8:20] = 60
    features[:, 6:18, 8:20] = np.array([0, 1])[:, None, None]
    p = torch.full((313, 24, 32), 1e-4)
    p[_bin(0, 0)], p[_bin(0, -40)] = 0.4, 0.6
    return _Scene(light, features, p / p.sum(0), np.zeros((24, 32), bool))


def test_things_are_told_apart() -> None:
    places = [place for place, _ in _scene().things(np.zeros((24, 32)))]
    square = torch.zeros(24, 32, dtype=torch.bool)
    square[6:18, 8:20] = True
    assert len(places) == 2
    inner = min(places, key=lambda place: int(place.sum()))
    assert inner.sum() > 0.5 * square.sum()
    assert not (inner & ~square).any()
    assert not (max(places, key=lambda place: int(place.sum())) & square).any()


def test_what_has_a_color_is_left_alone() -> None:
    assert not list(_scene().things(np.full((24, 32), 40.0)))


def test_a_picture_gets_more_color_and_what_is_known_stays() -> None:
    L = picture(192, 256)
    base, lively = load_colorizer("base"), load_colorizer("lively")
    ground = Hints(torch.zeros(1, 2, 64, 86), torch.zeros(1, 1, 64, 86))
    ground.ab[:, 1, 52:60], ground.weight[..., 52:60, :] = 40, 1
    plain, told = base.colorize(L).ab, lively.colorize(L, ground).ab  # type: ignore[call-arg]
    assert told.norm(dim=1).mean() > plain.norm(dim=1).mean()
    assert (told[0, 1, 52:60] - 40).abs().mean() < 12
