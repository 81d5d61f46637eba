"""Films with names that old systems wrote: not UTF-8, or as long as a name can be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.films import FilmSpec, make_film
from tests.test_cli import vidcolor

TINY = FilmSpec(frames=3, width=64, height=48)
QUICK = ("--work-size", 128)


def _film(folder: Path, name: str) -> Path:
    made = make_film(folder / "film.mkv", TINY).path
    try:
        return made.rename(folder / name)
    except OSError:
        pytest.skip("this file system has no such names")


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    film = _film(tmp_path, "Stra\udcdfe.mkv")  # Latin-1
    for words in (
        ("batch", film, "-o", tmp_path / "batch", "--report", *QUICK),
        ("stills", film, "-o", tmp_path / "stills", *QUICK),
        ("stills", film, "-o", tmp_path / "stills", *QUICK),
        ("preview", film, "--frames", "0:2", "-o", tmp_path, *QUICK),
    ):
        done = vidcolor(*words)
        assert done.returncode == 0, done.stderr
    index = (tmp_path / "batch" / "vidcolor-batch" / "index.html").read_bytes().decode()
    assert 'href="../Stra%DFe.mkv"' in index
    assert 'href="../Stra%DFe.report.html"' in index
    (tmp_path / "batch" / "Stra\udcdfe.report.html").read_bytes().decode()
    assert (tmp_path / "Stra\udcdfe.preview.png").stat().st_size > 0
    found = json.loads(vidcolor("probe", film, "--quick", "--json").stdout)
    assert found["file"] == str(film)


def test_numbered_images_with_names_that_are_not_utf8(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mkv", TINY).path
    folder = tmp_path / "scans"
    assert vidcolor("run", made, "-o", folder / "%d.png", *QUICK).returncode == 0
    for image in folder.iterdir():
        try:
            image.rename(image.with_name(f"\udce4{image.name}"))
        except OSError:
            pytest.skip("this file system has no such names")
    done = vidcolor("run", folder, "-o", tmp_path / "out.mkv", *QUICK)
    assert done.returncode == 0, done.stderr


def test_a_name_that_leaves_no_room_for_an_ending(tmp_path: Path) -> None:
    film = _film(tmp_path, "x" * 251 + ".mkv")
    done = vidcolor("run", film, *QUICK)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2, done.stderr
    assert "too long" in done.stderr
    assert "--output" in done.stderr
    done = vidcolor("run", film, "-o", tmp_path / "out.mkv", *QUICK)
    assert done.returncode == 0, done.stderr
    assert vidcolor("probe", film, "--quick").returncode == 0
