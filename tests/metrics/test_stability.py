"""Temporal stability along the flow, against values worked out by hand."""

from __future__ import annotations

import pytest
import torch

from vidcolor import metrics


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


def test_rgb_warp_error_is_a_mean_over_channels() -> None:
    flow, seen = torch.zeros(1, 2, 6, 12), torch.ones(1, 1, 6, 12)
    before = torch.rand(1, 3, 6, 12)
    after = before.clone()
    after[:, 2] += 0.3
    error = metrics.rgb_warp_error(after, before, flow, seen)
    assert error.item() == pytest.approx(0.03, abs=1e-6)


def test_drift_is_a_distance_along_the_flow() -> None:
    flow, seen = torch.zeros(1, 2, 6, 12), torch.ones(1, 1, 6, 12)
    flow[:, 0] = -1
    seen[..., 0] = 0
    end = _ramp(-1)
    assert metrics.drift(end, _ramp(0), flow, seen).item() == pytest.approx(0, abs=1e-6)
    end[:, 0] += 3
    end[:, 1] += 4
    assert metrics.drift(end, _ramp(0), flow, seen).item() == pytest.approx(5, abs=1e-5)
