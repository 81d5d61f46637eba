"""Measures with other people's networks."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torchvision

from benchmarks import learned


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    found = learned.left_out()
    assert learned.ALEXNET in found["LPIPS"]
    assert "2048" in found["FID"]


def test_lpips_scales_its_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    functional = pytest.importorskip("torchmetrics.functional.image.lpips")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    # The architecture with random weights: what matters here is what it is given.
    torch.save(torchvision.models.alexnet().state_dict(), folder / learned.ALEXNET)
    assert learned.why_no_lpips() is None
    assert "LPIPS" not in learned.left_out()
    measure = learned.Lpips()
    a, b = torch.rand(2, 3, 64, 80), torch.rand(2, 3, 64, 80)
    found = measure(a, b)
    assert found.shape == (2,)
    assert measure(a, a).tolist() == [0, 0]
    expected = functional.learned_perceptual_image_patch_similarity(
        a * 2 - 1, b * 2 - 1, net_type="alex", reduction="mean"
    )
    assert found.mean().item() == pytest.approx(expected.item(), rel=1e-4)
