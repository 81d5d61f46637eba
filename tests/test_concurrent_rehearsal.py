"""The rehearsal beside the analysis."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.films import FilmSpec, make_film
from tests.video.rewrite import GOOD
from vidcolor.concurrent_rehearsal import rehearsed
from vidcolor.errors import ConfigError
from vidcolor.types import VideoInfo
from vidcolor.video.plan.output_plan import OutputPlan
from vidcolor.video.plan.plan import plan_output
from vidcolor.video.read.source import FrameSource


@pytest.fixture
def film(tmp_path: Path) -> VideoInfo:
    with FrameSource(make_film(tmp_path / "a.mkv", FilmSpec(frames=8)).path) as source:
        return source.info


def bad_plan(info: VideoInfo) -> OutputPlan:
    plan = plan_output(info, info.path.with_name("o.mp4"), GOOD)
    return replace(plan, container_options={"movflags": "no_such_flag"})


def test_what_it_finds_ends_the_analysis(film: VideoInfo) -> None:
    seen: list[int] = []
    until = time.monotonic() + 60

    def analyze() -> None:
        with rehearsed(film, bad_plan(film), lambda done, total: seen.append(done)) as show:
            assert show is not None
            while time.monotonic() < until:
                show(len(seen), None)
                time.sleep(0.01)
            seen.append(-1)

    with pytest.raises(ConfigError, match="rehearsal of 2 frames"):
        analyze()
    assert -1 not in seen


def test_what_it_finds_after_the_analysis_counts(film: VideoInfo) -> None:
    with pytest.raises(ConfigError, match="rehearsal"), rehearsed(film, bad_plan(film), None):
        pass
    with rehearsed(film, bad_plan(film), None, wanted=False) as show:
        assert show is None


def test_an_analysis_that_fails_is_what_is_told(film: VideoInfo) -> None:
    with pytest.raises(KeyError), rehearsed(film, bad_plan(film), None):
        raise KeyError
