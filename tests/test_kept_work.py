"""Work that is kept: after an edit, only the units that it concerns are colored again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.films import FilmSpec, make_film
from tests.reading import read_pictures
from vidcolor import RunConfig, build, colorize_video
from vidcolor.components import Parts
from vidcolor.dry_run import dry_run
from vidcolor.errors import ConfigError, EntriesError
from vidcolor.guidance.guidance import GivenColors, Guidance
from vidcolor.run import RunResult
from vidcolor.video.segments.segments import work_folder

CONFIG = RunConfig(
    work_size=128, flow="dis", device="cpu", crf=0, preset="ultrafast",
    unit_frames=8,
)  # fmt: skip
POINT = {"x": 0.5, "y": 0.5, "radius": 0.2, "color": "#c01010"}


@pytest.fixture(scope="module")
def parts() -> Parts:
    return build(CONFIG)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Shots of 6, 12 and 6 frames: units 0:6, 6:14 and 14:18 (one shot), 18:24."""
    spec = FilmSpec(frames=24, cuts=(6, 18), width=160, height=128)
    return make_film(tmp_path / "film.mkv", spec).path


def say(film: Path, frames: Sequence[int], **more: object) -> None:
    points = [POINT | {"frame": frame} | more for frame in frames]
    film.with_name("film.colors.json").write_text(json.dumps({"version": 1, "points": points}))


def run(film: Path, parts: Parts, **options: object) -> RunResult:
    return colorize_video(film, film.with_name("out.mkv"), CONFIG, parts=parts, **options)


def segments(film: Path) -> dict[str, tuple[int, bytes]]:
    """When each segment was written, and its bytes."""
    folder = work_folder(film.with_name("out.mkv"))
    return {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in sorted(folder.glob("*.nut"))}


def planned(film: Path) -> list[bool]:
    return [u.is_kept for u in dry_run(film, film.with_name("out.mkv"), CONFIG).units]


def test_only_units_that_an_edit_concerns_are_done_again(film: Path, parts: Parts) -> None:
    say(film, [2])
    assert planned(film) == [False] * 4
    assert not work_folder(film.with_name("out.mkv")).exists()
    first = run(film, parts)
    assert first.kept_work == work_folder(film.with_name("out.mkv"))
    assert any("1 point" in note for note in first.notes)
    before = segments(film)
    assert len(before) == 4

    say(film, [2, 16])
    assert planned(film) == [True, False, False, True]
    assert segments(film) == before
    second = run(film, parts)
    assert second.resumed_at == 12
    after = segments(film)
    changed = [name for name in before if before[name][0] != after[name][0]]
    assert changed == ["00001.nut", "00002.nut"]

    # the same once more: nothing is to be done, and the film is the same
    film_before = film.with_name("out.mkv").stat()
    assert planned(film) == [True] * 4
    assert run(film, parts).resumed_at == 24
    assert film.with_name("out.mkv").stat().st_mtime_ns == film_before.st_mtime_ns

    say(film, [])
    assert planned(film) == [False, False, False, True]


def test_an_edited_film_is_that_of_one_run(film: Path, parts: Parts) -> None:
    say(film, [2])
    run(film, parts)
    say(film, [2, 16])
    run(film, parts)
    other = film.with_name("other.mkv")
    colorize_video(film, other, CONFIG, parts=parts, keep_work=False)
    assert not work_folder(other).exists()
    edited, whole = read_pictures(film.with_name("out.mkv")), read_pictures(other)
    for a, b in ((edited.u, whole.u), (edited.v, whole.v)):
        assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def test_what_is_kept_by_itself(film: Path, parts: Parts) -> None:
    assert run(film, parts).kept_work is None
    out = film.with_name("out.mkv")
    assert not work_folder(out).exists()
    with pytest.raises(ConfigError, match="exists"):
        run(film, parts)
    assert run(film, parts, overwrite=True, keep_work=True).kept_work is not None
    say(film, [20])
    assert planned(film) == [True, True, True, False]
    assert run(film, parts, keep_work=False).resumed_at == 18
    assert not work_folder(out).exists()


def test_a_film_that_was_changed_by_others_is_not_replaced(film: Path, parts: Parts) -> None:
    say(film, [2])
    run(film, parts)
    film.with_name("out.mkv").write_bytes(b"mine")
    say(film, [3])
    with pytest.raises(ConfigError, match="exists"):
        run(film, parts)
    assert film.with_name("out.mkv").read_bytes() == b"mine"


