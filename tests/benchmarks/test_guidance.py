"""What is given in the rows of the guidance benchmark, and its means."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks.davis.data import Sequence, sequence_of
from benchmarks.guidance import guidance, pages, rows


@pytest.fixture(scope="module")
def sequence(tmp_path_factory: pytest.TempPathFactory) -> Sequence:
    folder = tmp_path_factory.mktemp("sequence")
    ys, xs = np.mgrid[:64, :96]
    pictures = []
    for t in range(6):
        image = np.full((64, 96, 3), 120, np.uint8)
        image[((ys - 30) ** 2 + (xs - 30 - 2 * t) ** 2) < 200] = (40, 60, 200)
        pictures.append(image)
    files = tuple(folder / f"{t:05}.png" for t in range(6))
    return sequence_of("ball", files, pictures, 64)


def test_stills_and_points_say_the_truth(sequence: Sequence) -> None:
    both = rows.stills(sequence, (0.0, 1.0))
    assert [g.frame for g in both] == [0, 5]
    assert np.array_equal(both[1].ab, sequence.ab[5].numpy())
    (ten,) = rows.points(sequence, 10)
    assert 7 * 7 <= int(ten.weight.sum()) <= 10 * 7 * 7
    known = ten.weight > 0
    assert np.abs(ten.ab - sequence.ab[0].numpy())[:, known].mean() < 10
    assert rows.given_frames(both, 6).tolist() == [0, 1, 2, 2, 1, 0]


def test_the_truth_has_no_error_and_gray_has_all(sequence: Sequence) -> None:
    given = rows.stills(sequence, (0.0,))
    motion = guidance.judge(sequence)
    exact = guidance.measure(sequence, sequence.ab, given, motion)
    gray = guidance.measure(sequence, torch.zeros_like(sequence.ab), given, motion)
    assert exact["ab_rmse"] == 0
    assert exact["ab_rmse_60"] is None
    assert gray["ab_rmse"] is not None
    assert gray["ab_rmse"] > 5
    assert gray["flicker"] == 0
    results = {"sequences": {"ball": {"automatic": gray, "first frame": exact}}}
    assert pages.ratio(results, "first frame", "automatic", "ab_rmse") == 0
