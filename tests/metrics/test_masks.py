"""Masks against the published constants."""

from __future__ import annotations

import pytest
import torch

from vidcolor import metrics


def _step(height: float, base: float = 0.0) -> torch.Tensor:
    flow = torch.zeros(1, 2, 20, 32)
    flow[:, 0] = base
    flow[:, 0, :, 16:] += height
    return flow


def test_motion_boundary_constants() -> None:
    # sqrt(0.002) = 0.0447: the least step that counts where nothing moves.
    assert metrics.motion_boundary(_step(0.0440)).sum() == 0
    found = metrics.motion_boundary(_step(0.0450))
    assert found[0, 0, :, 15].all()
    assert found.sum() == 20
    # Where all moves by 10 px, 1 px and a little more does.
    assert metrics.motion_boundary(_step(0.99, base=10)).sum() == 0
    assert metrics.motion_boundary(_step(1.01, base=10)).sum() == 20


def test_both_components_and_directions_count() -> None:
    assert metrics.motion_boundary(_step(1).flip(1)).sum() == 20
    turned = _step(1).transpose(2, 3)
    assert metrics.motion_boundary(turned)[0, 0, 15].all()


def test_trusted_drops_occlusions_borders_and_boundaries() -> None:
    back = torch.zeros(1, 2, 20, 32)
    back[:, 0] = -2
    seen = metrics.trusted(back, -back)
    assert not seen[..., :2].any()
    assert seen[..., 2:].all()
    # |b + f|^2 = 0.49 < 0.01 * (4 + 1.69) + 0.5, but 0.64 is not.
    off = torch.zeros_like(back)
    off[:, 0] = 1
    assert metrics.trusted(back, -back - 0.7 * off)[..., 5].all()
    assert not metrics.trusted(back, -back - 0.8 * off)[..., 5].any()
    edge = _step(1)
    assert not metrics.trusted(edge, -edge)[..., 15].any()


def test_edges_of_a_followed_object() -> None:
    # 1 px against its surroundings while the camera sweeps by 20: an edge, but no boundary.
    flow = _step(1, base=20)
    assert metrics.motion_boundary(flow).sum() == 0
    assert metrics.moving_edges(flow).sum() == 20


def test_band_is_six_pixels_to_both_sides() -> None:
    band = metrics.edge_band(_step(2))
    assert band[0, 0, 10, 9:22].all()
    assert not band[0, 0, 10, :9].any()
    assert not band[0, 0, 10, 22:].any()
    assert metrics.edge_band(torch.zeros(1, 2, 20, 32)).sum() == 0


def test_masked_mean_by_hand() -> None:
    values = torch.tensor([1.0, 2.0, 3.0, 4.0]).view(1, 1, 2, 2)
    mask = torch.tensor([1.0, 0.0, 0.0, 1.0]).view(1, 1, 2, 2)
    assert metrics.masked_mean(values, mask).item() == pytest.approx(2.5)
    assert metrics.masked_mean(values, 0 * mask).isnan()
