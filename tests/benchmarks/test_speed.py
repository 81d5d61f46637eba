"""The parts of `python -m benchmarks speed`, with a small film."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch

from benchmarks.speed import limits, memory, picture, runs, speed, tables, timeline
from benchmarks.speed.one_run import without_networks
from tests.films import FilmSpec, make_film
from vidcolor.config import RunConfig
from vidcolor.speed.stages import STAGES
from vidcolor.stages.choice import EVERY


def test_a_run_beside_the_transcode_and_its_timeline(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=30, width=160, height=96, cuts=(12,)))
    plain = runs.transcode(made.path, tmp_path / "plain.nut", RunConfig())
    record = tmp_path / "timeline.json"
    bare = runs.run(
        made.path, tmp_path / "bare.mkv", RunConfig(), networks=False, timeline=str(record)
    )
    for row in (plain, bare):
        assert row["frames_per_second"] == pytest.approx(30 / row["seconds"])
        assert row["cpu_seconds"] > 0
        assert row["peak_mb"] > 20
        assert row["command_seconds"] > row["seconds"]
    # its own, not that of this process, which has torch
    assert plain["peak_mb"] < memory.peak_mb()
    assert bare["first_frame_seconds"] > bare["seconds"] / 30
    found = json.loads(record.read_text())
    stages = {stage for _, stage, *_ in found["spans"]}
    # a run without networks has no flow, but goes through the others
    assert stages >= {"decode", "analyze", "lightness", "colorize", "refine", "chroma", "encode"}
    assert len({thread for thread, *_ in found["spans"]}) > 4
    assert all(since < until for *_, since, until in found["spans"])
    assert timeline.busy_cores(found) > 0
    drawn = ElementTree.fromstring(picture.svg(found, "a run", 2))
    texts = [t.text or "" for t in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert "encode" in texts
    assert "2 cores" in texts


def test_a_failed_run_says_why() -> None:
    with pytest.raises(SystemExit, match="no such film"):
        runs.child(["-c", "raise SystemExit('no such film')"])


def test_what_stages_must_do_at_least() -> None:
    needed = limits.needs("1080p", without_networks(), 192)
    assert tuple(needed) == STAGES
    assert needed["chroma"]["bytes"] > 1920 * 1080 * 1.5
    # 10 bits take two bytes
    large = limits.needs("2160p", without_networks(), 192)
    assert large["decode"]["bytes"] == 8 * needed["decode"]["bytes"]
    here = limits.Limits(bytes_moved=1e9, operations=1e9)
    found = limits.beside_limits(dict.fromkeys(STAGES, 10.0), needed, here)
    assert found["decode"]["least_ms"] == pytest.approx(3.1104)
    assert found["decode"]["times_least"] == pytest.approx(10 / 3.1104)


def test_operations_of_a_network_are_counted() -> None:
    parts = without_networks()
    layer = torch.nn.Conv2d(1, 8, 3, padding=1)

    class Counted:
        name, size = "counted", 192

        def colorize(self, L: torch.Tensor) -> None:
            layer(L)

    object.__setattr__(parts, "colorizer", Counted())
    found = limits.needs("480p", parts, 192)["colorize"]["operations"]
    # 336x192 is seen in one frame of so many; an addition and a multiplication for each weight
    assert found == pytest.approx(2 * 9 * 8 * 352 * 192 / EVERY)


def test_parts_that_are_not_measured_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "speed.json"
    new = {"machine": {"cores": 2, "load_before": 1.0}, "config": {"model": "base"}, "sizes": {}}
    assert speed.with_earlier(new, path) == new
    old = new | {"machine": {"cores": 2, "load_before": 0.1}, "sizes": {"480p": {}}}
    path.write_text(json.dumps(old | {"growth": {"rows": {}}, "busy_cores": 1.5}))
    found = speed.with_earlier(new | {"busy_cores": 1.9}, path)
    assert found["sizes"] == {}
    assert (found["busy_cores"], found["growth"]) == (1.9, {"rows": {}})
    assert found["earlier"] == ["growth"]
    assert "Measured before the rest: growth." in tables.page(
        {"sizes": {"480p": {}}, "earlier": ["growth"]}
    )
    other = new | {"machine": {"cores": 8, "load_before": 1.0}}
    assert speed.with_earlier(other, path) == other


def test_the_tables_of_results() -> None:
    row = {"frames_per_second": 20.0, "seconds": 10.0, "cpu_seconds": 18.0, "peak_mb": 700.0}
    plain = row | {"frames_per_second": 80.0, "seconds": 2.5}
    stages = dict.fromkeys(STAGES, 5.0)
    results = {
        "against": "the version before",
        "limits": {"bytes_moved": 1e10, "operations": 1e11},
        "start": {"size": "480p", "frames": 24, "first_frame_seconds": 2.5},
        "growth": {"size": "240p", "rows": {"100": row, "300": row}},
        "busy_cores": 1.9,
        "sizes": {
            "480p": {
                "stages_ms": stages,
                "runs": {"run": row, "transcode": plain, "ffv1": row},
                "against": {"times_as_fast": 1.87},
                "limits": {"decode": {"bytes": 1e6, "operations": 0, "least_ms": 0.1,
                                      "times_least": 50.0}},
            },
            "2160p": {"stages_ms": stages, "runs": {"run": row, "transcode": plain}},
        },
    }  # fmt: skip
    text = tables.page(results)
    assert "| time of the run / that of the transcode | 4.00 | 4.00 |" in text
    assert "| run with --codec ffv1, frames a second | 20.0 | - |" in text
    assert "| times as fast as the version before, median of pairs | 1.87 | - |" in text
    assert "at 480p: 2.5 s." in text
    assert "| decode, 480p | 1.00 | 0.00 | 0.10 | 5.00 | 50.0 |" in text
    assert "| 100 | 10.0 | 100.0 | 700 |" in text
    assert "1.90 cores" in text
    # parts that were left out have no rows
    few = tables.page({"sizes": {"480p": {"stages_ms": stages}}})
    assert "| decode | 5.0 |" in few
    assert "transcode" not in few
    assert "frames a second" in tables.page(
        {"sizes": {"480p": {"runs": {"run": row, "transcode": plain}}}}
    )
