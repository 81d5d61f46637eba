"""How far a flow may be trusted: occlusions by forward-backward check, and a look at the luma."""

from __future__ import annotations

import torch
from torch import Tensor

from .warp import backward_warp, inside


def visibility(backward: Tensor, forward: Tensor) -> Tensor:
    """1 where the way back and forth ends where it began, 0 where `cur` shows something new.

    With b the backward flow and f the forward flow where b points: visible if
    |b + f|^2 < 0.01 (|b|^2 + |f|^2) + 0.5. Sundaram, Brox and Keutzer 2010, "Dense point
    trajectories by GPU-accelerated large displacement optical flow", section 3. Also 0 where b
    leaves the image. The constant 0.5 is in px^2, so the check is sharper on larger images,
    and on a still image it forgives 0.7 px.

    Args:
        backward, forward: float32 `(B, 2, h, w)`, px.

    Returns:
        float32 `(B, 1, h, w)`, each 0 or 1; 0 wherever a flow is not finite.

    Raises:
        ValueError: the sizes differ, or these are no flows.
    """
    there = backward_warp(forward, backward)
    gap = (backward + there).square().sum(1, keepdim=True)
    length = backward.square().sum(1, keepdim=True) + there.square().sum(1, keepdim=True)
    return (gap < 0.01 * length + 0.5).to(backward.dtype) * inside(backward)


def luma_residual(cur: Tensor, prev: Tensor, flow: Tensor) -> Tensor:
    """`cur` minus the warped `prev`, signed: what the motion does not explain.

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
    """`visibility` x exp(-k residual^2): how much of the past to believe, in [0, 1].

    With k = 50 (Lai et al. 2018, "Learning blind video temporal consistency", section 3.2) a
    residual of 0.1 leaves 0.61 and one of 0.2 leaves 0.14. What is not visible stays at 0 however
    alike its luma; a frame that as a whole is darker than the one before is believed less.

    Args:
        cur, prev: float32 `(B, 1, h, w)`, luma in [0, 1].
        backward, forward: float32 `(B, 2, h, w)`, px.
        k: how little the luma may differ; 0 leaves `visibility` alone.

    Returns:
        float32 `(B, 1, h, w)` in [0, 1].

    Raises:
        ValueError: the sizes differ.
    """
    residual = luma_residual(cur, prev, backward)
    return visibility(backward, forward) * torch.exp(-k * residual.square())
