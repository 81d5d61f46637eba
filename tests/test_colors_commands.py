"""The way of a user: stills, a brush, a run; each command as typed."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner, Result

from tests.films import FilmSpec, make_film
from vidcolor.cli import app, main


def vidcolor(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make_film(
        tmp_path / "film.mkv", FilmSpec(frames=16, cuts=(8,), width=160, height=128)
    ).path


SMALL = ("--work-size", 128, "--device", "cpu")


def test_stills_brush_run(tmp_path: Path, film: Path) -> None:
    made = vidcolor("stills", film, "--shots", 1, "--frames", 12, *SMALL)
    assert made.exit_code == 0, made.output
    folder = tmp_path / "film.stills"
    (still,) = folder.glob("*.png")
    assert "wrote 1 still" in made.output
    again = vidcolor("stills", film, "--frames", 12, "--json", *SMALL)
    values = json.loads(again.stdout)
    assert (values["written"], values["kept"]) == (0, 1)
    assert values["stills"][0]["still"] == still.name

    image = cv2.imread(str(still))
    image[30:70, 40:90] = (40, 40, 170)
    cv2.imwrite(str(still), image)
    out = tmp_path / "out.mkv"
    words = ("run", film, "-o", out, "--colors", folder, "--unit-frames", 8, *SMALL)
    planned = vidcolor(*words, "--dry-run")
    assert planned.exit_code == 0, planned.output
    assert "units 0 to 1, frames 0:16: to be colored" in planned.stdout
    assert not out.exists()
    done = vidcolor(*words)
    assert done.exit_code == 0, done.output
    assert "colors from film.stills: 1 repainted still" in done.output
    assert "finished units kept in" in done.output

    image[30:70, 40:90] = (170, 40, 40)
    cv2.imwrite(str(still), image)
    values = json.loads(vidcolor(*words, "--dry-run", "--json").stdout)
    assert [unit["is_kept"] for unit in values["units"]] == [True, False]
    assert values["frames"] == 8
    done = vidcolor(*words, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["resumed_at"] == 8


def test_bad_entries_are_a_line_each(
    tmp_path: Path, film: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    colors = tmp_path / "film.colors.json"
    colors.write_text(json.dumps({"version": 1, "points": [{"frame": 1}, {"x": 2}]}))
    for command in ("run", "preview"):
        monkeypatch.setattr("sys.argv", ["vidcolor", command, str(film)])
        with pytest.raises(SystemExit) as left:
            main()
        assert left.value.code == 2
        lines = capsys.readouterr().err.splitlines()
        assert [line.split(": ")[:3] for line in lines[:2]] == [
            ["error", str(colors), "points 1"],
            ["error", str(colors), "points 2"],
        ]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["film.colors.json", "film.mkv"]
