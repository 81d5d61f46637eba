"""Warping the previous frame to the current one, and resizing flows."""

from __future__ import annotations

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor


@lru_cache(maxsize=8)
def _grid(h: int, w: int, device: torch.device) -> Tensor:
    """Pixel coordinates `(1, 2, h, w)` in `grid_sample`'s units: -1, 1 = border centers."""
    x = torch.linspace(-1, 1, w, device=device) if w > 1 else torch.zeros(1, device=device)
    y = torch.linspace(-1, 1, h, device=device) if h > 1 else torch.zeros(1, device=device)
    ys, xs = torch.meshgrid(y, x, indexing="ij")
    return torch.stack([xs, ys])[None]


def targets(flow: Tensor) -> Tensor:
    """End points of a flow `(B, 2, h, w)`, same shape, in units of `sampled`: -1, 1 = borders."""
    if flow.dim() != 4 or flow.shape[1] != 2:
        raise ValueError(f"a flow must be (B, 2, h, w), got {tuple(flow.shape)}")
    h, w = flow.shape[-2:]
    unit = flow.new_tensor([2 / max(w - 1, 1), 2 / max(h - 1, 1)]).view(1, 2, 1, 1)
    return torch.addcmul(_grid(h, w, flow.device), flow, unit)


def backward_warp(x: Tensor, flow: Tensor) -> Tensor:
    """Warps values of the previous frame to the current one: `x` at p + flow(p), bilinear.

    A shift by whole pixels is exact up to rounding (1e-4 of the contrast). Outside the image,
    border pixels repeat; `inside` marks where.

    Args:
        x: float32 `(B, C, h, w)`, anything in the previous frame's coordinates.
        flow: float32 `(B, 2, h, w)`, backward flow in px.

    Raises:
        ValueError: the sizes differ.
    """
    check_size(flow, x)
    return sampled(x, targets(flow))


def check_size(flow: Tensor, *images: Tensor) -> None:
    """Raises `ValueError` unless all images have the size of the flow."""
    for x in images:
        if x.shape[-2:] != flow.shape[-2:]:
            raise ValueError(f"size {tuple(x.shape[-2:])} does not match flow {tuple(flow.shape)}")


def sampled(x: Tensor, at: Tensor) -> Tensor:
    """Values `(B, C, h, w)` at the `targets` of a flow, as `backward_warp`."""
    return F.grid_sample(x, at.permute(0, 2, 3, 1), padding_mode="border", align_corners=True)


def inside(flow: Tensor) -> Tensor:
    """1 where a flow `(B, 2, h, w)` points into the image, else 0: float32 `(B, 1, h, w)`.

    The image ends at the centers of its border pixels, with a tolerance of 0.001 px.
    """
    return are_inside(targets(flow)).to(flow.dtype)


def are_inside(at: Tensor) -> Tensor:
    """As `inside`, of the `targets` of a flow, as bool."""
    slack = 2e-3 / max(at.shape[-2:])
    x, y = (at.abs() <= 1 + slack).split(1, 1)
    return x & y


def resize_flow(flow: Tensor, size: tuple[int, int]) -> Tensor:
    """Resizes a flow `(B, 2, h, w)` to `size` = (h', w') and scales its values accordingly.

    Area averages to shrink, bilinear to enlarge.
    """
    h, w = flow.shape[-2:]
    if (h, w) == tuple(size):
        return flow
    shrinks = size[0] <= h and size[1] <= w
    if (h, w) == (2 * size[0], 2 * size[1]):
        # the same sums as of the area, in a quarter of its time
        up, down = flow[..., 0::2, :], flow[..., 1::2, :]
        resized = up[..., 0::2] + up[..., 1::2] + down[..., 0::2] + down[..., 1::2]
        resized *= 0.25
    elif shrinks:
        resized = F.interpolate(flow, size, mode="area")
    else:
        resized = F.interpolate(flow, size, mode="bilinear", align_corners=False)
    return resized * flow.new_tensor([size[1] / w, size[0] / h]).view(1, 2, 1, 1)
