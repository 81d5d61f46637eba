"""Measuring the stages of a run, and what is said of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vidcolor.config import RunConfig
from vidcolor.film import open_film
from vidcolor.geometry import Size
from vidcolor.speed.advice import ENCODER_COSTS, Measured, changes
from vidcolor.speed.check import check_speed, speed_text
from vidcolor.speed.made_film import make_film
from vidcolor.speed.stages import STAGES, StageTimes

EVEN = StageTimes(dict.fromkeys(STAGES, 0.01), 24)


def test_a_run_needs_what_its_stages_need_on_the_cores_there_are() -> None:
    # nine hundredths a frame, of which three for the analysis
    assert EVEN.total == pytest.approx(0.09)
    assert EVEN.frames_a_second(1) == pytest.approx(1 / 0.09)
    # two cores share the analysis' three stages, and the six others
    assert EVEN.frames_a_second(2) == pytest.approx(1 / (0.015 + 0.03))
    # a stage goes in one thread: more cores do not help, more processes do
    assert EVEN.frames_a_second(16) == pytest.approx(1 / (0.01 + 0.01))
    assert EVEN.frames_a_second(16, jobs=4) == pytest.approx(1 / (0.01 + 0.00375))


def test_advice_is_given_where_it_pays() -> None:
    quick = dict.fromkeys(ENCODER_COSTS, 0.01)
    nothing = Measured(854 * 480, EVEN, quick)
    assert changes(nothing, cores=2, memory=None) == []
    slow = replace(EVEN, seconds=EVEN.seconds | {"encode": 0.2})
    found = changes(Measured(854 * 480, slow, quick), cores=2, memory=None)
    assert [c.words for c in found] == list(ENCODER_COSTS)
    assert all(c.frames_a_second > 2 * slow.frames_a_second(2) for c in found)
    small = replace(EVEN, seconds=EVEN.seconds | {"flow": 0.001})
    tried = Measured(854 * 480, EVEN, quick, small, 144)
    assert [c.words for c in changes(tried, cores=2, memory=None)] == ["--work-size 144"]


def test_processes_are_advised_as_memory_allows() -> None:
    quick = dict.fromkeys(ENCODER_COSTS, 0.01)
    (change,) = changes(Measured(854 * 480, EVEN, quick), cores=8, memory=None)
    assert change.words == "--jobs 2"  # eight stages on eight cores: two processes fill them
    assert changes(Measured(854 * 480, EVEN, quick), cores=8, memory=10**9) == []


def test_the_film_to_measure_with_is_one_that_moves(tmp_path: Path) -> None:
    path = make_film(tmp_path, Size(96, 64), 6)
    with open_film(path) as film, film.frames() as source:
        lumas = [frame.y.astype(int) for frame in source]
    assert len(lumas) == 6
    # the camera goes three pixels to the right and two down
    moved = np.abs(lumas[1][:-2, :-3] - lumas[0][2:, 3:]).mean()
    assert moved < 0.5 * np.abs(lumas[1] - lumas[0]).mean()


def test_every_stage_is_measured_and_said(tmp_path: Path) -> None:
    steps: list[str] = []
    size = {"small": Size(160, 96)}
    found = check_speed(RunConfig(device="cpu"), size, frames=6, on_step=steps.append)
    assert steps == ["loading the networks", "measuring small"]
    times = found.milliseconds["small"]
    assert tuple(times) == STAGES
    assert all(value >= 0 for value in times.values())
    assert found.frames_a_second["small"] > 0
    assert json.loads(json.dumps(found.to_dict()))["device"] == "cpu"
    text = speed_text(found)
    assert all(stage in text for stage in STAGES)
