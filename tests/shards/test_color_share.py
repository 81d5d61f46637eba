"""Workers that share nothing but a folder make the same film as one process."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.films import FilmSpec, make_film
from tests.test_cli import vidcolor
from vidcolor import RunConfig, colorize_video
from vidcolor.commands.join import join as join_command
from vidcolor.components import Parts, build
from vidcolor.errors import (
    BusyError,
    ConfigError,
    EntriesError,
    ResumeError,
    StoppedError,
    UnfinishedError,
)
from vidcolor.machine_mark import machine_mark
from vidcolor.run import RunResult
from vidcolor.shards.color_share import ShareResult, color_share, join
from vidcolor.shards.share import Shard
from vidcolor.video.segments.segments import Segments, work_folder
from vidcolor.workers.here import Here

ROOT = Path(__file__).resolve().parents[2]
CONFIG = RunConfig(work_size=128, preset="ultrafast", unit_frames=6)
SPEC = FilmSpec(frames=30, cuts=(10, 20), b_frames=1, audio=("aac",), gop=6)


@pytest.fixture(scope="module")
def parts() -> Parts:
    return build(CONFIG)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(tmp_path_factory.mktemp("film") / "film.mkv", SPEC).path


@pytest.fixture(scope="module")
def whole(film: Path, parts: Parts) -> bytes:
    """The film as a single run makes it."""
    output = film.with_name("whole.mkv")
    colorize_video(film, output, CONFIG, parts=parts)
    return output.read_bytes()


def test_the_last_shard_puts_the_same_film_together(
    film: Path, parts: Parts, whole: bytes, tmp_path: Path
) -> None:
    output = tmp_path / "out.mkv"
    analyzed: list[int] = []
    results = [
        color_share(
            film,
            output,
            CONFIG,
            Shard(number, 3),
            Here(parts),
            analysis_progress=lambda done, total: analyzed.append(done),
        )
        for number in (2, 3, 1)
    ]
    first, second, last = results
    assert isinstance(first, ShareResult)
    assert isinstance(second, ShareResult)
    assert isinstance(last, RunResult)
    assert 0 < second.missing < first.missing
    assert len(analyzed) == 30  # one of them has analyzed the film
    assert last.frames == 30
    assert output.read_bytes() == whole
    assert list(tmp_path.iterdir()) == [output]
    # one that comes late finds that there is nothing left to do
    late = color_share(film, output, CONFIG, Shard(2, 3), Here(parts))
    assert isinstance(late, ShareResult)
    assert (late.missing, late.colored) == (0, 0)
    assert output.read_bytes() == whole


def test_two_workers_with_the_same_share_do_no_harm(
    film: Path, whole: bytes, tmp_path: Path
) -> None:
    """Both color the same units at the same time, and one of them puts the film together."""
    (tmp_path / "out").mkdir()
    output, meeting = tmp_path / "out" / "out.mkv", [tmp_path / "a", tmp_path / "b"]
    words = [sys.executable, "-m", "tests.shards.twin", str(film), str(output)]
    twins = [
        subprocess.Popen(
            [*words, str(mine), str(other), json.dumps(CONFIG.to_dict())],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for mine, other in (meeting, meeting[::-1])
    ]
    said = [twin.communicate(timeout=200)[0].strip() for twin in twins]
    assert [twin.returncode for twin in twins] == [0, 0]
    assert sorted(said) == ["film", "share"]
    assert output.read_bytes() == whole
    assert list(output.parent.iterdir()) == [output]


def test_a_single_run_goes_on_where_shards_have_stopped(
    film: Path, parts: Parts, whole: bytes, tmp_path: Path
) -> None:
    output = tmp_path / "out.mkv"
    share = color_share(film, output, CONFIG, Shard(2, 2), Here(parts))
    assert isinstance(share, ShareResult)
    result = colorize_video(film, output, CONFIG, parts=parts)
    assert result.resumed_at == share.frames
    assert output.read_bytes() == whole


def test_a_shard_that_was_stopped_is_run_again_and_join_says_what_is_missing(
    film: Path, parts: Parts, whole: bytes, tmp_path: Path
) -> None:
    output = tmp_path / "out.mkv"
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 30  # 30 times in the analysis, then after the first unit

    with pytest.raises(StoppedError):
        color_share(film, output, CONFIG, Shard(1, 2), Here(parts), should_stop=stop)
    color_share(film, output, CONFIG, Shard(2, 2), Here(parts))
    with pytest.raises(UnfinishedError, match="of the film missing: frames") as caught:
        join(output)
    assert "run the shard" in str(caught.value.hint)
    again = color_share(film, output, CONFIG, Shard(1, 2), Here(parts))
    assert isinstance(again, RunResult)
    assert output.read_bytes() == whole


def test_what_is_damaged_is_found_and_done_again(
    film: Path, parts: Parts, whole: bytes, tmp_path: Path
) -> None:
    output = tmp_path / "out.mkv"
    color_share(film, output, CONFIG, Shard(1, 2), Here(parts))
    first = work_folder(output) / "00000.nut"
    first.write_bytes(first.read_bytes()[:-1] + b"x")
    with pytest.raises(UnfinishedError, match="1 unit of the film missing: frames 0:"):
        color_share(film, output, CONFIG, Shard(2, 2), Here(parts))
    result = color_share(film, output, CONFIG, Shard(1, 2), Here(parts))
    assert isinstance(result, RunResult)
    assert output.read_bytes() == whole


def test_single_runs_and_shards_keep_out_of_each_others_way(
    film: Path, parts: Parts, tmp_path: Path
) -> None:
    output = tmp_path / "out.mkv"
    color_share(film, output, CONFIG, Shard(1, 2), Here(parts))
    other = replace(CONFIG, strength=0.5)
    with pytest.raises(ResumeError, match="other settings: strength"):
        color_share(film, output, other, Shard(2, 2), Here(parts))
    manifest = json.loads((work_folder(output) / "manifest.json").read_text())
    with Segments.open(work_folder(output), manifest["fingerprint"]) as segments:
        assert segments.finished
        late = color_share(film, output, CONFIG, Shard(2, 2), Here(parts))
        assert isinstance(late, ShareResult)
        assert late.note == "another worker puts the film together"
        (work_folder(output) / "job.json").unlink()
        with pytest.raises(BusyError, match="another run"):
            color_share(film, output, CONFIG, Shard(2, 2), Here(parts))
    with pytest.raises(ConfigError, match="no shards have been at work"):
        join(tmp_path / "other.mkv")


def test_a_film_of_unlike_machines_says_so(film: Path, parts: Parts, tmp_path: Path) -> None:
    output = tmp_path / "out.mkv"
    color_share(film, output, CONFIG, Shard(1, 2), Here(parts))
    path = work_folder(output) / "00000.json"
    record = json.loads(path.read_text())
    assert record["made_on"] == machine_mark("cpu")
    path.write_text(json.dumps(record | {"made_on": "riscv64 DEFAULT, torch 1.0"}))
    result = color_share(film, output, CONFIG, Shard(2, 2), Here(parts))
    assert isinstance(result, RunResult)
    (warning,) = result.warnings
    assert "unlike machines" in warning
    assert "riscv64" in warning
    assert machine_mark("cpu") in warning


def test_a_shard_that_is_refused_leaves_the_analysis_or_nothing(
    film: Path, parts: Parts, tmp_path: Path
) -> None:
    output, colors = tmp_path / "out.mkv", tmp_path / "a.colors.json"
    folder = work_folder(output)

    analyzed: list[int] = []

    def begin(config: RunConfig = CONFIG, **options: Any) -> None:
        color_share(
            film,
            output,
            config,
            Shard(1, 2),
            Here(parts),
            analysis_progress=lambda done, total: analyzed.append(done),
            **options,
        )

    with pytest.raises(StoppedError):
        begin(should_stop=lambda: True)
    assert not folder.exists()
    point = {"frame": 1, "x": 0.5, "y": 0.5, "color": "#a02020", "scope": [3]}
    colors.write_text(json.dumps({"version": 1, "points": [point]}))
    with pytest.raises(EntriesError, match="shot 3: the film's last one is 2"):
        begin(colors=[colors])
    assert [p.name for p in sorted(folder.iterdir()) if "lock" not in p.name] == ["analysis.json"]
    analyzed.clear()
    # nothing was begun with the first settings
    begin(replace(CONFIG, strength=0.5))
    assert not analyzed


def test_join_says_what_locks_reached(
    film: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    point = {"frame": 3, "x": 0.5, "y": 0.5, "radius": 0.2, "color": "#b04040", "lock": True}
    colors = tmp_path / "red.json"
    colors.write_text(json.dumps({"version": 1, "points": [point]}))
    output = tmp_path / "out.mkv"
    config = replace(CONFIG, end="8", refiner="none")
    color_share(film, output, config, Shard(1, 1), Here(), colors=[colors], keep_work=True)
    for as_json in (False, True):
        output.unlink()
        join_command(output, as_json=as_json)
    printed = capsys.readouterr()
    assert "lock red.json: points 1 (frame 3): CIEDE2000 " in printed.err
    assert "note: finished units kept in " in printed.err
    (lock,) = json.loads(printed.out)["locks"]
    assert (lock["name"], lock["frame"]) == ("red.json: points 1", 3)


def test_shards_on_the_command_line(film: Path, whole: bytes, tmp_path: Path) -> None:
    output = tmp_path / "out.mkv"
    options = ("--work-size", 128, "--unit-frames", 6)
    done = vidcolor("run", film, "-o", output, *options, "--shard", "1/2")
    assert done.returncode == 0, done.stderr
    assert "shard 1/2:" in done.stderr
    assert "other shards color them" in done.stderr
    early = vidcolor("join", output)
    assert early.returncode == 6
    assert "of the film missing" in early.stderr
    done = vidcolor("run", film, "-o", output, *options, "--shard", "2/2")
    assert done.returncode == 0, done.stderr
    assert f"wrote {output}" in done.stderr
    assert list(tmp_path.iterdir()) == [output]


def test_the_folder_one_is_in_is_no_work_of_shards() -> None:
    with pytest.raises(ConfigError, match="no shards have been at work there"):
        join(Path())
