"""More frames are colored where two colored ones disagree."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from vidcolor.geometry import Area
from vidcolor.stages.between import color_between
from vidcolor.stages.choice import choose_colored
from vidcolor.stages.colorize import colorize_batches
from vidcolor.stages.values import WorkFrame
from vidcolor.types import Coloring, Motion

AREA = Area(0, 0, 32, 32)


class ByLight:
    """Redder where it is lighter."""

    name, size = "by-light", 32

    def colorize(self, L: Tensor) -> Coloring:
        return Coloring(torch.cat((L, 0 * L), 1), torch.ones_like(L))


def frames(light: list[float], starts: tuple[int, ...] = (0,)) -> list[WorkFrame]:
    motion = Motion(torch.zeros(1, 2, 16, 16), torch.ones(1, 1, 16, 16))
    return [
        WorkFrame(
            i,
            torch.full((1, 1, 32, 32), value, dtype=torch.float16),
            AREA,
            starts_shot=i in starts,
            motion=None if i in starts else motion,
        )
        for i, value in enumerate(light)
    ]


def colored(items: list[WorkFrame]) -> list[int]:
    seen = colorize_batches(choose_colored(items, ()), ByLight(), 1)
    found = list(color_between(seen, ByLight()))
    assert [i.index for i in found] == [i.index for i in items]
    assert all((i.coloring is not None) == i.is_colored for i in found if not i.keeps_color)
    return [i.index for i in found if i.coloring is not None]


def test_where_colors_agree_those_between_are_not_asked() -> None:
    assert colored(frames([50.0] * 10)) == [0, 4, 8, 9]
    assert colored(frames([50.0] * 4 + [52.0] * 6)) == [0, 4, 8, 9]


def test_where_they_disagree_the_change_is_found_by_halves() -> None:
    assert colored(frames([30.0] * 5 + [60.0] * 4)) == [0, 4, 5, 6, 8]
    assert colored(frames([30.0, 60.0] * 5)) == [0, 4, 8, 9]
    assert colored(frames([30.0, 40.0, 50.0, 60.0, 70.0])) == [0, 1, 2, 3, 4]


def test_shots_are_apart() -> None:
    assert colored(frames([30.0] * 4 + [60.0] * 5, starts=(0, 4))) == [0, 3, 4, 8]


def test_frames_with_their_own_color_are_apart() -> None:
    items = frames([30.0] * 4 + [60.0] * 6, starts=(0, 6))
    items[4:6] = [replace(i, keeps_color=True, starts_shot=i.index == 4) for i in items[4:6]]
    assert colored(items) == [0, 3, 6, 9]
