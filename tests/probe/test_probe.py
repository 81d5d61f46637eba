"""What probe says of films whose every property is known."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from tests.films import FilmSpec, make_film
from tests.old_films import (
    LIVELY,
    TINTS,
    Planes,
    painted,
    planes_of,
    scene,
    telecined,
    woven,
    write_film,
)
from vidcolor.analysis.film_analysis import read_analysis
from vidcolor.cli import app
from vidcolor.config import RunConfig
from vidcolor.errors import ConfigError, MediaError
from vidcolor.probe import probe as probe_module
from vidcolor.probe import survey
from vidcolor.probe.probe import Probe, probe
from vidcolor.probe.text import probe_text


def look(path: Path, output: str = "out.mkv") -> tuple[Probe, str]:
    result = probe(path, path.parent / output, quick=True)
    text = probe_text(result)
    assert len(text.splitlines()) <= 32, "one screenful"
    assert max(map(len, text.splitlines()[1:])) <= 100
    json.dumps(result.to_dict(), default=str)
    return result, " ".join(text.split())


def in_gray(lumas: list[np.ndarray]) -> list[Planes]:
    return [planes_of(TINTS["gray"](x)) for x in lumas]


def test_the_file_and_its_tracks(tmp_path: Path) -> None:
    made = make_film(
        tmp_path / "film.mkv",
        FilmSpec(
            frames=30,
            cuts=(10, 20),
            audio=("aac", "ac3"),
            subtitles=("ass",),
            chapters=((0, 0.5, "one"),),
            attachments=(("font.ttf", "application/x-truetype-font", b"x"),),
            sample_aspect_ratio=Fraction(4, 3),
            rotation=90,
        ),
    )
    result, text = look(made.path, "out.mp4")
    facts = result.to_dict()
    kinds = [t["kind"] for t in facts["contents"]["tracks"]]
    assert kinds == ["audio", "audio", "subtitle", "attachment"]
    assert [t["language"] for t in facts["contents"]["tracks"]][:3] == ["eng", "fra", "eng"]
    assert facts["contents"]["chapters"] == 1
    assert facts["picture"]["frames"] == 30
    assert facts["picture"]["frames_counted"]
    assert facts["picture"]["rotation"] == 90
    assert facts["picture"]["constant_rate"] is True
    assert facts["looks"]["shots"] == 3
    assert facts["run"]["container"] == "mp4"
    assert facts["run"]["codec"] == "libx264"
    assert facts["run"]["seconds"] is None
    for words in ("ac3, fra", "chapters", "pixels 4:3", "24 fps", "use .mkv", "font.ttf"):
        assert words in text, words


def test_variable_rate_is_seen(tmp_path: Path) -> None:
    pts = [0, 40, 80, 200, 210, 250, 400, 440, 480, 900]
    made = make_film(tmp_path / "f.mkv", FilmSpec(frames=10, pts=pts, time_base=Fraction(1, 1000)))
    result, text = look(made.path)
    assert result.survey.constant_rate is False
    assert "variable rate" in text


def test_a_mixed_film(tmp_path: Path) -> None:
    pictures = [planes_of(TINTS["gray"](scene(0, i))) for i in range(12)]
    pictures += [planes_of(TINTS["sepia"](scene(1, i))) for i in range(12)]
    pictures += [planes_of(painted(scene(2, i), LIVELY)) for i in range(12)]
    pictures += [planes_of(TINTS["gray"](scene(3, i))) for i in range(12)]
    result, text = look(write_film(tmp_path / "film.mkv", pictures))
    assert result.survey.tint == "sepia or amber"
    assert result.survey.color == (pytest.approx((1.0, 1.5), abs=0.002),)
    assert result.shots == 4
    assert "already in color: 00:00:01.0-00:00:01.5" in text
    assert "counts as black-and-white" in text


@pytest.mark.parametrize("order", ["tff", "bff"])
@pytest.mark.parametrize("marked", [True, False])
def test_interlaced_film(tmp_path: Path, order: str, marked: bool) -> None:
    lumas = [woven(lambda t: scene(4, t), i, order) for i in range(30)]
    path = write_film(
        tmp_path / "f.mkv", in_gray(lumas), rate=25, interlaced=order if marked else None
    )
    result, text = look(path)
    assert result.survey.rhythm.order == order
    assert f"interlaced ({order} measured" in text
    assert ("not marked as such" in text) != marked
    assert "WRONGLY" not in text
    assert "--deinterlace" in text


def test_a_wrong_mark_is_named(tmp_path: Path) -> None:
    lumas = [woven(lambda t: scene(4, t), i, "bff") for i in range(30)]
    _, text = look(write_film(tmp_path / "f.mkv", in_gray(lumas), interlaced="tff"))
    assert "WRONGLY" in text


def test_pulldown_and_doubled_frames(tmp_path: Path) -> None:
    film = [scene(4, i) for i in range(48)]
    rate = Fraction(30000, 1001)
    _, text = look(write_film(tmp_path / "a.mkv", in_gray(telecined(film)), rate=rate))
    assert "3:2 pulldown (23.976 pictures a second)" in text
    silent = [p for i, p in enumerate(film[:30]) for _ in range(1 + i % 2)]
    _, text = look(write_film(tmp_path / "b.mkv", in_gray(silent), rate=24))
    assert "1 frame in 3 repeats the one before: 16 pictures a second shown at 24" in text


def test_black_borders(tmp_path: Path) -> None:
    lumas = [np.pad(scene(4, i)[12:-12], ((12, 12), (0, 0))) for i in range(10)]
    result, _ = look(write_film(tmp_path / "f.mkv", in_gray(lumas)))
    assert result.survey.borders == (12, 12, 0, 0)


def test_a_long_film_is_looked_at_in_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "_WHOLE_FRAMES", 100)
    shots = [scene(n, i) for n in range(20) for i in range(30)]
    pictures = [
        planes_of(painted(x, LIVELY) if 240 <= i < 360 else TINTS["gray"](x))
        for i, x in enumerate(shots)
    ]
    path = write_film(
        tmp_path / "film.mkv", pictures, options={"qp": "0", "preset": "ultrafast", "g": "10"}
    )
    result, text = look(path)
    seen = result.survey
    assert not seen.is_whole
    assert seen.frames < 3000
    assert len(seen.color) == 1
    (start, end) = seen.color[0]
    assert start == pytest.approx(10, abs=0.8)
    assert end == pytest.approx(15, abs=0.8)
    assert 10 <= (result.shots or 0) <= 32
    assert "estimate" in text
    assert "600 frames by the header" in text


def test_refusals_are_told_and_the_rest_all_the_same(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=6))
    for output, why, container in (
        ("out.flv", "cannot write .flv", "matroska"),
        ("film.mkv", "the output is the input", "matroska"),
        ("nowhere/out.mkv", "no such folder", "matroska"),
        ("nowhere/out.mp4", "no such folder", "mp4"),
        ("nowhere/out.mov", "no such folder", "mov"),
    ):
        result, text = look(made.path, output)
        assert why in (result.outlook.refused or "")
        assert "REFUSED" in text
        assert result.outlook.container == container
    (tmp_path / "there.mp4").write_bytes(b"x")
    result, _ = look(made.path, "there.mp4")
    assert "--overwrite" in (result.outlook.refused or "")
    assert result.outlook.container == "mp4"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["film.mkv", "there.mp4"]


def test_what_is_no_film_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no film")
    with pytest.raises(MediaError, match="not a film"):
        probe(tmp_path / "text.mp4", quick=True)


def test_the_time_is_measured_with_the_real_chain(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=20))
    result = probe(made.path, None, RunConfig(work_size=128))
    speed = result.outlook.speed
    assert speed is not None
    assert speed.frames == 20
    assert result.outlook.seconds == pytest.approx(20 * speed.seconds_per_frame)
    assert "frames a second, measured on 20 frames" in probe_text(result)
    assert [p.name for p in tmp_path.iterdir()] == ["film.mkv"]


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(8):
        codes = np.round(255 * painted(scene(1, number), LIVELY)).astype(np.uint8)
        cv2.imwrite(str(folder / f"{number:03d}.png"), codes[..., ::-1])
    result = probe(folder, None, RunConfig(fps="16"), quick=True)
    assert result.survey.frames == 8
    assert result.info.rate == 16
    assert result.survey.verdicts["colored"] == 1
    assert result.outlook.container == "pictures"
    assert result.outlook.refused is None
    assert "8 numbered pictures" in probe_text(result)


def test_a_short_film_is_analyzed_and_a_long_one_if_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=30, cuts=(10, 20)))
    short = probe(made.path, quick=True)
    assert short.analysis is not None
    assert short.to_dict()["analysis"] == short.analysis.to_dict()
    monkeypatch.setattr(survey, "_WHOLE_FRAMES", 10)
    assert probe(made.path, quick=True).analysis is None
    told: list[int] = []
    long = probe(
        made.path, quick=True, analyze=True, progress=lambda done, total: told.append(done)
    )
    assert long.analysis == short.analysis
    assert long.shots == 3
    assert told == list(range(1, 31))


def test_a_range_is_analyzed_alone(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=30, cuts=(10, 20)))
    result = probe(made.path, None, RunConfig(start="5", end="15"), quick=True)
    assert result.analysis is not None
    assert [(s.start, s.end) for s in result.analysis.shots] == [(5, 10), (10, 15)]
    assert result.outlook.frames == 10
    assert result.to_dict()["picture"]["frames"] == 30


def test_a_header_that_promises_few_frames_does_not_start_a_long_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=30))
    monkeypatch.setattr(probe_module, "most_frames", lambda info: 20)
    assert probe(made.path, quick=True).analysis is None
    assert probe(made.path, quick=True, analyze=True).analysis is not None


def test_the_command_writes_the_analysis_and_overwrites_nothing(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=30, cuts=(10,)))
    target = tmp_path / "film.json"
    words = ["probe", str(made.path), "--quick", "--analysis", str(target)]
    assert CliRunner().invoke(app, words).exit_code == 0
    found = read_analysis(target)
    assert [(s.start, s.end) for s in found.shots] == [(0, 10), (10, 30)]
    target.write_text("mine")
    with pytest.raises(ConfigError, match="exists already"):
        CliRunner().invoke(app, words, catch_exceptions=False)
    assert target.read_text() == "mine"
    options = ["--start", "5", "--keep-color", "--overwrite"]
    assert CliRunner().invoke(app, words + options).exit_code == 0
    again = read_analysis(target)
    assert (again.first_frame, again.settings["keep_color"]) == (5, True)
    with pytest.raises(ConfigError, match="no such folder"):
        CliRunner().invoke(app, [*words[:-1], "nowhere/a.json"], catch_exceptions=False)
    before = made.path.read_bytes()
    (tmp_path / "link.json").symlink_to(made.path)
    for name in (made.path, tmp_path / "link.json"):
        with pytest.raises(ConfigError, match="is the film itself"):
            CliRunner().invoke(app, [*words[:-1], str(name), "--overwrite"], catch_exceptions=False)
    assert made.path.read_bytes() == before
