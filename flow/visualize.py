"""Flows to look at: motion as color, and what is hidden as a tint over the frame."""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.utils import flow_to_image

# Magenta: no film is of this color, gray or not.
_HIDDEN = (230, 0, 170)


def flow_image(flow: Tensor, scale: float) -> Tensor:
    """A flow as the Middlebury color wheel shows it: hue is direction, saturation is length.

    No motion is white, `scale` px and more are fully saturated: images of one scale can be
    compared, which images that each stretch to their own longest motion cannot. Baker et al.
    2011, "A database and evaluation methodology for optical flow", section 4.1; torchvision's
    wheel. `wheel` makes the legend.

    Args:
        flow: `(B, 2, h, w)`, px.
        scale: length in px that gets the full color.

    Returns:
        uint8 `(B, 3, h, w)`, RGB.

    Raises:
        ValueError: not a flow, values that are not finite, or a scale not above 0.
    """
    if flow.dim() != 4 or flow.shape[1] != 2:
        raise ValueError(f"a flow must be (B, 2, h, w), got {tuple(flow.shape)}")
    if not flow.isfinite().all():
        raise ValueError("a flow with values that are not finite has no image")
    if not scale > 0:
        raise ValueError(f"scale must be above 0 px, got {scale}")
    shown = flow.detach().float() / scale
    shown = shown / torch.linalg.vector_norm(shown, dim=1, keepdim=True).clamp(min=1)
    # torchvision stretches by the longest motion it is given: one column more sets the scale.
    longest = torch.zeros_like(shown[..., :1])
    longest[:, 0] = 1
    return flow_to_image(torch.cat([shown, longest], -1))[..., :-1]


def wheel(size: int) -> Tensor:
    """The legend of `flow_image`: each place's motion points there from the center.

    Args:
        size: px a side; the border is at full saturation, beyond the disc it is white.

    Returns:
        uint8 `(1, 3, size, size)`, RGB.
    """
    line = torch.linspace(-1, 1, size)
    y, x = torch.meshgrid(line, line, indexing="ij")
    ways = torch.stack([x, y])[None]
    disc = torch.linalg.vector_norm(ways, dim=1, keepdim=True) <= 1
    return flow_image(ways * disc, 1)


def visibility_image(luma: Tensor, visible: Tensor, *, strength: float = 0.6) -> Tensor:
    """A frame in gray, tinted magenta where its pixels are not to be trusted.

    Args:
        luma: float32 `(B, 1, h, w)` in [0, 1].
        visible: float32 `(B, 1, h, w)` in [0, 1], `visibility` or `soft_confidence`; 0 gets the
            whole tint, 1 none.
        strength: share of the tint where nothing is visible, in [0, 1].

    Returns:
        uint8 `(B, 3, h, w)`, RGB.

    Raises:
        ValueError: the shapes differ or are not `(B, 1, h, w)`.
    """
    if luma.dim() != 4 or luma.shape[1] != 1 or luma.shape != visible.shape:
        shapes = f"{tuple(luma.shape)} and {tuple(visible.shape)}"
        raise ValueError(f"luma and visibility must both be (B, 1, h, w), got {shapes}")
    gray = luma.detach().clamp(0, 1).expand(-1, 3, -1, -1) * 255
    tint = gray.new_tensor(_HIDDEN).view(1, 3, 1, 1)
    share = strength * (1 - visible.detach().clamp(0, 1))
    return torch.lerp(gray, tint, share.expand_as(gray)).round().to(torch.uint8)
