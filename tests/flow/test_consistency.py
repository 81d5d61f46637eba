from __future__ import annotations

import math

import pytest
import torch

from flow import backward_warp, luma_residual, soft_confidence, visibility

from .scenes import texture

SIZE = (40, 60)
SHIFT = 8


def _square_moving_right() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Exact backward and forward flow of a square that goes `SHIFT` px right, and what it bares."""
    backward, forward = torch.zeros(1, 2, *SIZE), torch.zeros(1, 2, *SIZE)
    rows, was = slice(10, 30), slice(12, 28)
    now = slice(was.start + SHIFT, was.stop + SHIFT)
    backward[:, 0, rows, now] = -SHIFT
    forward[:, 0, rows, was] = SHIFT
    bared = torch.zeros(1, 1, *SIZE, dtype=torch.bool)
    bared[..., rows, was.start : was.start + SHIFT] = True
    return backward, forward, bared


def test_what_a_square_bares_is_not_visible() -> None:
    backward, forward, bared = _square_moving_right()
    found = visibility(backward, forward)
    assert torch.equal(found, (~bared).float())


def test_the_constants_are_those_of_the_paper() -> None:
    still = torch.zeros(1, 2, 4, 4)
    for gap, wanted in ((0.70, 1), (0.72, 0)):
        drift = torch.tensor([gap, 0]).view(1, 2, 1, 1).expand_as(still)
        # |gap|^2 < 0.01 |gap|^2 + 0.5 holds up to 0.7106.
        assert visibility(still, drift)[0, 0, 1, 1] == wanted
    there = torch.tensor([20.0, 0]).view(1, 2, 1, 1).expand(1, 2, 4, 60)
    for gap, wanted in ((2.7, 1), (2.76, 0)):
        back = torch.tensor([-20.0 + gap, 0]).view(1, 2, 1, 1).expand(1, 2, 4, 60)
        assert visibility(there, back)[0, 0, 1, 5] == wanted


def test_nothing_outside_is_visible() -> None:
    flow = torch.tensor([30.0, 0]).view(1, 2, 1, 1).expand(1, 2, *SIZE)
    found = visibility(flow, -flow)
    assert found[..., :30].all()
    assert not found[..., 30:].any()


def test_residual_is_current_minus_warped() -> None:
    prev = texture(SIZE)
    flow = torch.tensor([3.0, -2]).view(1, 2, 1, 1).expand(1, 2, *SIZE)
    cur = backward_warp(prev, flow) + 0.1
    torch.testing.assert_close(luma_residual(cur, prev, flow), torch.full_like(cur, 0.1))


@pytest.mark.parametrize("difference", [0.0, 0.1, -0.2])
def test_confidence_falls_with_the_residual(difference: float) -> None:
    backward, forward, bared = _square_moving_right()
    prev = texture(SIZE) * 0.5 + 0.25
    cur = backward_warp(prev, backward) + difference
    found = soft_confidence(cur, prev, backward, forward)
    torch.testing.assert_close(
        found[~bared], torch.full_like(found[~bared], math.exp(-50 * difference**2))
    )
    assert not found[bared].any()


def test_without_the_luma_term_it_is_visibility() -> None:
    backward, forward, _ = _square_moving_right()
    found = soft_confidence(texture(SIZE, 1), texture(SIZE, 2), backward, forward, k=0)
    assert torch.equal(found, visibility(backward, forward))


def test_a_broken_flow_is_not_visible() -> None:
    still = torch.zeros(1, 2, *SIZE)
    broken = still.clone()
    broken[..., 3, 4] = torch.nan
    broken[..., 5, 6] = torch.inf
    found = visibility(broken, still)
    assert found.isfinite().all()
    assert found[..., 3, 4] == found[..., 5, 6] == 0
    assert found.sum() == found.numel() - 2


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (1, 7)])
def test_tiny_frames(size: tuple[int, int]) -> None:
    still, luma = torch.zeros(1, 2, *size), texture((8, 8))[..., : size[0], : size[1]]
    assert torch.equal(soft_confidence(luma, luma, still, still), torch.ones(1, 1, *size))


def test_sizes_must_fit() -> None:
    flow = torch.zeros(1, 2, *SIZE)
    with pytest.raises(ValueError, match="does not match"):
        visibility(flow, torch.zeros(1, 2, 4, 4))
    with pytest.raises(ValueError, match="does not match"):
        luma_residual(torch.zeros(1, 1, *SIZE), torch.zeros(1, 1, 4, 4), flow)
    with pytest.raises(ValueError, match="must be"):
        visibility(torch.zeros(1, 3, *SIZE), torch.zeros(1, 3, *SIZE))
