"""Units of one process: the next is looked at while one is encoded."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from threading import Event

import pytest

from tests.films import FilmSpec, make_film
from vidcolor import RunConfig, build, colorize_video
from vidcolor.components import Parts
from vidcolor.dry_run import dry_run
from vidcolor.errors import StoppedError
from vidcolor.units import Span, Unit
from vidcolor.video.segments.segment import Segment
from vidcolor.workers.here import Here
from vidcolor.workers.workers import MakeUnit, OnFrame

CONFIG = RunConfig(work_size=128, flow="dis", device="cpu", preset="ultrafast", unit_frames=8)


class Watched(Here):
    """Says when the second unit is begun."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self.begun = Event()

    def color(
        self, spans: Sequence[Span], make_unit: MakeUnit, config: RunConfig, on_frame: OnFrame
    ) -> Generator[Segment, None, None]:
        def watched(span: Span, state: bytes | None = None) -> Unit:
            unit = make_unit(span, state)
            if span.number == 1:
                self.begun.set()
            return unit

        return super().color(spans, watched, config, on_frame)


@pytest.fixture(scope="module")
def parts() -> Parts:
    return build(CONFIG)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Shots of 6 and 18 frames: units 0:6, 6:14, 14:22, 22:24."""
    spec = FilmSpec(frames=24, cuts=(6,), width=160, height=128)
    return make_film(tmp_path / "film.mkv", spec).path


def when_begun(workers: Watched, then: Callable[[], None]) -> Callable[[int, int | None], None]:
    """Progress that waits in the middle of the first unit until the second is begun."""

    def show(done: int, total: int | None) -> None:
        if done == 3:
            assert workers.begun.wait(60), "nothing was looked at ahead"
            then()

    return show


def test_an_edit_counts_in_a_unit_that_was_looked_at_already(film: Path, parts: Parts) -> None:
    def say(frames: Sequence[int]) -> None:
        points = [
            {"x": 0.5, "y": 0.5, "radius": 0.2, "color": "#c01010", "frame": n} for n in frames
        ]
        film.with_name("film.colors.json").write_text(json.dumps({"version": 1, "points": points}))

    say([2])
    workers, output = Watched(parts), film.with_name("out.mkv")
    show = when_begun(workers, lambda: say([2, 16]))
    colorize_video(film, output, CONFIG, workers=workers, progress=show)
    assert [u.is_kept for u in dry_run(film, output, CONFIG).units] == [True] * 4
    other = film.with_name("other.mkv")
    colorize_video(film, other, CONFIG, parts=parts)
    assert other.read_bytes() == output.read_bytes()


def test_a_run_is_stopped_with_the_next_unit_begun(film: Path, parts: Parts) -> None:
    workers, output = Watched(parts), film.with_name("out.mkv")
    show = when_begun(workers, lambda: None)
    with pytest.raises(StoppedError, match="stopped at 00:00:00"):
        colorize_video(
            film, output, CONFIG, workers=workers, progress=show, should_stop=workers.begun.is_set
        )
    assert colorize_video(film, output, CONFIG, parts=parts).resumed_at == 6
    colorize_video(film, film.with_name("whole.mkv"), CONFIG, parts=parts)
    assert output.read_bytes() == film.with_name("whole.mkv").read_bytes()
