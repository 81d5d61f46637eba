"""Photographs made old, hints and curves of the photographs benchmark."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.photos import curve
from benchmarks.photos import hints as hint_rows
from benchmarks.photos.aged import aged
from benchmarks.photos.data import Picture
from vidcolor.types import Coloring, Hints


def _pictures(count: int = 6) -> list[Picture]:
    rng = np.random.default_rng(0)
    found = []
    for n in range(count):
        rough = torch.from_numpy(rng.uniform(-1, 1, (1, 3, 6, 8)).astype(np.float32))
        planes = torch.nn.functional.interpolate(rough, (96, 128), mode="bilinear")
        found.append(Picture(str(n), 50 + 30 * planes[:, :1], 25 * planes[:, 1:]))
    return found


def test_aged_pictures_keep_their_truth_and_repeat() -> None:
    pictures = _pictures()
    first, second = aged(pictures), aged(pictures)
    for picture, old, again in zip(pictures, first, second, strict=True):
        assert old.L is picture.L
        assert old.ab is picture.ab
        assert torch.equal(old.seen, again.seen)
        assert old.seen.shape == picture.L.shape
        assert 0 <= old.seen.min() <= old.seen.max() <= 100
        assert (old.seen - picture.L).abs().mean() > 1
        assert picture.seen is picture.L


class _Copies:
    """Gives back its hints, and gray where it has none."""

    name, size = "copies", 96

    def colorize(self, L: torch.Tensor, hints: Hints | None = None) -> Coloring:
        nothing = torch.zeros(1, 2, *L.shape[-2:])
        ab = nothing if hints is None else hints.ab
        return Coloring(ab, nothing[:, :1])


def test_points_bring_a_picture_nearer() -> None:
    rows = hint_rows.measure(_Copies(), _pictures(2))
    assert [r["points"] for r in rows] == [0, 10, 100]
    assert rows[0]["share"] == 1
    assert 1 > rows[1]["share"] > rows[2]["share"] > 0.9


def test_the_curve_passes_the_truth(tmp_path: Path) -> None:
    pictures = _pictures(3)
    points = curve.curve([p.ab for p in pictures], pictures)
    (whole,) = (p for p in points if p["factor"] == 1)
    assert whole["ciede2000@gray"] == pytest.approx(0, abs=1e-4)
    assert whole["colorfulness@truth"] == pytest.approx(1, abs=1e-4)
    assert points[0]["ciede2000@gray"] > 0.2
    curve.plot(tmp_path / "curve.svg", {"made": {"truth": points}})
    assert "colorfulness" in (tmp_path / "curve.svg").read_text()
    assert "| made | truth |" in curve.shown({"made": {"truth": points}})