def test_an_edit_during_the_run_counts_from_the_next_unit(film: Path, parts: Parts) -> None:
    say(film, [2])

    def edit(done: int, total: int | None) -> None:
        if done == 3:
            say(film, [2, 4, 20])

    run(film, parts, progress=edit)
    # the first unit was begun before the edit, the last one after it
    assert planned(film) == [False, True, True, True]


def test_a_bad_edit_during_the_run_is_a_warning(film: Path, parts: Parts) -> None:
    say(film, [2])

    def edit(done: int, total: int | None) -> None:
        if done == 3:
            film.with_name("film.colors.json").write_text("{")

    result = run(film, parts, progress=edit)
    (warning,) = result.warnings
    assert warning.startswith("edited during the run and not used: ")
    assert "not JSON" in warning
    say(film, [2])
    assert planned(film) == [True] * 4


def test_bad_entries_end_the_run_before_anything_is_colored(film: Path, parts: Parts) -> None:
    folder = work_folder(film.with_name("out.mkv"))
    say(film, [2, 24])
    with pytest.raises(EntriesError, match=r"points 2: frame 24: the film's last one is 23"):
        run(film, parts, analysis_progress=_never)
    assert not folder.exists()
    # how many shots there are is known only after the analysis, which is not made again
    say(film, [2], scope=[3])
    with pytest.raises(EntriesError, match="points 1: shot 3: the film's last one is 2") as caught:
        run(film, parts)
    assert "analysis is kept" in str(caught.value.hint)
    assert sorted(p.name for p in folder.iterdir()) == ["analysis.json", "lock"]
    say(film, [2], scope=[2])
    assert run(film, parts, analysis_progress=_never).frames == 24


def _never(done: int, total: int | None) -> None:
    raise AssertionError("the film is analyzed")


def test_with_earlier_work_all_bad_entries_are_told_at_once(film: Path, parts: Parts) -> None:
    say(film, [2])
    run(film, parts)
    before = segments(film)
    bad = [{"frame": 24}, {"frame": 2, "scope": [3]}, {"frame": 2, "radius": 2}]
    points = {"version": 1, "points": [POINT | entry for entry in bad]}
    film.with_name("film.colors.json").write_text(json.dumps(points))
    for refused in (lambda: run(film, parts), lambda: planned(film)):
        with pytest.raises(EntriesError) as caught:
            refused()
        assert [line.partition(": ")[2] for line in caught.value.lines] == [
            "points 3: radius 2 is not between 0 and 0.5",
            "points 1: frame 24: the film's last one is 23",
            "points 2: shot 3: the film's last one is 2",
        ]
    assert segments(film) == before


def test_other_processes_give_the_same_units(film: Path, parts: Parts) -> None:
    say(film, [2, 16])
    run(film, parts)
    other = film.with_name("other.mkv")
    colorize_video(film, other, replace(CONFIG), jobs=2)
    folders = [work_folder(p) for p in (film.with_name("out.mkv"), other)]
    for name in ("00000.nut", "00001.nut", "00002.nut", "00003.nut"):
        first, second = ((folder / name).read_bytes() for folder in folders)
        assert first == second


def test_a_run_that_was_stopped_goes_on_to_the_same_film(film: Path, parts: Parts) -> None:
    say(film, [2, 8, 16])

    def stop(done: int, total: int | None) -> None:
        if done == 16:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(film, parts, progress=stop)
    assert planned(film) == [True, True, False, False]
    assert run(film, parts).resumed_at == 14
    other = film.with_name("other.mkv")
    colorize_video(film, other, CONFIG, parts=parts)
    broken, whole = (read_pictures(p) for p in (film.with_name("out.mkv"), other))
    for a, b in ((broken.u, whole.u), (broken.v, whole.v)):
        assert all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def test_values_in_the_place_of_files(film: Path, parts: Parts) -> None:
    ab, weight = np.full((2, 64, 80), 40, np.float32), np.ones((64, 80), np.float32)
    guidance = Guidance((GivenColors(20, ab, weight), GivenColors(99, ab, weight)))
    say(film, [2])
    run(film, parts, guidance=guidance)
    out = film.with_name("out.mkv")
    units = dry_run(film, out, CONFIG, guidance=guidance).units
    assert [u.is_kept for u in units] == [True] * 4
    units = dry_run(film, out, CONFIG, guidance=Guidance()).units
    assert [u.is_kept for u in units] == [True, True, True, False]
