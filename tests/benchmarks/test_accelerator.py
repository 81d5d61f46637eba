"""The accelerator's script, as it goes on a CPU."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.speed import accelerator
from tests.films import FilmSpec, make_film
from vidcolor.components import build
from vidcolor.config import RunConfig
from vidcolor.workers.workers import NetworkFacts


def test_everything_that_it_measures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accelerator, "_CALLS", 1)
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=6, width=160, height=96))
    config = RunConfig(device="cpu", end="4")
    parts = build(config)
    found = accelerator.chain(made.path, tmp_path, replace(config, batch=3), parts)
    assert found["frames_per_second"]
    apart = accelerator.beside_cpu(made.path, config, parts, 1)
    assert apart == {"mean": 0, "worst_frame": 0, "frames": 4}
    assert accelerator.colorizer_times(parts, [1, 2], compiled=False)["as it is"].keys() == {1, 2}  # type: ignore[union-attr]
    assert set(accelerator.flow_times("cpu", [1])) == {"raft", "dis", "raft+dis"}


def test_many_frames_at_once_on_an_accelerator_where_nothing_else_is_asked() -> None:
    there, here = (NetworkFacts(device, "dis", (), {}) for device in ("cuda", "cpu"))
    assert there.batch(RunConfig()) > 1 == here.batch(RunConfig())
    assert there.batch(RunConfig(batch=3)) == here.batch(RunConfig(batch=3)) == 3
