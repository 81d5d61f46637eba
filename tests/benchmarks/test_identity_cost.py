"""The film that comparing key frames is timed on, and the page with its times."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks.identity import pages
from benchmarks.identity.cost import measure_cost
from benchmarks.identity.identity import _write
from benchmarks.identity.many_shots import HEIGHT, WIDTH


def clip(path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    ground = rng.integers(0, 256, (9, 16, 3)).repeat(16, 0).repeat(16, 1).astype(np.uint8)
    with av.open(str(path), "w") as film:
        track = film.add_stream("libx264", rate=Fraction(24))
        track.width, track.height, track.pix_fmt = 256, 144, "yuv420p"
        track.options = {"preset": "ultrafast"}
        for k in range(32):
            film.mux(
                track.encode(av.VideoFrame.from_ndarray(np.roll(ground, k, 1), format="rgb24"))
            )
        film.mux(track.encode(None))


def test_a_film_of_shots_of_several_clips_and_what_comparing_them_takes(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    for number in range(2):
        clip(tmp_path / "clips" / f"{number}.mp4", number)
    cost = measure_cost(tmp_path / "clips", tmp_path, 3, (1,))
    assert cost["shots"] == 3
    assert 3 * 24 <= cost["frames"] <= 3 * 30
    with av.open(str(tmp_path / "film.mp4")) as film:
        track = film.streams.video[0]
        assert (track.frames, track.width, track.height) == (cost["frames"], WIDTH, HEIGHT)
    found = cost["passes"]["1"]
    assert (found["cores"], found["key_frames"] >= 3) == (1, True)
    assert all(seconds > 0 for seconds in found["seconds"].values())
    # what was measured before stays
    (tmp_path / "identity.json").write_text(json.dumps({"machine": {}, "films": {}, "more": 1}))
    _write(tmp_path, {"cost": cost})
    kept = json.loads((tmp_path / "identity.json").read_text())
    assert kept == {"machine": {}, "films": {}, "more": 1, "cost": cost}
    assert "A film of 3 shots" in (tmp_path / "identity.md").read_text()
    assert "## Cost" not in pages.page({"films": {}})


def test_no_clips(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no clips"):
        measure_cost(tmp_path, tmp_path, 3)
