"""Points and strokes as planes."""

from __future__ import annotations

import numpy as np

from vidcolor.geometry import Size
from vidcolor.guidance.drawing import covered, drawn, locks_of, overlaid, yielding
from vidcolor.guidance.guidance import GivenColors
from vidcolor.guidance.said import Mark

SIZE = Size(200, 100)


def mark(*line: tuple[float, float], radius: float = 0.05, lock: bool = False) -> Mark:
    return Mark("film.colors.json: points 1", 7, line, radius, (30.0, -20.0), lock)


def test_a_point_is_a_disk_of_its_radius() -> None:
    inside = covered(mark((0.25, 0.6)), SIZE)
    ys, xs = np.nonzero(inside)
    assert abs(xs.mean() + 0.5 - 50) < 0.5
    assert abs(ys.mean() + 0.5 - 60) < 0.5
    # 5 pixels: of the short side
    assert abs(inside.sum() - np.pi * 25) < 8


def test_points_at_the_corners_stay_inside() -> None:
    for x, y in ((0, 0), (1, 0), (0, 1), (1, 1)):
        inside = covered(mark((x, y), radius=1e-4), SIZE)
        assert inside.sum() == 1
        assert inside[-y, -x]


def test_a_stroke_joins_its_places() -> None:
    inside = covered(mark((0.1, 0.5), (0.9, 0.5), (0.9, 0.9), radius=0.02), SIZE)
    assert inside[50, 20:180].all()
    assert inside[50:90, 180].all()
    assert not inside[90, :170].any()


def test_later_marks_and_layers_cover_earlier_ones() -> None:
    red, blue = mark((0.5, 0.5)), Mark("b", 7, ((0.52, 0.5),), 0.05, (5.0, -50.0))
    planes = drawn([red, blue], 7, SIZE)
    assert planes.frame == 7
    assert planes.ab[:, 50, 104].tolist() == [5, -50]
    assert planes.ab[:, 50, 96].tolist() == [30, -20]
    still = GivenColors(7, np.ones((2, 100, 200), np.float32), np.full((100, 200), 0.5, np.float32))
    both = overlaid([still, planes])
    assert both.ab[:, 50, 96].tolist() == [30, -20]
    assert (both.weight[50, 96], both.weight[0, 0]) == (1, 0.5)
    assert still.weight.max() == 0.5


def test_proposed_colors_yield_to_points() -> None:
    weight = np.full((100, 200), 0.5, np.float32)
    weight[:, :20] = 1
    still = GivenColors(7, np.zeros((2, 100, 200), np.float32), weight)
    found = yielding(still, [mark((0.2, 0.5), radius=0.02)])
    assert (found.weight[:, :20] == 1).all()
    assert found.weight[50, 40] == 0
    assert 0 < found.weight[50, 60] < 0.5
    assert (found.weight[:, 100:] == 0.5).all()
    assert yielding(still, []).weight.tolist() == weight.tolist()


def test_locks() -> None:
    assert locks_of(mark((0.5, 0.5)), 7) == []
    (lock,) = locks_of(mark((0.25, 0.5), lock=True), 7)
    assert (lock.frame, lock.x, lock.y, lock.ab) == (7, 0.25, 0.5, (30, -20))
    assert lock.name == "film.colors.json: points 1"
    line = [(n / 40, 0.5) for n in range(40)]
    assert 1 < len({lock.name for lock in locks_of(mark(*line, lock=True), 7)}) <= 16
