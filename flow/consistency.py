"""Reliability of a flow: occlusion by forward-backward check, and the luma residual."""

from __future__ import annotations

import torch
from torch import Tensor

from .warp import are_inside, backward_warp, check_size, sampled, targets


def visibility(backward: Tensor, forward: Tensor) -> Tensor:
    """1 where the forward flow leads back to where the backward flow started, 0 where occluded.

    With b the backward flow and f the forward flow where b points: visible if
    |b + f|^2 < 0.01 (|b|^2 + |f|^2) + 0.5. Sundaram, Brox and Keutzer 2010, "Dense point
    trajectories by GPU-accelerated large displacement optical flow", section 3. Also 0 where b
    leaves the image. The constant 0.5 is in px^2, so the check is stricter on larger images; at
    rest it tolerates 0.7 px.

    Args:
        backward, forward: float32 `(B, 2, h, w)`, px.

    Returns:
        float32 `(B, 1, h, w)`, 0 or 1; 0 where a flow is not finite.

    Raises:
        ValueError: the sizes differ, or a tensor is not a flow.
    """
    check_size(backward, forward)
    at = targets(backward)
    return _visibility(backward, sampled(forward, at), at)


def _visibility(backward: Tensor, there: Tensor, at: Tensor) -> Tensor:
    """`visibility`, of the forward flow where the backward one points, and its `targets`."""
    gap = (backward + there).square().sum(1, keepdim=True)
    length = backward.square().sum(1, keepdim=True) + there.square().sum(1, keepdim=True)
    returns = gap < 0.01 * length + 0.5
    return (returns & are_inside(at)).to(backward.dtype)


def luma_residual(cur: Tensor, prev: Tensor, flow: Tensor) -> Tensor:
    """`cur` minus the warped `prev`, signed: the part that the motion does not explain.

    Args:
        cur, prev: float32 `(B, 1, h, w)`, luma in [0, 1].
        flow: float32 `(B, 2, h, w)`, backward flow in px.

    Returns:
        float32 `(B, 1, h, w)` in [-1, 1].

    Raises:
        ValueError: the sizes differ.
    """
    return cur - backward_warp(prev, flow)


def soft_confidence(
    cur: Tensor, prev: Tensor, backward: Tensor, forward: Tensor, *, k: float = 50.0
) -> Tensor:
    """`visibility` x exp(-k residual^2): weight of the previous frame, in [0, 1].

    With k = 50 (Lai et al. 2018, "Learning blind video temporal consistency", section 3.2) a
    residual of 0.1 gives 0.61 and one of 0.2 gives 0.14. Occluded pixels stay at 0 even if their
    luma agrees; a frame that is darker as a whole than the one before has lower weights.

    Args:
        cur, prev: float32 `(B, 1, h, w)`, luma in [0, 1].
        backward, forward: float32 `(B, 2, h, w)`, px.
        k: sensitivity to luma differences; 0 = `visibility` unchanged.

    Returns:
        float32 `(B, 1, h, w)` in [0, 1].

    Raises:
        ValueError: the sizes differ.
    """
    check_size(backward, prev, forward)
    at = targets(backward)
    # one way through memory for both
    there = sampled(torch.cat((prev, forward), 1), at)
    residual = cur - there[:, :1]
    return _visibility(backward, there[:, 1:], at) * torch.exp(-k * residual.square())
