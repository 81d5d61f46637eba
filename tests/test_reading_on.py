"""Frames that are read once for units that look ahead."""

from __future__ import annotations

from collections.abc import Generator
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import torch

from vidcolor.analysis.film_analysis import FilmAnalysis
from vidcolor.reading_on import ReadingOn
from vidcolor.stages.lightness import reduced, to_lightness
from vidcolor.types import ColorTags, Frame, VideoInfo

Y = np.zeros((2, 2), np.uint8)


class Source:
    def __init__(self) -> None:
        self.read: list[int] = []

    def frames(self, count: int) -> Generator[Frame, None, None]:
        for i in range(count):
            self.read.append(i)
            yield Frame(i, i, Y)


def test_each_frame_is_read_once_whatever_units_look_at() -> None:
    source = Source()
    reading = ReadingOn(source.frames(40))
    seen = [
        [f.index for f in reading.unit(*unit)]
        for unit in ((0, 10, 13), (10, 12, 20), (12, 14, 15), (14, 30, 30), (30, 40, 40))
    ]
    assert seen[0] == list(range(13))
    assert seen[1] == list(range(10, 20))
    assert seen[2] == [12, 13, 14]
    assert seen[3] == list(range(14, 30))
    assert seen[4] == list(range(30, 40))
    assert source.read == list(range(40))


def test_a_unit_that_was_looked_at_elsewhere_is_passed_over() -> None:
    reading = ReadingOn(Source().frames(30))
    assert [f.index for f in reading.unit(0, 5, 5)] == list(range(5))
    assert [f.index for f in reading.unit(12, 20, 22)] == list(range(12, 22))
    assert [f.index for f in reading.unit(20, 30, 30)] == list(range(20, 30))
    reading.close()


def test_kept_frames_of_a_large_film_are_small_and_look_the_same() -> None:
    info = VideoInfo(
        Path("film.mkv"), 0, 1280, 720, "yuv420p", ColorTags("bt709", False, 8),
        Fraction(1, 24), Fraction(24), 4, None,
    )  # fmt: skip
    rng = np.random.default_rng(0)
    frames = [Frame(i, i, rng.integers(0, 256, (720, 1280), np.uint8)) for i in range(4)]
    reading = ReadingOn((f for f in frames), partial(reduced, info=info, work_size=128))
    whole = list(reading.unit(0, 2, 4))
    kept = list(reading.unit(2, 4, 4))
    assert [f.y.shape for f in whole[2:]] == [(720, 1280)] * 2
    known = FilmAnalysis.one_shot(info, 4)
    size = info.geometry.working_size(128)
    assert [f.y.shape for f in kept] == [size.shape] * 2
    pairs = (to_lightness(some, info, known, size, "cpu") for some in (whole[2:], kept))
    assert all(torch.equal(a.L, b.L) for a, b in zip(*pairs, strict=True))
