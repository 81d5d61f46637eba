"""Numbers summed up, by shot and in all."""

from __future__ import annotations

import math

import pytest

from vidcolor.report.lockstep import FrameSet
from vidcolor.report.series import FilmSeries
from vidcolor.report.shots import ShotList


def test_means_leave_out_what_was_not_measured() -> None:
    series = FilmSeries()
    for flicker, cdc_1 in ((math.nan, math.nan), (0.2, 0.001), (0.4, 0.003)):
        series.append({"region_flicker": flicker, "cdc_1": cdc_1, "chroma": 10.0})
    means = series.means()
    assert means["region_flicker"] == pytest.approx(0.3)
    assert means["relative_flicker"] == pytest.approx(0.03)
    # Distances that were never measured do not count.
    assert means["cdc"] == pytest.approx(0.002)
    assert math.isnan(means["psnr"])
    assert series.means([2])["region_flicker"] == pytest.approx(0.4)


def test_a_film_without_color_has_no_relative_flicker() -> None:
    series = FilmSeries()
    series.append({"region_flicker": 0.0, "chroma": 0.0})
    assert math.isnan(series.means()["relative_flicker"])


def test_shots_know_their_measured_frames() -> None:
    shots = ShotList()
    for index, (shot, measured) in enumerate([(0, 1), (0, 1), (0, 0), (1, 1), (1, 1)]):
        shots.add(FrameSet(index, index / 24, shot, 0, bool(measured), ()))
    first, second = shots.finished()
    assert (first.first_frame, first.frames, list(first.rows)) == (0, 3, [0, 1])
    assert (second.first_frame, second.frames, list(second.rows)) == (3, 2, [2, 3])
    assert first.end == second.start == pytest.approx(3 / 24)
