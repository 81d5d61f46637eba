"""What can happen to a run: full disks, outputs that are inputs, failures midway, damaged films."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.films import FilmSpec, cut_off, make_film
from tests.reading import read_pictures
from vidcolor import RunConfig, colorize_video, registry
from vidcolor import run as run_module
from vidcolor.errors import ConfigError, MediaError
from vidcolor.video.verify import rehearsal

resource = pytest.importorskip("resource")

ROOT = Path(__file__).resolve().parents[1]
CONFIG = RunConfig(
    model="flat", refiner="none", work_size=128, crf=0, preset="ultrafast", unit_frames=5
)


@pytest.fixture(autouse=True)
def flat() -> Iterator[None]:
    with registry.registered(registry.Entry("colorizer", "flat", "tests.fuzzing:load", "")):
        yield


@pytest.fixture
def film(tmp_path: Path) -> Path:
    spec = FilmSpec(frames=20, width=320, height=240, audio=("aac",))
    return make_film(tmp_path / "film.mkv", spec).path


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Files may not grow beyond `size` bytes, as on a disk that is full there."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_disk_that_is_full_at_once_leaves_nothing(tmp_path: Path, film: Path) -> None:
    before = film.read_bytes()
    with room_for(3000), pytest.raises(MediaError, match="no space left") as caught:
        colorize_video(film, tmp_path / "out.mkv", CONFIG)
    assert "same command again" in str(caught.value.hint)
    assert names(tmp_path) == {"film.mkv"}
    assert film.read_bytes() == before


def test_a_disk_that_fills_up_at_the_end_costs_no_work(tmp_path: Path, film: Path) -> None:
    colorize_video(film, tmp_path / "whole.mp4", CONFIG)
    size = (tmp_path / "whole.mp4").stat().st_size
    (tmp_path / "out.mp4").write_bytes(b"earlier film")
    with room_for(size // 2), pytest.raises(MediaError, match="no space left"):
        colorize_video(film, tmp_path / "out.mp4", CONFIG, overwrite=True)
    assert (tmp_path / "out.mp4").read_bytes() == b"earlier film"
    assert "film.mp4.part" not in names(tmp_path / "out.mp4.vidcolor")
    result = colorize_video(film, tmp_path / "out.mp4", CONFIG, overwrite=True)
    assert result.resumed_at == 20
    assert (tmp_path / "out.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()
    assert names(tmp_path) == {"film.mkv", "whole.mp4", "out.mp4"}


@pytest.mark.parametrize("how", ["path", "spelling", "symlink", "hardlink", "symlinked folder"])
def test_the_input_is_never_the_output(tmp_path: Path, film: Path, how: str) -> None:
    before = film.read_bytes()
    output = tmp_path / "other.mkv"
    if how == "path":
        output = film
    elif how == "spelling":
        output = tmp_path / ".." / tmp_path.name / "film.mkv"
    elif how == "symlink":
        output.symlink_to(film)
    elif how == "hardlink":
        output.hardlink_to(film)
    else:
        (tmp_path / "folder").symlink_to(tmp_path)
        output = tmp_path / "folder" / "film.mkv"
    there = names(tmp_path)
    for overwrite in (False, True):
        with pytest.raises(ConfigError, match="the output is the input"):
            colorize_video(film, output, CONFIG, overwrite=overwrite)
    assert film.read_bytes() == before
    assert names(tmp_path) == there


def test_an_output_that_appears_in_the_meantime_is_kept(tmp_path: Path, film: Path) -> None:
    def somebody(done: int, total: int | None) -> None:
        (tmp_path / "out.mkv").write_bytes(b"mine")

    with pytest.raises(ConfigError, match="exists already"):
        colorize_video(film, tmp_path / "out.mkv", CONFIG, progress=somebody)
    assert (tmp_path / "out.mkv").read_bytes() == b"mine"
    assert colorize_video(film, tmp_path / "out.mkv", CONFIG, overwrite=True).resumed_at == 20


def test_a_failure_midway_leaves_no_film(
    tmp_path: Path, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(run_module.Segments, "publish", fail)
    with pytest.raises(MediaError, match=r"out\.mkv: cannot be written \(input/output error\)"):
        colorize_video(film, tmp_path / "out.mkv", CONFIG)
    assert names(tmp_path) == {"film.mkv", "out.mkv.vidcolor"}
    assert not any("part" in name for name in names(tmp_path / "out.mkv.vidcolor"))
    monkeypatch.undo()


def _truncate(film: Path) -> None:
    os.truncate(film, film.stat().st_size // 2)


def _replace(film: Path) -> None:
    other = make_film(film.with_name("other.mkv"), FilmSpec(frames=9, width=320, height=240))
    other.path.replace(film)


def _grow(film: Path) -> None:
    with film.open("ab") as file:
        file.write(bytes(5000))


@pytest.mark.parametrize("change", [_truncate, _replace, _grow, Path.unlink])
@pytest.mark.parametrize("when", ["analyzed", "colored"])
def test_a_film_that_changes_on_the_way_is_not_mixed_with_another(
    tmp_path: Path, film: Path, change: Callable[[Path], None], when: str
) -> None:
    def at_once(done: int, total: int | None) -> None:
        if done == 1:
            change(film)

    says = f"has changed while it was {when}|not there any more|no such file"
    with pytest.raises(MediaError, match=says):
        colorize_video(
            film,
            tmp_path / "out.mkv",
            CONFIG,
            progress=at_once if when == "colored" else None,
            analysis_progress=at_once if when == "analyzed" else None,
        )
    assert not (tmp_path / "out.mkv").exists()


def test_a_film_that_is_gone_in_the_middle_of_its_rehearsal(
    tmp_path: Path, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_open = threading.Event()

    def verify(*args: Any, **kwargs: Any) -> None:
        assert is_open.wait(60)
        film.unlink()
        rehearsal_verify(*args, **kwargs)

    rehearsal_verify = rehearsal.verify
    monkeypatch.setattr(rehearsal, "verify", verify)
    with pytest.raises(MediaError, match="has changed while it was analyzed"):
        colorize_video(
            film, tmp_path / "out.mkv", CONFIG, analysis_progress=lambda done, total: is_open.set()
        )
    assert not (tmp_path / "out.mkv").exists()


def test_another_date_is_no_change(tmp_path: Path, film: Path) -> None:
    result = colorize_video(
        film, tmp_path / "out.mkv", CONFIG, progress=lambda done, total: os.utime(film, (1, done))
    )
    assert result.frames == 20


def test_a_source_that_ends_early_is_told_at_the_end_and_in_json(tmp_path: Path) -> None:
    spec = FilmSpec(frames=75, gop=12, width=320, height=240)
    film = cut_off(tmp_path / "cut.mkv", make_film(tmp_path / "whole.mkv", spec).path, 0.5)
    data = bytearray(film.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 600] = bytes(range(200)) * 3
    film.write_bytes(data)
    words = ["run", film, "-o", tmp_path / "out.mkv", "--work-size", 128, "--refiner", "none"]
    done = subprocess.run(
        [sys.executable, "-m", "vidcolor", *map(str, words), "--json"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["frames"] == len(read_pictures(tmp_path / "out.mkv").y)
    assert report["frames"] >= 20
    assert any("file may have ended early" in warning for warning in report["warnings"])
    assert any("damaged frame" in warning for warning in report["warnings"])
    assert report["damaged"] == sorted(report["damaged"])
    assert 0 < report["damaged"][0] < 2


def test_an_empty_folder_may_become_the_output(tmp_path: Path, film: Path) -> None:
    (tmp_path / "pictures").mkdir()
    assert colorize_video(film, tmp_path / "pictures" / "%04d.png", CONFIG).frames == 20
    assert len(names(tmp_path / "pictures")) == 20
    assert names(tmp_path) == {"film.mkv", "pictures"}
