"""Masks: pixels that can be compared along the flow, and pixels at moving edges."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from flow.consistency import visibility


def motion_boundary(flow: Tensor) -> Tensor:
    """1 where the flow `(B, 2, h, w)` changes abruptly, else 0: `(B, 1, h, w)`.

    |grad u|^2 + |grad v|^2 > 0.01 |w|^2 + 0.002 with forward differences in px: Sundaram, Brox
    and Keutzer 2010, section 3, equation 4; the constants are those of every later use.
    """
    return (_slope(flow) > 0.01 * flow.square().sum(1, keepdim=True) + 0.002).to(flow.dtype)


def trusted(backward: Tensor, forward: Tensor) -> Tensor:
    """The standard mask of warping errors: 1 where a pixel can be compared along `backward`.

    Not occluded by the forward-backward check, inside the image, and not at a motion boundary
    (Lai et al., ECCV 2018, section 4.2, after Ruder et al. 2016). Its mean, the share of kept
    pixels, should be reported together with whatever it masks.

    Args:
        backward, forward: `(B, 2, h, w)` in px, both directions between the same two frames.

    Returns:
        `(B, 1, h, w)`, 0 or 1, in the current frame, from which `backward` starts.
    """
    return visibility(backward, forward) * (1 - motion_boundary(backward))


def moving_edges(flow: Tensor, slope: float = 0.2) -> Tensor:
    """1 where motion differs from that of neighboring pixels, else 0: `(B, 1, h, w)`.

    Unlike `motion_boundary` it uses one threshold at every speed, so that an object followed by
    the camera has edges too.

    Args:
        flow: `(B, 2, h, w)`, px.
        slope: minimum change of the flow, in px per pixel.
    """
    return (_slope(flow) > slope**2).to(flow.dtype)


def edge_band(flow: Tensor, radius: int = 6, slope: float = 0.2) -> Tensor:
    """1 within `radius` px of moving edges, else 0: `(B, 1, h, w)`; see `moving_edges`."""
    axis = torch.arange(-radius, radius + 1, device=flow.device)
    disc = (axis[:, None] ** 2 + axis**2 <= radius**2).to(flow.dtype)[None, None]
    return (F.conv2d(moving_edges(flow, slope), disc, padding=radius) > 0.5).to(flow.dtype)


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean of `(B, 1, h, w)` where the mask `(B, 1, h, w)` is 1, one per image; NaN if nowhere."""
    return (values * mask).sum((1, 2, 3)) / mask.sum((1, 2, 3))


def _slope(flow: Tensor) -> Tensor:
    """Sum of the squared gradients of both components, forward differences: `(B, 1, h, w)`."""
    right = F.pad(flow[..., 1:] - flow[..., :-1], (0, 1))
    down = F.pad(flow[..., 1:, :] - flow[..., :-1, :], (0, 0, 0, 1))
    return (right.square() + down.square()).sum(1, keepdim=True)
