"""What presets of x264 cost, with a small film."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import encoders
from tests.films import FilmSpec, make_film


def test_presets_beside_each_other(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=7, width=64, height=48))
    raw = encoders.enlarged(made.path, tmp_path / "raw.y4m", 96, 7)
    assert raw.stat().st_size == pytest.approx(7 * 1.5 * 128 * 96, rel=0.01)
    fine, coarse = (encoders.measured(raw, "medium", crf) for crf in (10, 30))
    assert fine["kilobytes"] > coarse["kilobytes"]
    assert fine["psnr"] > coarse["psnr"] + 3
    assert fine["ssim"] > coarse["ssim"]
    rows = [coarse | {"preset": preset} for preset, *_ in encoders.SETTINGS]
    rows[1] = coarse | {"kilobytes": 1.5 * coarse["kilobytes"]}
    text = encoders.table({"groups": {"as they are": {"film": rows}}})
    assert "| medium, 16 | x 1.00 | +0.0000 | +0.00 | x 1.00 |" in text
    assert "| x 1.50 |" in text
