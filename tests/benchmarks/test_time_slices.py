"""Time-slice pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import torch

from benchmarks.davis import time_slices

from .scenes import made_sequence


def test_a_slice_is_one_column_over_time() -> None:
    L = torch.full((5, 1, 8, 12), 50.0)
    ab = torch.zeros(5, 2, 8, 12)
    L[3, :, :, 4] = 100
    found = time_slices.time_slice(L, ab, 4)
    assert found.shape == (8, 5, 3)
    assert (found[:, 3] == 255).all()
    assert (found[:, 2] == 119).all()
    assert time_slices.busiest_column(L) == 4


def test_the_picture_has_a_strip_for_each_row(tmp_path: Path) -> None:
    sequence = made_sequence()
    path = tmp_path / "out" / "slices.jpg"
    time_slices.write(path, sequence, {"truth": sequence.ab, "gray": 0 * sequence.ab})
    picture = cv2.imread(str(path))
    assert picture is not None
    assert picture.shape == (2 * (64 + 22), 480, 3)
    spread = [
        picture[a:b].max(2).astype(int) - picture[a:b].min(2) for a, b in ((22, 86), (108, 172))
    ]
    assert spread[0].mean() > 5 * spread[1].mean()
