"""Units of work: whole shots, the same bits whatever the order and the process."""

from __future__ import annotations

import json
import os
import pickle
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from tests.films import FilmSpec, MadeFilm, make_film
from vidcolor import RunConfig, colorize_video
from vidcolor.analysis.film_analysis import FilmAnalysis, Shot, write_analysis
from vidcolor.components import Parts, build
from vidcolor.errors import ConfigError, ResumeError, StoppedError
from vidcolor.film import open_film
from vidcolor.geometry import Area
from vidcolor.guidance.guidance import GivenColors, Guidance, Lock
from vidcolor.identity.film_agreement import film_agreement
from vidcolor.known_film import given_analysis
from vidcolor.run import signature
from vidcolor.told.current_guidance import CurrentGuidance, ToldInPython
from vidcolor.units import Unit, color_unit, plan_units
from vidcolor.video.mux.mux import assemble
from vidcolor.video.plan.plan import plan_output
from vidcolor.video.segments.fingerprint import is_mark_of
from vidcolor.video.segments.segment import Segment
from vidcolor.video.segments.segments import work_folder
from vidcolor.workers.workers import NetworkFacts

CONFIG = RunConfig(work_size=128, preset="ultrafast", unit_frames=8)


def analysis_of(*lengths: int, first: int = 0) -> FilmAnalysis:
    shots, start = [], first
    for number, length in enumerate(lengths):
        end = start + length
        opening = "cut" if number else "begin"
        shots.append(Shot(number, start, end, (0, 0), opening, 0, Area(0, 0, 8, 8)))
        start = end
    return FilmAnalysis({}, {}, first, start - first, tuple(shots))


@pytest.mark.parametrize(
    ("lengths", "spans"),
    [
        ((10,), [(0, 10, False)]),
        ((4, 4, 4), [(0, 8, False), (8, 12, False)]),
        ((4, 7), [(0, 4, False), (4, 11, False)]),
        ((25,), [(0, 10, False), (10, 20, True), (20, 25, True)]),
        ((3, 12, 5), [(0, 3, False), (3, 13, False), (13, 20, True)]),
        ((1,) * 11, [(0, 10, False), (10, 11, False)]),
    ],
)
def test_units_are_whole_shots_and_only_long_ones_are_split(
    lengths: tuple[int, ...], spans: list[tuple[int, int, bool]]
) -> None:
    for first in (0, 7):
        found = plan_units(analysis_of(*lengths, first=first), 10)
        assert [s.number for s in found] == list(range(len(spans)))
        moved = [(a + first, b + first, c) for a, b, c in spans]
        assert [(s.start, s.end, s.continues) for s in found] == moved


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> MadeFilm:
    """Shots of 9, 21 and 10 frames; key frames fall on no cut."""
    spec = FilmSpec(frames=40, cuts=(9, 30), b_frames=2, gop=7, audio=("aac",))
    return make_film(tmp_path_factory.mktemp("film") / "film.mkv", spec)


@pytest.fixture(scope="module")
def parts() -> Parts:
    return build(CONFIG)


@pytest.fixture(scope="module")
def told() -> Guidance:
    """The last frame but one of the second shot is red, as a point of its first frame is."""
    ab = np.full((2, 64, 64), 50, np.float32)
    point = np.zeros((64, 64), np.float32)
    point[28:36, 28:36] = 1
    return Guidance(
        (GivenColors(9, ab, point), GivenColors(28, ab, np.ones((64, 64), np.float32))),
        (Lock("points 1", 9, 0.5, 0.5, 0.06, (50.0, 50.0)),),
    )


