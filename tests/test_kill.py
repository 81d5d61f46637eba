"""kill -9 at any moment: the same command goes on, and the film comes out the same to the bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.films import FilmSpec, make_film
from vidcolor import RunConfig, colorize_video
from vidcolor.errors import ConfigError, ResumeError
from vidcolor.video.segments.segments import work_folder

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = {"work_size": 128, "unit_frames": 5, "preset": "ultrafast"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_twenty_kills_end_in_the_same_film(tmp_path: Path) -> None:
    spec = FilmSpec(frames=24, cuts=(9,), b_frames=2, audio=("aac",), gop=6)
    made = make_film(tmp_path / "film.mkv", spec)
    colorize_video(made.path, tmp_path / "whole.mp4", RunConfig(**SETTINGS))
    words = [made.path, tmp_path / "out.mp4", 1, 20, json.dumps(SETTINGS)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.killing", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    # Kills fell everywhere: while the film was analyzed, with nothing finished, some of the
    # segments, the film half put together, and the film in its place but not yet checked.
    stages = report["stages"]
    assert len(stages) == 20
    assert any("analysis.json" not in stage for stage in stages)
    assert any("analysis.json" in stage and "manifest.json" not in stage for stage in stages)
    assert any({"00001.nut", "manifest.json"} < set(stage) for stage in stages)
    assert any("film.mp4.part" in stage for stage in stages)
    assert any("out.mp4" in stage for stage in stages)
    films = [tmp_path / "out.mp4", *(tmp_path / f"{i}.mp4" for i in range(report["finished"] + 1))]
    whole = (tmp_path / "whole.mp4").read_bytes()
    assert all(film.read_bytes() == whole for film in films)
    assert sorted(tmp_path.iterdir()) == sorted([made.path, tmp_path / "whole.mp4", *films])


def stopped(film: Path, output: Path, config: RunConfig, at: int) -> None:
    """A run that ends at frame `at`."""

    def stop(done: int, total: int | None) -> None:
        if done == at:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        colorize_video(film, output, config, progress=stop)


def test_other_weights_are_other_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from safetensors import safe_open
    from safetensors.torch import save_file

    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=8))
    config = RunConfig(work_size=128, unit_frames=4, refiner="recurrent")
    stopped(made.path, tmp_path / "out.mkv", config, at=6)
    bundled = ROOT / "vidcolor" / "assets" / "recurrent.safetensors"
    with safe_open(bundled, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        metadata = file.metadata()
    tensors["gates.bias"] = tensors["gates.bias"] + 1
    (tmp_path / "weights").mkdir()
    save_file(tensors, tmp_path / "weights" / "recurrent.safetensors", metadata)
    monkeypatch.setenv("VIDCOLOR_WEIGHTS", str(tmp_path / "weights"))
    with pytest.raises(ResumeError, match="other settings: weights") as caught:
        colorize_video(made.path, tmp_path / "out.mkv", config)
    assert "--restart" in str(caught.value.hint)
    monkeypatch.delenv("VIDCOLOR_WEIGHTS")
    assert colorize_video(made.path, tmp_path / "out.mkv", config).resumed_at == 4


def test_a_damaged_film_ends_in_the_same_film_and_tells_all_its_damage(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=36, gop=12, width=320, height=240))
    data = bytearray(made.path.read_bytes())
    middle = len(data) // 3
    data[middle : middle + 600] = bytes(range(200)) * 3
    made.path.write_bytes(data)
    config = RunConfig(work_size=128, unit_frames=6, crf=0, preset="ultrafast", refiner="none")
    whole = colorize_video(made.path, tmp_path / "whole.mp4", config)
    assert whole.damaged
    assert "damaged frame" in whole.warnings[0]
    stopped(made.path, tmp_path / "out.mp4", config, at=27)
    rest = colorize_video(made.path, tmp_path / "out.mp4", config)
    assert rest.resumed_at == 24
    assert (rest.warnings, rest.damaged) == (whole.warnings, whole.damaged)
    assert (tmp_path / "out.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()


def test_a_clock_that_jumps_back_survives_a_stop(tmp_path: Path) -> None:
    """The reader moves times after a jump: going on behind it, they are moved in the same way."""
    part = make_film(tmp_path / "part.flv", FilmSpec(frames=12, gop=4)).path.read_bytes()
    film = tmp_path / "film.flv"
    film.write_bytes(part + part[13:])  # without the second file's header
    config = RunConfig(work_size=128, unit_frames=4, preset="ultrafast", refiner="none")
    whole = colorize_video(film, tmp_path / "whole.mp4", config)
    assert whole.frames == 24
    assert any("timestamps jump back" in note for note in whole.notes)
    stopped(film, tmp_path / "out.mp4", config, at=18)
    rest = colorize_video(film, tmp_path / "out.mp4", config)
    assert (rest.frames, rest.resumed_at) == (24, 16)
    assert rest.notes == whole.notes
    assert (tmp_path / "out.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()


def test_a_finished_film_of_somebody_else_is_not_touched(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=8))
    config = RunConfig(work_size=128, unit_frames=4, refiner="none")
    stopped(made.path, tmp_path / "out.mkv", config, at=6)
    (tmp_path / "out.mkv").write_bytes(b"mine")
    with pytest.raises(ConfigError, match="exists already"):
        colorize_video(made.path, tmp_path / "out.mkv", config)
    assert (tmp_path / "out.mkv").read_bytes() == b"mine"
    result = colorize_video(made.path, tmp_path / "out.mkv", config, overwrite=True)
    assert result.resumed_at == 4
    assert not work_folder(tmp_path / "out.mkv").exists()
