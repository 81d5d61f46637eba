"""A report has the shots of the run that made the film, damaged and foreign frames included."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.report.colored import colored_film, steady
from vidcolor import FilmAnalysis, RunConfig, colorize_video
from vidcolor.config import FilmSettings
from vidcolor.errors import ConfigError
from vidcolor.film import open_film
from vidcolor.report.make import make_report
from vidcolor.report.settings import ReportConfig

SMALL = ReportConfig(work_size=128, device="cpu", flow="dis")
PLAIN = RunConfig(work_size=128, device="cpu", flow="dis", refiner="none")
FRAMES, CUT, FOREIGN, DAMAGED = 40, 28, 10, 18


def _damaged_film(path: Path) -> Path:
    """One cut, one frame of noise within the first shot, and one frame whose data is broken."""
    rng = np.random.default_rng(1)

    def luma(index: int, plain: np.ndarray) -> np.ndarray:
        return rng.integers(0, 256, plain.shape, np.uint8) if index == FOREIGN else plain

    return colored_film(path, steady(FRAMES), cut=CUT, luma=luma, broken=DAMAGED)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _damaged_film(tmp_path_factory.mktemp("film") / "film.mkv")


def _starts(analysis: FilmAnalysis) -> list[int]:
    return [shot.start for shot in analysis.shots]


def test_a_foreign_and_a_damaged_frame_give_the_shots_of_the_run(
    film: Path, tmp_path: Path
) -> None:
    done = colorize_video(film, tmp_path / "out.mkv", PLAIN)
    assert done.analysis is not None
    assert done.analysis.damaged == (DAMAGED,)
    assert _starts(done.analysis) == [0, CUT]
    found = make_report([done.output], SMALL, source=film)
    given = make_report([done.output], SMALL, source=film, analysis=done.analysis)
    for report in (found, given):
        assert [s.first_frame for s in report.shots] == [0, CUT]
        assert report.frames == FRAMES


def test_numbers_of_the_source_become_those_of_the_output(film: Path, tmp_path: Path) -> None:
    start = 22
    part = RunConfig(**PLAIN.to_dict() | {"start": str(start)})
    done = colorize_video(film, tmp_path / "out.mkv", part)
    source_config = ReportConfig(work_size=128, device="cpu", flow="dis", start=str(start))
    for analysis in (None, done.analysis):
        report = make_report(
            [done.output], SMALL, source=film, source_config=source_config, analysis=analysis
        )
        assert [(s.first_frame, s.frames) for s in report.shots] == [
            (0, CUT - start),
            (CUT - start, FRAMES - CUT),
        ]


def test_the_analysis_is_believed_and_its_pass_has_its_own_progress(film: Path) -> None:
    seen: list[int] = []
    with open_film(film, FilmSettings()) as opened:
        known = opened.analyze()
    one = FilmAnalysis.from_dict(
        known.to_dict()
        | {
            "shots": [
                {"start": 0, "end": 5, "area": known.shots[0].area},
                {"start": 5, "end": FRAMES},
            ]
        }
    )
    report = make_report([film], SMALL, analysis=one, analysis_progress=lambda n, _: seen.append(n))
    assert [s.first_frame for s in report.shots] == [0, 5]
    assert seen == []
    make_report([film], SMALL, analysis_progress=lambda n, _: seen.append(n))
    assert seen == list(range(1, FRAMES + 1))


def test_an_analysis_that_does_not_fit_is_refused(film: Path, tmp_path: Path) -> None:
    other = colored_film(tmp_path / "other.mkv", steady(FRAMES))
    with open_film(other) as opened:
        foreign = opened.analyze()
    with pytest.raises(ConfigError, match=r"not of .*film\.mkv"):
        make_report([film], SMALL, analysis=foreign)
    with open_film(film, FilmSettings(end="8")) as opened:
        part = opened.analyze()
    with pytest.raises(ConfigError, match="frame 8 is not in 0:8"):
        make_report([film], SMALL, analysis=part)