@pytest.fixture(scope="module")
def guided(
    film: MadeFilm, parts: Parts, told: Guidance, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    output = tmp_path_factory.mktemp("guided") / "out.mkv"
    colorize_video(film.path, output, CONFIG, parts=parts, guidance=told, keep_work=False)
    return output


def _redness(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(f.to_ndarray()[-f.height // 4 :].mean()) for f in container.decode(video=0)]


def test_colors_given_in_a_later_unit_count_in_the_whole_shot(
    whole: bytes, guided: Path, tmp_path: Path
) -> None:
    plain = tmp_path / "plain.mkv"
    plain.write_bytes(whole)
    before, after = _redness(plain), _redness(guided)
    # the last rows of a planar image are V, red against green
    assert [round(x, 3) for x in after[:9] + after[30:]] == [
        round(x, 3) for x in before[:9] + before[30:]
    ]
    assert after[28] > before[28] + 15
    assert min(after[9:30]) > max(before[9:30]) + 4, (before, after)


def test_two_processes_and_a_stop_make_the_same_guided_film(
    film: MadeFilm, told: Guidance, guided: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.mkv"
    stopped = iter((False, True))
    with pytest.raises(StoppedError):
        colorize_video(
            film.path, output, CONFIG, guidance=told, should_stop=lambda: next(stopped, True)
        )
    colorize_video(film.path, output, CONFIG, guidance=told, jobs=2, keep_work=False)
    assert output.read_bytes() == guided.read_bytes()


@pytest.fixture(scope="module")
def whole(film: MadeFilm, parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    output = tmp_path_factory.mktemp("whole") / "out.mkv"
    result = colorize_video(film.path, output, CONFIG, parts=parts)
    assert result.shots == 3
    return output.read_bytes()


def test_any_order_gives_the_same_film(
    film: MadeFilm, parts: Parts, whole: bytes, tmp_path: Path
) -> None:
    """Every unit is colored by itself, the last first; those of a split shot wait for each other.

    Each unit goes through pickle, as if it came from another process.
    """
    with open_film(film.path, CONFIG.film) as opened:
        info, analysis = opened.info, opened.analyze()
    output = tmp_path / "out.mkv"
    plan = plan_output(info, output, CONFIG.encode, made_by=signature(CONFIG))
    spans = plan_units(analysis, CONFIG.unit_frames)
    assert sum(s.continues for s in spans) >= 3
    with open_film(film.path, CONFIG.film) as opened:
        agreement = film_agreement(opened, analysis, CONFIG, NetworkFacts.of(parts))
    known = CurrentGuidance(ToldInPython(Guidance()), analysis, agreement)
    for name, order in (("forwards", spans), ("backwards", spans[::-1])):
        folder = tmp_path / name
        folder.mkdir()
        done: dict[int, Segment] = {}
        waiting = list(order)
        while waiting:
            span = next(s for s in waiting if not s.continues or s.number - 1 in done)
            waiting.remove(span)
            before = (folder / f"{span.number - 1:05d}.state") if span.continues else None
            unit = Unit(
                span=span,
                source=film.path,
                config=CONFIG,
                analysis=analysis.part(span.start, span.end),
                plan=plan,
                weights=parts.weights,
                folder=folder,
                state=before.read_bytes() if before else None,
                guidance=known.of(span),
            )
            done[span.number] = color_unit(pickle.loads(pickle.dumps(unit)), parts)
        assemble(info, replace(plan, output=folder / "out.mkv"), [done[n] for n in sorted(done)])
        assert (folder / "out.mkv").read_bytes() == whole


def test_two_processes_make_the_same_film(film: MadeFilm, whole: bytes, tmp_path: Path) -> None:
    counts: list[int] = []
    result = colorize_video(
        film.path,
        tmp_path / "out.mkv",
        CONFIG,
        jobs=2,
        progress=lambda done, total: counts.append(done),
    )
    assert (tmp_path / "out.mkv").read_bytes() == whole
    assert counts[-1] == result.frames == 40
    assert counts == sorted(counts)


def test_a_run_of_two_processes_is_resumed_by_one(
    film: MadeFilm, parts: Parts, whole: bytes, tmp_path: Path
) -> None:
    def stop() -> bool:
        return len(list(work_folder(tmp_path / "out.mkv").glob("*.nut"))) >= 2

    with pytest.raises(StoppedError):
        colorize_video(film.path, tmp_path / "out.mkv", CONFIG, jobs=2, should_stop=stop)
    result = colorize_video(film.path, tmp_path / "out.mkv", CONFIG, parts=parts)
    assert 0 < result.resumed_at < 40
    assert (tmp_path / "out.mkv").read_bytes() == whole


def test_other_weights_are_refused(film: MadeFilm, parts: Parts, tmp_path: Path) -> None:
    with open_film(film.path) as opened:
        info, analysis = opened.info, opened.analyze()
    plan = plan_output(info, tmp_path / "out.mkv", CONFIG.encode)
    span = plan_units(analysis, 8)[0]
    unit = Unit(span, film.path, CONFIG, analysis, plan, {"base": "0"}, tmp_path)
    with pytest.raises(ConfigError, match="weights"):
        color_unit(unit, parts)


def test_a_moved_cut_counts(film: MadeFilm, parts: Parts, whole: bytes, tmp_path: Path) -> None:
    """An edited analysis decides where shots begin, and unfinished work is tied to it."""
    with open_film(film.path) as opened:
        analysis = opened.analyze()
    file = tmp_path / "film.json"
    write_analysis(analysis, file)
    output = tmp_path / "out.mkv"
    colorize_video(film.path, output, CONFIG, parts=parts, analysis=file)
    assert output.read_bytes() == whole
    values = json.loads(file.read_bytes())
    values["shots"][0]["end"] = values["shots"][1]["start"] = 12
    file.write_text(json.dumps(values))
    moved = tmp_path / "moved.mkv"
    result = colorize_video(film.path, moved, CONFIG, parts=parts, analysis=file)
    assert result.shots == 3
    assert moved.read_bytes() != whole

    def stop(done: int, total: int | None) -> None:
        if done == 20:
            raise KeyboardInterrupt

    again = tmp_path / "again.mkv"
    with pytest.raises(KeyboardInterrupt):
        colorize_video(film.path, again, CONFIG, parts=parts, analysis=file, progress=stop)
    with pytest.raises(ResumeError, match="another analysis"):
        colorize_video(film.path, again, CONFIG, parts=parts, analysis=analysis)
    colorize_video(film.path, again, CONFIG, parts=parts, analysis=file)
    assert again.read_bytes() == moved.read_bytes()


def test_an_analysis_is_of_a_copy_of_its_film_too(film: MadeFilm, tmp_path: Path) -> None:
    with open_film(film.path) as opened:
        analysis = opened.analyze()
    copy = tmp_path / "copy.mkv"
    copy.write_bytes(film.path.read_bytes())
    os.utime(copy, (1, 1))
    with open_film(copy) as opened:
        assert given_analysis(opened, analysis) is analysis
    other = bytearray(film.path.read_bytes())
    other[0] ^= 1
    assert not is_mark_of(analysis.source, _written(tmp_path / "other.mkv", other))


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"source": {"size": 1}}, "another film"),
        ({"settings": {"start": "3"}}, "other settings"),
        ({"version": 99}, "version"),
        ({"frames": 41}, "ends at frame 40, the film at 41"),
        ({"shots": []}, "there is no shot"),
        ({"shots": "x"}, "shot 0 is not an object"),
        ({"area": [0, 0, 97, 64]}, r"shot 0: the area \[0, 0, 97, 64\] is not in 96x64"),
    ],
)
def test_an_analysis_that_does_not_fit_is_refused_before_the_work(
    film: MadeFilm, parts: Parts, tmp_path: Path, change: dict, words: str
) -> None:
    with open_film(film.path) as opened:
        analysis = opened.analyze()
    file = tmp_path / "film.json"
    values = json.loads(json.dumps(analysis.to_dict()))
    if "area" in change:
        values["shots"][0] |= change
    else:
        values |= change
    file.write_text(json.dumps(values))
    with pytest.raises(ConfigError, match=words):
        colorize_video(film.path, tmp_path / "out.mkv", CONFIG, parts=parts, analysis=file)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["film.json"]


def test_what_is_learned_of_a_film_survives_a_stop(
    film: MadeFilm, parts: Parts, tmp_path: Path
) -> None:
    looked: list[int] = []

    def stop(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    words = (film.path, tmp_path / "out.mkv", replace(CONFIG, unit_frames=40))
    with pytest.raises(KeyboardInterrupt):
        colorize_video(*words, parts=parts, progress=stop)
    colorize_video(*words, parts=parts, analysis_progress=lambda n, _: looked.append(n))
    assert looked == []


def test_a_part_of_a_shot_done_alone_looks_as_far_as_in_the_whole_film(
    film: MadeFilm, parts: Parts, whole: bytes, tmp_path: Path
) -> None:
    """The unit before the last of a long shot, the only one that is missing."""
    output = tmp_path / "out.mkv"
    colorize_video(film.path, output, CONFIG, parts=parts, keep_work=True)
    kept = work_folder(output)
    damaged = kept / "00002.nut"
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    output.unlink()
    colorize_video(film.path, output, CONFIG, parts=parts)
    assert output.read_bytes() == whole
