"""Which frames are colored."""

from __future__ import annotations

import torch

from vidcolor.geometry import Area
from vidcolor.stages.choice import choose_colored
from vidcolor.stages.values import WorkFrame
from vidcolor.types import Motion

L, AREA = torch.zeros(1, 1, 8, 8), Area(0, 0, 8, 8)


def frames(count: int, starts: tuple[int, ...] = (0,), visible: float = 1.0) -> list[WorkFrame]:
    motion = Motion(torch.zeros(1, 2, 4, 4), torch.full((1, 1, 4, 4), visible))
    return [
        WorkFrame(i, L, AREA, starts_shot=i in starts, motion=None if i in starts else motion)
        for i in range(count)
    ]


def chosen(items: list[WorkFrame], *wanted: int) -> list[int]:
    found = list(choose_colored(items, wanted))
    assert [i.index for i in found] == [i.index for i in items]
    return [i.index for i in found if i.is_colored]


def test_one_in_four_and_both_ends_of_a_shot() -> None:
    assert chosen(frames(14, starts=(0, 10))) == [0, 4, 8, 9, 10, 13]


def test_frames_with_much_that_is_new_and_frames_with_given_colors() -> None:
    assert chosen(frames(6, visible=0.2)) == [0, 1, 2, 3, 4, 5]
    assert chosen(frames(6, visible=0.65)) == [0, 2, 4, 5]
    assert chosen(frames(8), 2, 3) == [0, 2, 3, 7]


def test_a_shot_of_one_frame() -> None:
    assert chosen(frames(3, starts=(0, 1, 2))) == [0, 1, 2]
    assert chosen([]) == []
