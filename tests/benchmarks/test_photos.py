"""The photographs benchmark from a zip to its tables and grids."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from benchmarks.own_weights import _own
from benchmarks.photos import grid as picture_grid
from benchmarks.photos import photos
from benchmarks.photos import tables as photos_tables
from benchmarks.photos.data import Picture, to_picture

ASSETS = Path(__file__).parents[2] / "vidcolor" / "assets"


def _pictures() -> list[Picture]:
    rng = np.random.default_rng(1)
    found = []
    for i in range(4):
        codes = cv2.resize(rng.integers(30, 226, (4, 5, 3), np.uint8), (64, 48))
        found.append(to_picture(f"{i}.webp", codes))
    return found


def _numbers(row: photos.Row, pictures: list[Picture]) -> dict[str, dict[str, float]]:
    gray = photos.judge(photos.Gray(), pictures)
    true = [photos.judge(_Truth(), [p])["colorfulness"][0] for p in pictures]
    return photos.summary(photos.judge(row, pictures), gray, true)


class _Truth(photos.Half):
    name = "truth"

    def ab(self, picture: Picture) -> torch.Tensor:
        return picture.ab


def test_truth_gray_and_what_lies_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "_LEAST_PIXELS", 1)
    pictures = _pictures()
    truth = _numbers(_Truth(), pictures)
    assert truth["psnr"]["mean"] == 120
    assert truth["ciede2000"]["mean"] == 0
    assert truth["colorfulness@truth"]["mean"] == pytest.approx(1)
    gray = _numbers(photos.Gray(), pictures)
    assert gray["psnr_over_gray"]["mean"] == 0
    assert gray["ciede2000@gray"]["mean"] == 1
    assert gray["colorfulness@truth"]["mean"] == pytest.approx(0, abs=1e-3)
    half = _numbers(photos.Half(), pictures)
    assert half["ab_rmse"]["mean"] == pytest.approx(gray["ab_rmse"]["mean"] / 2, rel=1e-5)
    assert half["class_balanced@gray"]["mean"] == pytest.approx(0.5, abs=1e-4)


def test_mean_color_is_the_best_of_the_tints() -> None:
    pictures = _pictures()
    mean = photos.Mean(pictures)
    assert torch.stack([p.ab.mean((0, 2, 3)) for p in pictures]).mean(0).tolist() == pytest.approx(
        mean.ab(pictures[0])[0, :, 0, 0].tolist()
    )
    error = sum(float((mean.ab(p) - p.ab).square().mean()) for p in pictures)
    other = sum(float((mean.ab(p) + 3 - p.ab).square().mean()) for p in pictures)
    assert error < other


def test_from_a_zip_to_tables_and_grids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(photos, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(photos, "_LEAST_PIXELS", 1)
    (tmp_path / "photos").mkdir()
    rng = np.random.default_rng(1)
    with zipfile.ZipFile(tmp_path / "photos" / "val.zip", "w") as packed:
        for i in range(3):
            codes = cv2.resize(rng.integers(30, 226, (4, 5, 3), np.uint8), (80, 64))
            packed.writestr(f"{i}.webp", cv2.imencode(".webp", codes)[1].tobytes())
    own = f"base:small budget={ASSETS / 'base.safetensors'}"
    words = ["--data", str(tmp_path), "--out", str(tmp_path / "out"), "--weights", own]
    photos.main(words)
    results = json.loads((tmp_path / "out" / "photos.json").read_text())
    rows = results["sets"]["photographs"]
    assert list(rows)[:4] == ["gray", "mean color", "truth, half saturation", "base"]
    assert "lively" in rows
    assert rows["small budget"] == rows["base"]
    assert results["rows"]["base"]["parameters"] > 1e6
    assert {"DAVIS frames", "FID"} <= set(results["left_out"])
    page = (tmp_path / "out" / "photos.md").read_text()
    assert "small budget" in page
    seen = results["rows"]["base"]["trained"]["trained"]["pictures"]
    assert page.count(f"| {seen:,} |") == 6
    assert "FID" in page
    assert photos_tables.for_readme(results).count("\n") == 2 + len(rows)
    grid = cv2.imread(str(tmp_path / "runs" / "results" / "photos_grid.jpg"))
    # gray, base, lively, small budget, truth; captions and 24 lines.
    assert grid.shape == (18 + 24 * 120, 5 * 160, 3)
    assert picture_grid._cell(torch.zeros(1, 1, 8, 300), torch.zeros(1, 2, 8, 300)).shape[0] == 120


def test_without_data_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"val\.zip wanted"):
        photos.main(["--data", str(tmp_path)])


def test_own_weights_are_named(tmp_path: Path) -> None:
    file = tmp_path / "run7.safetensors"
    file.touch()
    assert _own(f"fusion={file}").label == "fusion (run7)"
    assert _own(f"fusion:at 64 px={file}").label == "at 64 px"
    with pytest.raises(Exception, match="must be there"):
        _own("fusion=nowhere.safetensors")
