"""What confidence stands for."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from train.colorizer import calibration
from vidcolor import load_colorizer
from vidcolor.colorizers.ab_bins import calibrated
from vidcolor.weights import files as weights

from ...colorizers.contract import picture
from .test_loop import photos  # noqa: F401


def test_shares_are_found_again() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.2, 0.9, 200_000)
    right = rng.random(len(confidence)) < confidence**2
    table = calibration.shares(confidence, right)
    assert table == sorted(table)
    found = calibrated(torch.tensor([0.3, 0.5, 0.8]), torch.tensor(table))
    assert found.tolist() == pytest.approx([0.09, 0.25, 0.64], abs=0.02)
    # Nobody was ever so sure or so unsure: as the nearest that were.
    assert table[0] == pytest.approx(0.04, abs=0.02)
    assert table[-1] == pytest.approx(0.81, abs=0.04)


def test_shares_never_fall() -> None:
    confidence = np.repeat([0.25, 0.5, 0.75], 1000)
    right = np.concatenate([np.arange(1000) % 10 < n for n in (8, 2, 9)])
    table = torch.tensor(calibration.shares(confidence, right))
    found = calibrated(torch.tensor([0.25, 0.5, 0.75]), table)
    assert found.tolist() == pytest.approx([0.5, 0.5, 0.9], abs=0.01)


def test_weights_say_what_their_confidence_stands_for(photos: Path, tmp_path: Path) -> None:  # noqa: F811
    file = tmp_path / "mine.safetensors"
    shutil.copy(weights.require_file("base.safetensors"), file)
    before = load_colorizer("base", weights=file).colorize(picture(96, 96))
    command = [str(file), "--photos", str(photos), "--cache", str(tmp_path / "cache")]
    calibration.main([*command, "--count", "16"])
    table = weights.read(file)[1]["confidence"]
    after = load_colorizer("base", weights=file).colorize(picture(96, 96))
    assert torch.equal(before.ab, after.ab)
    assert after.confidence.min() >= table[0]
    assert after.confidence.max() <= table[-1]
