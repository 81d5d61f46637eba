"""Colors of a whole picture by a few that are certain."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from vidcolor.colorizers.descriptors import descriptors
from vidcolor.colorizers.hint_spread import FITTED, Weights, _Looks, spread
from vidcolor.colorizers.hints import heard
from vidcolor.types import Coloring, Hints

_COLOR = torch.tensor([40.0, 30.0]).view(1, 2, 1, 1)


def _two_things() -> list[Tensor]:
    """Features of a picture whose left half is one thing, and the right half another."""
    torch.manual_seed(1)
    found = []
    for n in (16, 8, 4):
        x = 0.1 * torch.randn(1, 8, n, n)
        x[:, 0, :, : n // 2] += 1
        x[:, 1, :, n // 2 :] += 1
        found.append(x)
    return found


def _coloring(ab: Tensor | float) -> Coloring:
    return Coloring(torch.zeros(1, 2, 48, 48) + ab, torch.full((1, 1, 48, 48), 0.4))


def _point(ab: Tensor = _COLOR) -> Hints:
    hints = Hints(torch.zeros(1, 2, 144, 144), torch.zeros(1, 1, 144, 144))
    hints.weight[..., 70:77, 20:27] = 1
    hints.ab[..., 70:77, 20:27] = ab
    return hints


def _spread(
    told: Coloring,
    plain: Coloring,
    hints: Hints,
    L: Tensor | None = None,
    weights: Weights = FITTED,
) -> Tensor:
    L = torch.full((1, 1, 144, 144), 50.0) if L is None else L
    found = spread(told, plain, L, _two_things(), hints, weights)
    assert found.ab.shape == told.ab.shape
    assert found.confidence.shape == told.confidence.shape
    return found.ab


def _without_changes() -> Weights:
    return FITTED._replace(change=FITTED.change._replace(start=-50.0))


def test_a_point_colors_its_thing_far_off_and_not_the_other() -> None:
    found = _spread(_coloring(0), _coloring(0), _point())
    left, right = found[..., :22].mean((0, 2, 3)), found[..., 26:].mean((0, 2, 3))
    assert (left - _COLOR.flatten()).norm() < 0.25 * _COLOR.norm()
    assert right.norm() < 0.1 * left.norm()


def test_what_is_darker_gets_less_of_it() -> None:
    L = torch.full((1, 1, 144, 144), 50.0)
    L[:, :, :48, :72] = 10
    found = _spread(_coloring(0), _coloring(0), _point(), L)[0].norm(dim=0)
    assert found[2:14, 2:22].mean() < 0.85 * found[34:46, 2:22].mean()


def test_the_change_that_is_right_at_a_point_is_made_around_it() -> None:
    """A gradient that the network sees stays, at the level that the point tells."""
    slope = torch.linspace(-4, 4, 48).view(1, 1, 48, 1).expand(1, 2, 48, 48)
    own = _coloring(slope)
    point = _point(torch.full((1, 2, 1, 1), 12.0))
    found = _spread(own, own, point)
    assert found[..., :22].mean() > 5
    top, bottom = found[..., 4:12, 2:22].mean(), found[..., 36:44, 2:22].mean()
    assert bottom - top > 1.5
    unchanged = _spread(own, own, point, weights=_without_changes())
    wrong, more_wrong = ((x - slope - 12)[..., :22].norm() for x in (found, unchanged))
    assert wrong < 0.95 * more_wrong


def test_only_certain_hints_suggest_colors() -> None:
    hints = _point()
    expected = _spread(_coloring(0), _coloring(0), hints)
    hints.weight[..., 60:90, 100:130] = 0.8
    hints.ab[..., 60:90, 100:130] = -40
    found = _spread(_coloring(0), _coloring(0), hints)
    assert (found - expected)[..., :12].abs().max() < 0.5
    assert found[..., 24:, :].min() > -12


def test_weak_hints_are_not_heard_beside_a_few_certain_ones() -> None:
    weight = torch.full((3, 1, 20, 20), 0.1)
    weight[:, :, :2] = 0.5
    weight[0, 0, 5, 5] = 1
    weight[2, 0, 5:10] = 1
    found = heard(Hints(torch.ones(3, 2, 20, 20), weight)).weight
    assert sorted(found[0].unique().tolist()) == [0, 0.5, 1]
    assert torch.equal(found[1:], weight[1:])


@pytest.mark.parametrize("size", [(7, 9), (48, 700), (2, 3)])
def test_looks_between_places_are_those_of_interpolation(size: tuple[int, int]) -> None:
    features = [torch.randn(1, 5, 12 // n, 18 // n) for n in (1, 2, 4)]
    image = descriptors(features)[0][None]
    expected = F.interpolate(image, size=size, mode="bilinear", align_corners=False)[0].flatten(1).T
    looks = _Looks(features, size)
    parts = list(looks.lines())
    found = torch.cat([seen for _, seen in parts])
    torch.testing.assert_close(found, F.normalize(expected, dim=1))
    numbers = torch.arange(size[0] * size[1])
    assert torch.equal(torch.cat([numbers[part] for part, _ in parts]), numbers)
    torch.testing.assert_close(looks.of(numbers // size[1], numbers % size[1]), expected)
