"""Measures against values worked out by hand."""

from __future__ import annotations

import pytest
import torch

from vidcolor import metrics


def test_psnr_by_hand() -> None:
    truth = torch.zeros(1, 3, 4, 4)
    assert metrics.psnr(truth + 0.1, truth).item() == pytest.approx(20, abs=1e-4)
    assert metrics.psnr(truth + 1, truth).item() == pytest.approx(0, abs=1e-6)


def test_ab_rmse_by_hand() -> None:
    truth = torch.zeros(2, 2, 4, 4)
    wrong = truth.clone()
    wrong[1, 0] = 3
    wrong[1, 1] = 4
    assert metrics.ab_rmse(wrong, truth).tolist() == pytest.approx([0, 12.5**0.5])


def test_colourfulness_by_hand() -> None:
    # Half red, half green: rg = +-255, yb = 127.5 everywhere; std 255, mean distance 127.5.
    picture = torch.zeros(1, 3, 2, 2)
    picture[0, 0, 0] = 1
    picture[0, 1, 1] = 1
    assert metrics.colourfulness(picture).item() == pytest.approx(255 + 0.3 * 127.5)
    assert metrics.colourfulness(torch.full((1, 3, 4, 4), 0.3)).item() == pytest.approx(0)


def _ramp(offset: float) -> torch.Tensor:
    row = torch.arange(12, dtype=torch.float32) + offset
    return row.view(1, 1, 1, 12).expand(1, 2, 6, 12).contiguous()


def test_warp_error_is_zero_along_the_true_motion() -> None:
    flow = torch.zeros(1, 2, 6, 12)
    flow[:, 0] = -1
    seen = torch.ones(1, 1, 6, 12)
    seen[..., 0] = 0
    # The ramp moved one pixel to the right.
    error = metrics.chroma_warp_error(_ramp(-1), _ramp(0), flow, seen)
    assert error.item() == pytest.approx(0, abs=1e-6)
    # Without the motion every pixel is off by one in both channels.
    still = metrics.chroma_warp_error(_ramp(-1), _ramp(0), torch.zeros_like(flow), seen)
    assert still.item() == pytest.approx(2)


def test_only_visible_pixels_count() -> None:
    seen = torch.zeros(1, 1, 6, 12)
    flow = torch.zeros(1, 2, 6, 12)
    seen[..., :6] = 1
    now = _ramp(0).clone()
    now[..., 6:] += 100
    assert metrics.chroma_warp_error(now, _ramp(0), flow, seen).item() == 0
    nothing = metrics.chroma_warp_error(now, _ramp(0), flow, torch.zeros_like(seen))
    assert nothing.isnan().all()


def test_flicker_ignores_steady_change_and_sees_a_flash() -> None:
    flows = [torch.zeros(1, 2, 6, 12)] * 2
    seen = [torch.ones(1, 1, 6, 12)] * 2
    steady = [_ramp(k) for k in range(3)]
    assert metrics.chroma_flicker(steady, flows, seen).item() == pytest.approx(0, abs=1e-6)
    flash = [_ramp(0), _ramp(0) + 3, _ramp(0)]
    assert metrics.chroma_flicker(flash, flows, seen).item() == pytest.approx(3 * 2**0.5, abs=1e-5)
