"""The mean over a shot from both sides."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from vidcolor.components import load_refiner
from vidcolor.geometry import Area
from vidcolor.refiners.bidirectional import Bidirectional
from vidcolor.stages.values import WorkFrame
from vidcolor.types import Coloring, Motion, ShotRefiner

GRID = (12, 16)


def motion(dx: float = 0.0, visible: float = 1.0) -> Motion:
    flow = torch.zeros(1, 2, *GRID)
    flow[:, 0] = dx
    return Motion(flow, torch.full((1, 1, *GRID), visible))


def frames(colors: list[float], sure: list[float], visible: float = 1.0) -> list[WorkFrame]:
    found = []
    for i, (a, confidence) in enumerate(zip(colors, sure, strict=True)):
        coloring = Coloring(
            torch.full((1, 2, *GRID), float(a)), torch.full((1, 1, *GRID), confidence)
        )
        link = {"motion": motion(visible=visible), "onward": motion(visible=visible)} if i else {}
        L = torch.full((1, 1, 24, 32), 50.0)
        area = Area(0, 0, 32, 24)
        found.append(WorkFrame(i, L, area, starts_shot=not i, coloring=coloring, **link))
    return found


def test_a_static_scene_stays_static_and_the_state_is_a_value() -> None:
    refiner = load_refiner("bidirectional")
    assert isinstance(refiner, ShotRefiner)
    items = frames([12.0] * 20, [0.7] * 20)
    _, state = refiner.refine(items[:5], None, 5)
    before = {name: sums.clone() for name, sums in state.items()}
    found, _ = refiner.refine(items[5:], state, 15)
    again, _ = refiner.refine(items[5:], state, 15)
    assert all(torch.equal(sums, state[name]) for name, sums in before.items())
    assert all(torch.equal(a, b) for a, b in zip(found, again, strict=True))
    assert max(float((ab - 12).abs().max()) for ab in found) < 1e-4


def test_what_comes_later_settles_what_came_first() -> None:
    items = frames([30, 30, -10, -10, -10, -10], [0.1, 0.1, 0.9, 0.9, 0.9, 0.9])
    found, _ = Bidirectional().refine(items, None, 6)
    assert all(float((ab + 10).abs().max()) < 1 for ab in found)


def test_colors_stay_apart_where_the_flow_is_not_trusted() -> None:
    items = frames([30, -10], [0.5, 0.5], visible=0.0)
    found, _ = Bidirectional().refine(items, None, 2)
    assert float(found[0].mean()) == pytest.approx(30, abs=0.05)
    assert float(found[1].mean()) == pytest.approx(-10, abs=0.05)


def test_a_shot_in_two_parts_knows_all_that_came_before() -> None:
    items = frames([0, 4, 8, 12, 16, 20, 24, 28], [0.5] * 8)
    refiner = Bidirectional()
    whole, last = refiner.refine(items, None, 8)
    first, state = refiner.refine(items, None, 4)
    second, end = refiner.refine(items[4:], state, 4)
    for a, b in zip(whole, first + second, strict=True):
        assert torch.allclose(a, b, atol=1e-4)
    for name in ("first", "second"):
        assert torch.allclose(last[name], end[name], atol=1e-4)


def test_frames_that_are_only_looked_at_count() -> None:
    items = frames([10, 10, 14], [0.5] * 3)
    alone, _ = Bidirectional().refine(items[:2], None, 2)
    found, _ = Bidirectional().refine(items, None, 2)
    assert len(found) == 2
    assert float(alone[1].mean()) == pytest.approx(10)
    assert 11 < float(found[1].mean()) < 12


def test_colors_move_along_the_flow() -> None:
    items = frames([0, 0], [0.5, 0.5])
    spot = items[0].coloring
    assert spot is not None
    spot.ab[..., 5, 5] = 40
    moved = [items[0], WorkFrame(**{f: getattr(items[1], f) for f in items[1].__slots__})]
    object.__setattr__(moved[1], "motion", motion(dx=-3))
    object.__setattr__(moved[1], "onward", motion(dx=3))
    found, _ = Bidirectional().refine(moved, None, 2)
    assert float(found[1][0, 0, 5, 8]) > 15
    assert float(found[1][0, 0, 5, 5]) == 0


def test_a_frame_without_a_coloring_gets_that_of_its_neighbors() -> None:
    for visible in (1.0, 0.0):
        items = frames([16, 99, 20], [0.5] * 3, visible=visible)
        items[1] = replace(items[1], coloring=None)
        found, _ = Bidirectional().refine(items, None, 3)
        assert float(found[1].mean()) == pytest.approx(18, abs=0.5)


def test_frames_of_which_more_are_colored_do_not_outvote_the_others() -> None:
    items = frames([12] * 12 + [8] * 12, [0.5] * 24)
    refiner = Bidirectional()
    every, _ = refiner.refine(items, None, 24)
    some = [i if n < 12 or n % 4 == 3 else replace(i, coloring=None) for n, i in enumerate(items)]
    keyed, _ = refiner.refine(some, None, 24)
    # all that are colored as one: the first half would have four votes in five
    assert abs(float(every[12].mean()) - 10) < 0.3
    assert abs(float(keyed[12].mean()) - float(every[12].mean())) < 0.6


def hued(hues: list[tuple[int, int]]) -> list[WorkFrame]:
    items = frames([0] * len(hues), [0.5] * len(hues))
    for item, hue in zip(items, hues, strict=True):
        assert item.coloring is not None
        item.coloring.ab.copy_(torch.tensor(hue, dtype=torch.float32).view(1, 2, 1, 1))
    return items


def test_a_few_other_colors_do_not_shift_the_mean() -> None:
    # of one strength and three hues, of which one is in the majority
    items = hued([(20, 0), (20, 0), (-10, 17), (20, 0), (-10, -17), (20, 0)])
    found, _ = Bidirectional().refine(items, None, 6)
    assert all(float(ab[0, 0].mean()) > 18 for ab in found)
    plain, _ = Bidirectional(agreeing=1e6, stronger=1).refine(items, None, 6)
    assert all(float(ab[0, 0].mean()) < 12 for ab in plain)


def test_colors_are_as_strong_as_those_that_they_are_the_mean_of() -> None:
    items = hued([(20, 10), (20, -10)] * 4)
    found, _ = Bidirectional(memory=1).refine(items, None, 8)
    for ab in found:
        assert float(ab[0].norm(dim=0).mean()) == pytest.approx(500**0.5, abs=0.3)
        assert abs(float(ab[0, 1].mean())) < 3
    paler, _ = Bidirectional(memory=1, stronger=1).refine(items, None, 8)
    assert all(float(ab[0].norm(dim=0).mean()) < 21 for ab in paler)


def test_what_most_frames_leave_gray_stays_pale() -> None:
    found, _ = Bidirectional().refine(hued([(2, 0)] * 6 + [(40, 0)] * 2 + [(2, 0)] * 6), None, 14)
    assert all(float(ab[0, 0].mean()) < 3.1 for ab in found)
