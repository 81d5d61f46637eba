"""Batches of small films with the bundled networks, which are loaded once."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.films import FilmSpec, make_film
from tests.reading import read_pictures
from tests.test_cli import vidcolor
from vidcolor import build, colorize_video
from vidcolor.batch.batch import BatchOptions, color_batch
from vidcolor.batch.board import Board
from vidcolor.batch.estimate import estimate
from vidcolor.batch.films import BatchFilm, find_films
from vidcolor.batch.index import write_index
from vidcolor.batch.journal import BEGUN, FOLDER, Journal, read_records
from vidcolor.batch.one_film import Outcome
from vidcolor.batch.reports import write_film_report
from vidcolor.config import RunConfig
from vidcolor.errors import StoppedError
from vidcolor.shards.share import Shard, divide
from vidcolor.video.segments.segments import work_folder
from vidcolor.workers.here import Here

CONFIG = RunConfig(work_size=128, preset="ultrafast", refiner="none")
TINY = FilmSpec(frames=3, width=32, height=32)


@pytest.fixture(scope="module")
def workers() -> Here:
    """Loads the networks once, as a batch does."""
    return Here()


def run(
    folder: Path,
    workers: Here,
    config: RunConfig = CONFIG,
    options: BatchOptions | None = None,
    stop_after: int | None = None,
) -> dict[str, Outcome]:
    """A batch of `folder / "in"`, stopped in its film number `stop_after`."""
    films = find_films([folder / "in"], folder / "out", config)
    board = Board({film.name: 1 for film in films})
    should_stop = lambda: stop_after is not None and len(board.finished) >= stop_after  # noqa: E731
    with Journal.open(folder / "out") as journal:
        color_batch(
            films, folder / "out", journal, workers, board, options or BatchOptions(), should_stop
        )
    return dict(board.finished)


def states(found: dict[str, Outcome]) -> dict[str, str]:
    return {n: "skipped" if o.was_done else o.record.state for n, o in found.items()}


def test_films_that_fail_are_named_and_do_not_stop_the_rest(tmp_path: Path, workers: Here) -> None:
    first = make_film(folder(tmp_path / "in") / "a.mp4", FilmSpec(frames=6)).path
    folder(tmp_path / "in" / "broken").joinpath("b.mp4").write_bytes(b"no film")
    make_film(folder(tmp_path / "in" / "c") / "c.mkv", TINY)
    found = run(tmp_path, workers)
    assert states(found) == {"a.mp4": "done", "broken/b.mp4": "failed", "c/c.mkv": "done"}
    failed = found["broken/b.mp4"].record
    assert failed.exit_status == 3
    assert "not a film that can be read" in str(failed.error)
    files = sorted(p.relative_to(tmp_path / "out").as_posix() for p in films_in(tmp_path / "out"))
    assert files == ["a.mp4", "c/c.mkv"]
    assert not (tmp_path / "out" / "broken").exists()
    # the same film as a run of its own makes
    colorize_video(first, tmp_path / "alone.mp4", CONFIG)
    assert (tmp_path / "out" / "a.mp4").read_bytes() == (tmp_path / "alone.mp4").read_bytes()
    # again: only what failed is tried, and it is tried as it is now
    make_film(tmp_path / "in" / "broken" / "b.mp4", TINY)
    again = run(tmp_path, workers)
    assert states(again) == {"a.mp4": "skipped", "broken/b.mp4": "done", "c/c.mkv": "skipped"}


def folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def films_in(path: Path) -> list[Path]:
    return [p for p in path.rglob("*") if p.is_file() and FOLDER not in p.parts]


def test_what_has_changed_is_done_again(tmp_path: Path, workers: Here) -> None:
    for name in ("a.mp4", "b.mp4"):
        make_film(folder(tmp_path / "in") / name, TINY)
    run(tmp_path, workers)
    make_film(tmp_path / "in" / "b.mp4", replace(TINY, frames=5))
    assert states(run(tmp_path, workers)) == {"a.mp4": "skipped", "b.mp4": "done"}
    assert len(read_pictures(tmp_path / "out" / "b.mp4").y) == 5
    paler = replace(CONFIG, strength=0.2)
    assert set(states(run(tmp_path, workers, paler)).values()) == {"done"}
    said = '{"version": 1, "marks": []}'
    (tmp_path / "in" / "a.colors.json").write_text(said)
    changed = states(run(tmp_path, workers, paler))
    assert changed["b.mp4"] == "skipped"
    assert changed["a.mp4"] != "skipped"
    (tmp_path / "in" / "a.colors.json").unlink()
    assert states(run(tmp_path, workers, paler)) == {"a.mp4": "done", "b.mp4": "skipped"}
    (tmp_path / "out" / "a.mp4").unlink()
    assert states(run(tmp_path, workers, paler)) == {"a.mp4": "done", "b.mp4": "skipped"}


def test_films_that_no_batch_has_made_are_kept(tmp_path: Path, workers: Here) -> None:
    for name in ("a.mp4", "b.mp4"):
        make_film(folder(tmp_path / "in") / name, TINY)
    (folder(tmp_path / "out") / "a.mp4").write_bytes(b"mine")
    found = run(tmp_path, workers)
    assert states(found) == {"a.mp4": "failed", "b.mp4": "done"}
    assert found["a.mp4"].record.hint == "--overwrite replaces it"
    # one of its own that was replaced by hand is not its own any more
    (tmp_path / "out" / "b.mp4").write_bytes(b"mine too")
    assert states(run(tmp_path, workers)) == {"a.mp4": "failed", "b.mp4": "failed"}
    assert (tmp_path / "out" / "b.mp4").read_bytes() == b"mine too"
    found = run(tmp_path, workers, options=BatchOptions(overwrite=True))
    assert states(found) == {"a.mp4": "done", "b.mp4": "done"}


def test_a_batch_that_is_stopped_resumes_in_the_middle_of_a_film(
    tmp_path: Path, workers: Here
) -> None:
    make_film(folder(tmp_path / "in") / "a.mp4", TINY)
    make_film(tmp_path / "in" / "b.mp4", replace(TINY, frames=8))
    config = replace(CONFIG, unit_frames=4)
    with pytest.raises(StoppedError):
        run(tmp_path, workers, config, stop_after=1)
    records = read_records(tmp_path / "out" / FOLDER)
    assert records["b.mp4"].state == BEGUN
    found = run(tmp_path, workers, config)
    assert states(found) == {"a.mp4": "skipped", "b.mp4": "done"}
    assert found["b.mp4"].frames in (4, 8)
    assert sorted(p.name for p in films_in(tmp_path / "out")) == ["a.mp4", "b.mp4"]


def test_a_film_whose_record_was_not_written_is_known(tmp_path: Path, workers: Here) -> None:
    make_film(folder(tmp_path / "in") / "a.mp4", TINY)
    run(tmp_path, workers)
    state = tmp_path / "out" / FOLDER / "state.jsonl"
    lines = [line for line in state.read_bytes().split(b"\n") if line]
    state.write_bytes(b"\n".join(lines[:-1]))  # killed before the last line
    assert read_records(state.parent)["a.mp4"].state == BEGUN
    before = (tmp_path / "out" / "a.mp4").stat().st_mtime_ns
    found = run(tmp_path, workers)
    assert states(found) == {"a.mp4": "skipped"}
    assert found["a.mp4"].record.frames == 3
    assert (tmp_path / "out" / "a.mp4").stat().st_mtime_ns == before


def test_the_index_links_what_is_there(tmp_path: Path, workers: Here) -> None:
    make_film(folder(tmp_path / "in" / "a #1%") / "ä <b>.mp4", FilmSpec(frames=6))
    lock = {"frame": 2, "x": 0.5, "y": 0.5, "radius": 0.2, "color": "#b04040", "lock": True}
    colors = tmp_path / "in" / "a #1%" / "ä <b>.colors.json"
    colors.write_text(json.dumps({"version": 1, "points": [lock]}))
    (tmp_path / "in" / "broken.mp4").write_bytes(b"no film")
    run(tmp_path, workers, options=BatchOptions(report=partial(write_film_report)))
    own = tmp_path / "out" / FOLDER
    page = write_index([*read_records(own).values()], own).read_text()
    assert "1 of 2 films colored" in page
    assert "ä &lt;b&gt;.mp4" in page
    assert "not a film that can be read" in page
    from urllib.parse import unquote

    links = [part.split('"')[0] for part in page.split('href="')[1:]]
    images = [part.split('"')[0] for part in page.split('src="')[1:]]
    assert len(links) == 2
    assert len(images) == 1
    for link in links + images:
        assert (own / unquote(link)).exists(), link
    # what the lock reached stands in the index and in the report
    (report,) = (tmp_path / "out").rglob("*.report.html")
    for text in (page, report.read_text()):
        assert "lock ä &lt;b&gt;.colors.json: points 1 (frame 2): CIEDE2000 " in text


def test_the_command_line(tmp_path: Path) -> None:
    make_film(folder(tmp_path / "in") / "a.mp4", TINY)
    make_film(tmp_path / "in" / "b.mp4", TINY)
    (tmp_path / "films.json").write_text(
        json.dumps([{"input": "in/a.mp4", "refiner": "trajectory"}, "in/b.mp4", "in/gone.mp4"])
    )
    words = ("batch", tmp_path / "films.json", "-o", tmp_path / "out", "--work-size", 128)
    guess = vidcolor(*words, "--dry-run", "--json")
    assert guess.returncode == 9, guess.stderr
    values = json.loads(guess.stdout)
    assert (values["frames"], values["failed"]) == (6, 1)
    assert "no such file" in values["films"][2]["error"]
    assert not (tmp_path / "out").exists()
    done = vidcolor(*words, "--refiner", "none")
    assert done.returncode == 9
    assert "2 films colored (6 frames), 0 done before, 1 failed" in done.stderr
    assert f"failed: {tmp_path / 'in' / 'gone.mp4'}: no such file" in done.stderr
    record = read_records(tmp_path / "out" / FOLDER)["a.mp4"]
    assert record.settings["refiner"] == "trajectory"
    bad = vidcolor("batch", tmp_path / "in", "-o", tmp_path / "new", "--model", "nobody")
    assert bad.returncode == 5
    assert not (tmp_path / "new").exists()


def test_a_dry_run_says_where_nothing_can_be_written(tmp_path: Path) -> None:
    make_film(folder(tmp_path / "in") / "a.mp4", TINY)
    below_a_file = tmp_path / "in" / "a.mp4" / "out"
    for more in ((), ("--dry-run",)):
        refused = vidcolor("batch", tmp_path / "in", "-o", below_a_file, *more)
        assert refused.returncode == 3
        assert f"{below_a_file}: no permission to write there" in refused.stderr


def test_shards_of_a_batch_make_the_same_films(tmp_path: Path, workers: Here) -> None:
    """The longest film is divided by its units, the others as a whole; any order will do."""
    make_film(folder(tmp_path / "in") / "long.mp4", FilmSpec(frames=30, cuts=(10, 20)))
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        make_film(tmp_path / "in" / name, TINY)
    (tmp_path / "in" / "broken.mp4").write_bytes(b"no film")
    config = replace(CONFIG, unit_frames=10)
    run(tmp_path, workers, config)
    expected = {p.name: p.read_bytes() for p in films_in(tmp_path / "out")}
    (tmp_path / "out").rename(tmp_path / "single")

    films = find_films([tmp_path / "in"], tmp_path / "out", config)
    sizes = {film.name: film.source.stat().st_size for film in films}
    large, owner = divide(sizes, 3)
    assert large == {"long.mp4"}
    assert set(owner.values()) > {2, 3}
    for number in (2, 3, 1, 2):
        shard = Shard(number, 3)
        mine = [film for film in films if owner.get(film.name, number) == number]
        options = BatchOptions(shard_of=lambda f, s=shard: s if f.name in large else Shard())
        board = Board({film.name: 1 for film in mine})
        with Journal.open(tmp_path / "out", shared=True) as journal:
            color_batch(mine, tmp_path / "out", journal, workers, board, options)
        shared = {name for name, o in board.finished.items() if o.is_shared}
        assert shared == (large if number != 1 and "long.mp4" not in finished(tmp_path) else set())
    assert {p.name: p.read_bytes() for p in films_in(tmp_path / "out")} == expected
    with Journal.open(tmp_path / "out") as journal:
        states = {record.name: record.state for record in journal.records()}
    assert states.pop("broken.mp4") == "failed"
    assert states == dict.fromkeys(expected, "done")


def finished(folder: Path) -> set[str]:
    return {p.name for p in films_in(folder / "out")}


def test_units_are_kept_if_asked(tmp_path: Path, workers: Here) -> None:
    make_film(folder(tmp_path / "in") / "a.mkv", TINY)
    run(tmp_path, workers, options=BatchOptions(keep_work=True))
    kept = work_folder(tmp_path / "out" / "a.mkv")
    assert list(kept.glob("*.nut"))
    # the same again is done already, and other settings of the film take up nothing
    assert states(run(tmp_path, workers)) == {"a.mkv": "skipped"}
    assert kept.exists()


def test_an_estimate_names_what_cannot_be_met(tmp_path: Path) -> None:
    make_film(folder(tmp_path / "in") / "film.mkv", replace(TINY, pix_fmt="yuv420p10le"))
    film = tmp_path / "in" / "film.mkv"
    (tmp_path / "bad.json").write_text('{"version": 1, "points": [{"frame": 0}]}')

    def error_of(config: RunConfig = CONFIG, **own: Path) -> str:
        films = [BatchFilm(film, "film.mkv", config, **own)]
        [found] = estimate(films, lambda film: build(film.config))
        return str(found.error)

    assert "mjpeg does not fit" in error_of(replace(CONFIG, codec="mjpeg"))
    assert "points 1" in error_of(colors=tmp_path / "bad.json")
    assert "no such file" in error_of(colors=tmp_path / "gone.json")
    assert "gone.json" in error_of(analysis=tmp_path / "gone.json")
    assert "'nobody'" in error_of(replace(CONFIG, model="nobody"))
