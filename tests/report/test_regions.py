"""Changes of regions: what is wide counts, what is fine cancels out."""

from __future__ import annotations

import pytest
import torch

from vidcolor.report.regions import region_change, region_flicker

STILL = torch.zeros(1, 2, 32, 48)
SEEN = torch.ones(1, 1, 32, 48)


def test_a_change_of_everything_keeps_its_length() -> None:
    ab = torch.zeros(1, 2, 32, 48)
    changed = ab + torch.tensor([3.0, 4.0]).view(1, 2, 1, 1)
    found = region_change(changed, ab, STILL, SEEN)
    assert found.shape == (1, 1, 4, 6)
    assert torch.allclose(found, torch.tensor(5.0), atol=1e-4)


def test_flicker_is_the_second_difference() -> None:
    frames = [torch.full((1, 2, 32, 48), value) for value in (0.0, 3.0, 2.0)]
    found = region_flicker(frames, [STILL, STILL], [SEEN, SEEN])
    # Both channels leave their course by 3 - (0 + 2) / 2 = 2.
    assert torch.allclose(found, torch.tensor(8.0).sqrt(), atol=1e-4)
    course = [torch.full((1, 2, 32, 48), value) for value in (0.0, 1.0, 2.0)]
    assert float(region_flicker(course, [STILL, STILL], [SEEN, SEEN]).max()) < 1e-4


def test_noise_of_pixels_cancels_out() -> None:
    torch.manual_seed(0)
    noisy = torch.randn(1, 2, 32, 48) * 4
    found = region_change(noisy, torch.zeros_like(noisy), STILL, SEEN)
    # 64 pixels a region: the mean is an eighth as large.
    assert float(found.mean()) == pytest.approx(4 / 8 * 1.2533, rel=0.2)


def test_regions_that_are_mostly_hidden_do_not_count() -> None:
    seen = SEEN.clone()
    seen[..., :8, :5] = 0
    ab = torch.ones(1, 2, 32, 48)
    ab[..., :8, 5:8] = 50
    found = region_change(ab, torch.zeros_like(ab), STILL, seen)
    assert torch.isnan(found[0, 0, 0, 0])
    assert not torch.isnan(found).flatten()[1:].any()
