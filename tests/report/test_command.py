"""`vidcolor report` and `vidcolor run --report` as people call them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.films import FilmSpec, make_film
from tests.report.colored import colored_film, steady
from tests.test_cli import vidcolor
from vidcolor.errors import ConfigError
from vidcolor.files import NAME_BYTES
from vidcolor.report.output import report_path

QUICK = ("--work-size", 128, "--flow", "dis")


def _report(*words: object) -> subprocess.CompletedProcess:
    return vidcolor("report", *words, *QUICK)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    return colored_film(path, steady(5), size=(128, 128))


def test_a_page_beside_the_film_and_nothing_overwritten(film: Path) -> None:
    done = _report(film)
    page = film.with_name("film.report.html")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "Colors hold still" in done.stderr
    assert f"wrote {page}" in done.stderr
    page.write_text("mine")
    again = _report(film)
    assert again.returncode == 2
    assert "--overwrite" in again.stderr
    assert page.read_text() == "mine"
    assert [p.name for p in film.parent.iterdir()].count("film.report.html") == 1
    page.unlink()


def test_numbers_on_standard_output_or_in_a_file(film: Path, tmp_path: Path) -> None:
    before = sorted(film.parent.iterdir())
    done = _report(film, "--json", "-o", tmp_path / "numbers.json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    told = json.loads(done.stdout)
    assert told == json.loads((tmp_path / "numbers.json").read_text())
    assert told["frames"] == 5
    assert sorted(film.parent.iterdir()) == before
    assert [p.name for p in tmp_path.iterdir()] == ["numbers.json"]


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("-o", "x.pdf"), 2, ".html"),
        (("-o", "nowhere/x.html"), 3, "no such folder"),
        (("--every", 0), 2, "--every"),
        (("--source", "missing.mp4"), 3, "missing.mp4"),
        (("--start", "soon"), 2, "position"),
    ],
)
def test_bad_options_get_one_line(film: Path, words: tuple, status: int, says: str) -> None:
    before = sorted(film.parent.iterdir())
    done = _report(film, *words)
    assert done.returncode == status, done.stderr
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2
    assert sorted(film.parent.iterdir()) == before


def test_run_with_report_of_a_part(tmp_path: Path) -> None:
    source = make_film(tmp_path / "film.mkv", FilmSpec(frames=12, width=128, height=128)).path
    words = ("--start", 4, "--end", 9, "--work-size", 128, "--report", "--json")
    done = vidcolor("run", source, *words)
    assert done.returncode == 0, done.stderr
    page = tmp_path / "film.color.report.html"
    assert json.loads(done.stdout)["report"] == str(page)
    text = page.read_text()
    assert "5 frames" in text
    # Compared with the same part of the source, else luma would differ by far.
    assert "Brightness is the source" in text
    (tmp_path / "film.color.mkv").unlink()
    again = vidcolor("run", source, *words)
    assert again.returncode == 2
    assert not (tmp_path / "film.color.mkv").exists()


def test_where_a_report_goes(tmp_path: Path) -> None:
    assert report_path(tmp_path / "a.mkv") == tmp_path / "a.report.html"
    long = report_path(tmp_path / ("ä" * 122 + ".mkv"))
    assert len(long.name.encode()) <= NAME_BYTES
    long.touch()
    with pytest.raises(ConfigError, match="is a folder"):
        report_path(Path())
