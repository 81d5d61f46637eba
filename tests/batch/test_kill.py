"""A long batch that is killed again and again: every good film is there once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.films import FilmSpec, make_film
from tests.reading import read_pictures
from vidcolor.batch.journal import FOLDER

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {"work_size": 128, "preset": "ultrafast", "refiner": "none", "unit_frames": 2}
FILMS = int(os.environ.get("VIDCOLOR_FILMS", "60"))
"""Half a second each, so few by default."""
BROKEN, KILLS = 10, 3


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_many_films_ten_of_them_broken_killed_three_times(tmp_path: Path) -> None:
    source = tmp_path / "in"
    (source / "reels").mkdir(parents=True)
    good = make_film(source / "000.mp4", FilmSpec(frames=3, width=32, height=32)).path
    broken = {f"{number:03d}.mp4" for number in range(5, FILMS, FILMS // BROKEN)}
    for number in range(1, FILMS):
        name = f"{number:03d}.mp4"
        if name in broken:
            (source / name).write_bytes(good.read_bytes()[: 100 + number])
        else:
            shutil.copy(good, source / ("reels" if number % 2 else ".") / name)
    words = [source, tmp_path / "out", 1, KILLS, json.dumps(SETTINGS)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.batch.killing", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    # every kill fell in the middle, and every batch went on from there
    assert len(report["after"]) == KILLS
    assert report["after"] == sorted(set(report["after"]))
    assert 0 < report["after"][0] < report["after"][-1] < FILMS - BROKEN
    failed = {name for name, state in report["states"].items() if state == "failed"}
    assert failed == broken
    assert list(report["states"].values()).count("done") == FILMS - BROKEN
    out = tmp_path / "out"
    expected = {p.relative_to(source) for p in source.rglob("*.mp4")} - set(map(Path, broken))
    left = {p.relative_to(out) for p in out.rglob("*") if p.is_file() and FOLDER not in p.parts}
    assert left == expected
    assert not list(out.rglob("*.vidcolor"))
    assert {p.name for p in (out / FOLDER).iterdir()} == {"state.jsonl", "lock", "thumbnails"}
    films = {p.read_bytes() for p in out.rglob("*.mp4")}
    assert len(films) == 1
    assert len(read_pictures(out / "000.mp4").y) == 3
