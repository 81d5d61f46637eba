"""Given colors on their way through a shot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from vidcolor.geometry import Area
from vidcolor.guidance.guidance import GivenColors, Lock
from vidcolor.stages.locks import reached
from vidcolor.stages.refine import as_given
from vidcolor.stages.travel import carry_hints, planes_of
from vidcolor.stages.values import WorkFrame
from vidcolor.state import PipelineState
from vidcolor.types import Motion

GRID, SIZE = (12, 16), (24, 32)


def motion(dx: float = 0.0) -> Motion:
    flow = torch.zeros(1, 2, *GRID)
    flow[:, 0] = dx
    return Motion(flow, torch.ones(1, 1, *GRID))


def frames(count: int, dx: float = 0.0, starts: tuple[int, ...] = (0,)) -> list[WorkFrame]:
    """Frames whose image moves `dx` cells to the right from each to the next."""
    area, L = Area(0, 0, SIZE[1], SIZE[0]), torch.full((1, 1, *SIZE), 50.0)
    return [
        WorkFrame(i, L, area, starts_shot=True)
        if i in starts
        else WorkFrame(i, L, area, starts_shot=False, motion=motion(-dx), onward=motion(dx))
        for i in range(count)
    ]


def spot(frame: int, color: float, weight: float = 1.0, y: int = 8, x: int = 8) -> GivenColors:
    ab, where = np.zeros((2, *SIZE), np.float32), np.zeros(SIZE, np.float32)
    ab[:, y : y + 4, x : x + 4] = color
    where[y : y + 4, x : x + 4] = weight
    return GivenColors(frame, ab, where)


def carried(items: list[WorkFrame], *given: GivenColors, **options: object) -> list[WorkFrame]:
    known = {g.frame: g for g in given}
    return list(carry_hints(items, known, None, end=None, reach=None, most=100, **options))  # type: ignore[arg-type]


def test_a_color_goes_both_ways_and_not_beyond_the_shot() -> None:
    found = carried(frames(9, starts=(0, 3, 7)), spot(5, 20))
    assert [i.hints is not None for i in found] == [False] * 3 + [True] * 4 + [False] * 2
    for item in found[3:7]:
        assert item.hints is not None
        assert float(item.hints.weight[0, 0, 5, 5]) == 1
        assert float(item.hints.ab[0, 0, 5, 5]) == pytest.approx(20, abs=0.1)
        assert float(item.hints.weight[0, 0, 5, 10]) == 0


def test_it_moves_with_the_thing() -> None:
    found = carried(frames(5, dx=1), spot(2, 20))
    for t, column in ((0, 3), (2, 5), (4, 7)):
        hints = found[t].hints
        assert hints is not None
        assert float(hints.weight[0, 0, 5, column]) == 1
        assert float(hints.weight[0, 0, 5, column + 4]) == 0


def test_it_ends_where_the_thing_is_hidden_and_does_not_come_back() -> None:
    items = frames(6)
    hidden = torch.ones(1, 1, *GRID)
    hidden[..., 4:6, 4:6] = 0
    flow = torch.zeros(1, 2, *GRID)
    items[3] = replace(items[3], motion=Motion(flow, hidden), onward=Motion(flow, hidden))
    found = carried(items, spot(1, 20))
    for t, weight in ((0, 1), (1, 1), (2, 1), (3, 0), (5, 0)):
        hints = found[t].hints
        assert (0 if hints is None else float(hints.weight[0, 0, 5, 5])) == weight


def test_of_two_stills_the_nearer_counts_more_and_its_own_frame_is_as_given() -> None:
    found = carried(frames(11), spot(0, 0), spot(10, 40))
    values = [float(i.hints.ab[0, 0, 5, 5]) for i in found if i.hints is not None]
    assert values[0] == pytest.approx(0, abs=4)
    assert values == sorted(values)
    assert values[5] == pytest.approx(20, abs=0.5)
    for item, color in ((found[0], 0.0), (found[10], 40.0)):
        final = as_given(torch.full((1, 2, *GRID), -30.0), item)
        assert float(final[0, 0, 5, 5]) == pytest.approx(color, abs=4)
        assert float(final[0, 0, 5, 10]) == -30


def test_as_proposed_gives_way_to_what_was_painted() -> None:
    found = carried(frames(3), spot(0, 20), spot(2, -20, weight=0.5))
    assert found[2].hints is not None
    assert float(found[2].hints.ab[0, 0, 5, 5]) == pytest.approx(20, abs=3)


def test_a_small_point_is_not_lost_on_the_grid() -> None:
    ab, weight = np.zeros((2, 240, 320), np.float32), np.zeros((240, 320), np.float32)
    ab[:, 100, 100], weight[100, 100] = 33, 1
    planes = planes_of(GivenColors(0, ab, weight), GRID)
    assert float(planes[:, 4].max()) == 1
    assert float(planes[:, 0].max()) == pytest.approx(33, abs=0.1)
    small = planes_of(GivenColors(0, ab[:, ::60, ::60], np.ones((4, 6), np.float32)), GRID)
    assert small.shape == (1, 5, *GRID)
    assert float(small[:, 4].min()) == pytest.approx(1)


def test_what_a_part_hands_on_is_what_the_whole_knows() -> None:
    items = frames(8, dx=1)
    whole = carried(items, spot(1, 20))
    known = {1: spot(1, 20)}
    first = list(carry_hints(items[:4], known, None, end=4, reach=4, most=100))
    second = list(carry_hints(items[4:], {}, first[-1].known, end=8, reach=8, most=100))
    for a, b in zip(whole, first + second, strict=True):
        assert a.hints is not None
        assert b.hints is not None
        assert torch.equal(a.hints.ab, b.hints.ab)
        assert torch.equal(a.hints.weight, b.hints.weight)


def test_a_lock_is_followed_and_measured() -> None:
    lock = Lock("points 1", 2, 5.5 / 16, 5.5 / 12, 0.02, (20.0, 20.0))
    found = carried(frames(6, dx=1, starts=(0, 5)), spot(2, 20), locks=[lock])
    assert [[round(p.x) for p in i.locks] for i in found] == [[3], [4], [5], [6], [7], []]
    L = torch.full((1, 1, *SIZE), 50.0)
    ab = torch.zeros(1, 2, *SIZE)
    assert reached(found[2].locks, L, ab)["points 1"] > 10
    assert reached(found[2].locks, L, ab + 20)["points 1"] < 0.01


def test_a_lock_is_followed_into_later_parts_of_its_shot() -> None:
    lock = Lock("points 1", 2, 5.5 / 16, 5.5 / 12, 0.02, (20.0, 20.0))
    items = frames(6, dx=1, starts=(0, 5))
    whole = carried(items, spot(2, 20), locks=[lock])
    first = list(
        carry_hints(items[:3], {2: spot(2, 20)}, None, locks=[lock], end=3, reach=3, most=9)
    )
    state = PipelineState(items[2].L, None, first[-1].known, locks=first[-1].locks)
    handed = PipelineState.from_bytes(state.to_bytes(), "cpu")
    assert handed.locks == state.locks
    second = carry_hints(
        items[3:], {}, handed.known, locks=[lock], places=handed.locks, end=6, reach=6, most=9
    )
    assert [i.locks for i in first + list(second)] == [i.locks for i in whole]
    assert handed.resized((48, 64)).locks[0].resized((48, 64), SIZE) == handed.locks[0]
    # one that its own frame is there for is not followed twice
    places, known = whole[0].locks, {2: spot(2, 20)}
    again = carry_hints(items[1:], known, None, locks=[lock], places=places, end=6, reach=6, most=9)
    assert [i.locks for i in again] == [i.locks for i in whole[1:]]
