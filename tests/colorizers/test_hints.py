"""Known colors on their way through the bundled colorizer."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tests.reading import read_pictures
from vidcolor import load_colorizer, registry
from vidcolor.color import lightness
from vidcolor.colorizers.base import BaseNet
from vidcolor.colorizers.hints import HintAttention, corrected, planes, reach
from vidcolor.types import ColorTags, Hints

from .contract import picture

NAMES = [e.name for e in registry.entries("colorizer") if e.takes_hints and e.bundled]


def _nothing(h: int, w: int, count: int = 1) -> Hints:
    return Hints(torch.full((count, 2, h, w), 40.0), torch.zeros(count, 1, h, w))


@pytest.mark.parametrize("name", NAMES)
def test_hints_that_know_nothing_change_nothing(name: str) -> None:
    colorizer, L = load_colorizer(name), picture(96, 128)
    without = colorizer.colorize(L)
    told = colorizer.colorize(L, _nothing(30, 40))
    assert torch.equal(without.ab, told.ab)
    assert torch.equal(without.confidence, told.confidence)


@pytest.mark.parametrize("name", NAMES)
def test_colors_that_are_not_known_may_be_anything(name: str) -> None:
    colorizer, L = load_colorizer(name), picture(96, 128)
    hints = _nothing(96, 128)
    hints.weight[..., 30:60, 40:80] = 1
    expected = colorizer.colorize(L, hints)
    unset = torch.where(hints.weight > 0, hints.ab, torch.nan)
    assert torch.equal(colorizer.colorize(L, Hints(unset, hints.weight)).ab, expected.ab)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("color", [(45.0, 30.0), (10.0, -45.0), (-35.0, 35.0)])
def test_a_plane_of_hints_is_followed(name: str, color: tuple[float, float]) -> None:
    told = torch.tensor(color).view(1, 2, 1, 1)
    hints = Hints(told.expand(1, 2, 96, 128).clone(), torch.ones(1, 1, 96, 128))
    found = load_colorizer(name).colorize(picture(96, 128), hints).ab
    assert (found - told).norm(dim=1).mean() < 0.4 * told.norm()


def test_a_network_begins_as_if_it_took_no_hints() -> None:
    torch.manual_seed(0)
    net = BaseNet((8, 8, 8, 8)).eval()
    L = picture(64, 96)
    hints = Hints(torch.full((1, 2, 64, 96), 30.0), torch.ones(1, 1, 64, 96))
    with torch.no_grad():
        assert torch.allclose(net(L), net(L, hints), atol=1e-5)


def test_pictures_with_and_without_hints_share_a_batch() -> None:
    torch.manual_seed(0)
    net = BaseNet((8, 8, 8, 8)).eval()
    for p in net.parameters():
        torch.nn.init.normal_(p, std=0.1)
    L = torch.cat((picture(64, 96), 100 - picture(64, 96)))
    both = _nothing(64, 96, 2)
    both.weight[1, :, 20:24, 30:34] = 1
    with torch.no_grad():
        plain, told = net(L), net(L, both)
    assert (plain[0] - told[0]).abs().max() < 1e-4
    assert (plain[1] - told[1]).abs().max() > 1e-3


def test_a_single_point_is_seen_on_every_grid() -> None:
    hints = _nothing(192, 256)
    hints.weight[0, 0, 100, 100] = 1
    for h, w in ((64, 86), (24, 32), (6, 8)):
        found = planes(hints, torch.zeros(1, 5, h, w))
        assert found.shape == (1, 3, h, w)
        assert (found[:, 2] == 1).sum() == 1
        assert found[:, :2].max().item() == pytest.approx(40 / 8)


def test_attention_brings_a_color_to_what_looks_alike() -> None:
    torch.manual_seed(0)
    attention = HintAttention(2, 4)
    with torch.no_grad():
        attention.reach.fill_(-20)
        for layer in (attention.query, attention.key):
            layer.bias.zero_()
            layer.weight.zero_()
            layer.weight[0, 0, 0, 0] = layer.weight[1, 1, 0, 0] = 8
    # Left half one thing, right half another; one point on the left.
    x = torch.zeros(1, 2, 4, 8)
    x[:, 0, :, :4] = x[:, 1, :, 4:] = 1
    known = torch.zeros(1, 3, 4, 8)
    known[0, :, 1, 1] = torch.tensor([0.5, -0.5, 1.0])
    with torch.no_grad():
        found = attention(x, known)
    assert torch.allclose(found[0, :, :, :4], torch.tensor([0.5, -0.5, 1.0])[:, None, None])
    # The other thing finds it no more than by chance, and nothing where nothing is known.
    assert found[0, 2, :, 4:].max() < 0.6
    assert attention(x, torch.zeros_like(known)).abs().max() == 0


def test_certain_points_are_kept_and_reach_what_is_as_light() -> None:
    L = torch.full((1, 1, 40, 60), 30.0)
    L[..., 30:] = 80
    hints = _nothing(40, 60)
    hints.weight[0, 0, 20, 10] = 1
    gray = torch.zeros(1, 2, 40, 60)
    found = corrected(gray, L, hints)
    assert (found[0, :, 20, 10] - 40).abs().max() < 5
    assert found[0, :, 20, 20].min() > 0.3 * 40
    assert found[0, :, 20, 31].abs().max() < 1
    hints.weight.mul_(0.8)
    assert torch.equal(corrected(gray, L, hints), gray)


def test_what_is_hinted_with_less_weight_is_not_recolored() -> None:
    """Where a network overdid a certain region, the one beside it is not pushed the other way."""
    L = torch.full((1, 1, 48, 96), 50.0)
    ab = torch.zeros(1, 2, 48, 96)
    ab[..., :48] = 60  # the network's: too much on the left, right on the right
    told = torch.zeros(1, 2, 48, 96)
    told[..., :48] = 40
    weight = torch.ones(1, 1, 48, 96)
    for rest in (0.5, 0.2):
        weight[..., 48:] = rest
        found = corrected(ab, L, Hints(told, weight))
        assert abs(float(found[..., :32].mean()) - 40) < 3
        assert abs(float(found[..., 64:].mean())) < 3
    weight[..., 48:] = 0
    assert float(corrected(ab, L, Hints(told, weight))[..., 52:60].mean()) < -5
    weight[..., :48] = 0.5
    assert torch.equal(corrected(ab, L, Hints(told, weight)), ab)


def test_a_point_colors_its_thing_and_not_what_looks_different(samples: Path) -> None:
    """Two points on a space suit leave the sky behind it as it was."""
    gray = cv2.resize(read_pictures(samples / "launch.mp4").y[80], (344, 192))
    L = lightness(gray, ColorTags("bt709", full_range=False, depth=8))
    weight, ab = torch.zeros(1, 1, 192, 344), torch.zeros(1, 2, 192, 344)
    suit, sky = np.s_[..., 110:128, 95:113], np.s_[..., 20:70, 200:260]
    for spot in (suit, np.s_[..., 155:170, 150:165]):
        weight[spot] = 1
        ab[spot] = torch.tensor([45.0, 55.0]).view(2, 1, 1)
    base = load_colorizer("base")
    told, plain = (
        F.interpolate(x.ab, size=(192, 344), mode="bilinear")
        for x in (base.colorize(L, Hints(ab, weight)), base.colorize(L))
    )
    change = (told - plain).norm(dim=1)
    assert float((told[suit] - ab[suit]).norm(dim=1).mean()) < 8
    assert float(change[..., 100:140, 85:125].mean()) > 25
    assert float(change[sky].mean()) < 8


@pytest.mark.parametrize("size", [(16, 16), (8, 300), (1, 40)])
def test_hints_of_images_of_few_pixels(size: tuple[int, int]) -> None:
    """An encoder's last features of these are one place alone, or one row."""
    hints = _nothing(*size)
    hints.weight[..., :1, :4] = 1
    found = load_colorizer("base").colorize(picture(*size), hints)
    assert found.ab.isfinite().all()
    assert found.confidence.isfinite().all()


def test_hints_reach_what_is_like_them() -> None:
    features = [torch.randn(2, 4, 8 // n, 8 // n) for n in (1, 2, 4)]
    weight = torch.zeros(2, 1, 64, 64)
    weight[0, 0, :8, :8] = 0.5
    share = reach(features, Hints(torch.zeros(2, 2, 64, 64), weight))
    assert share.shape == (2, 1, 8, 8)
    assert float(share[0, 0, 0, 0]) == 1
    assert float(share[0].min()) == 0
    assert not share[1].any()
    assert (reach(features, Hints(torch.zeros(2, 2, 64, 64), torch.ones_like(weight))) == 1).all()


def test_hints_all_over_an_image_say_more_of_the_rest() -> None:
    torch.manual_seed(3)
    features = [torch.randn(1, 24, n, n) for n in (16, 8, 4)]
    nothing = torch.zeros(1, 2, 64, 64)
    corner, spread = torch.zeros(1, 1, 64, 64), torch.zeros(1, 1, 64, 64)
    corner[..., 2:18:8, 2:18:8] = 1
    spread[..., 14:64:32, 14:64:32] = 1
    few, wide = (reach(features, Hints(nothing, w)).flatten() for w in (corner, spread))
    # the same, hardly said
    assert reach(features, Hints(nothing, 0.01 * spread)).median() < wide.median() - 0.1
    # unlike most of them: random places
    assert few.median() < 0.15
    assert wide.median() > few.median() + 0.1


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_without_hints_is_as_alone_beside_one_that_has_some(name: str) -> None:
    colorizer, L = load_colorizer(name), picture(96, 128)
    hints = _nothing(96, 128, 2)
    hints.weight[0, :, 20:40, 20:40] = 1
    alone = colorizer.colorize(L).ab
    beside = colorizer.colorize(L.expand(2, -1, -1, -1).clone(), hints).ab[1:]
    # batches are rounded otherwise; a spot that is left in would be as vivid as a color
    assert (alone - beside).abs().max() < 1
