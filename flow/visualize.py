"""Visualization of flows: motion as color, occlusion as a tint over the frame."""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.utils import flow_to_image

# Magenta: rare in film.
_HIDDEN = (230, 0, 170)


def flow_image(flow: Tensor, scale: float) -> Tensor:
    """A flow on the Middlebury color wheel: hue is direction, saturation is length.

    No motion is white, `scale` px and more are fully saturated. Images made with the same scale
    can be compared, unlike images normalized by their own longest motion. Baker et al. 2011, "A
    database and evaluation methodology for optical flow", section 4.1; torchvision's wheel.
    `wheel` is the legend.

    Args:
        flow: `(B, 2, h, w)`, px.
        scale: length in px that is fully saturated.

    Returns:
        uint8 `(B, 3, h, w)`, RGB.

    Raises:
        ValueError: not a flow, values that are not finite, or `scale` not above 0.
    """
    if flow.dim() != 4 or flow.shape[1] != 2:
        raise ValueError(f"a flow must be (B, 2, h, w), got {tuple(flow.shape)}")
    if not flow.isfinite().all():
        raise ValueError("the flow has values that are not finite")
    if not scale > 0:
        raise ValueError(f"scale must be above 0 px, got {scale}")
    shown = flow.detach().float() / scale
    shown = shown / torch.linalg.vector_norm(shown, dim=1, keepdim=True).clamp(min=1)
    # torchvision normalizes by the longest motion: an extra column sets the scale.
    longest = torch.zeros_like(shown[..., :1])
    longest[:, 0] = 1
    return flow_to_image(torch.cat([shown, longest], -1))[..., :-1]


def wheel(size: int) -> Tensor:
    """The legend of `flow_image`: each pixel shows the motion from the center to it.

    Args:
        size: side in px; fully saturated at the rim, white outside the disc.

    Returns:
        uint8 `(1, 3, size, size)`, RGB.
    """
    line = torch.linspace(-1, 1, size)
    y, x = torch.meshgrid(line, line, indexing="ij")
    ways = torch.stack([x, y])[None]
    disc = torch.linalg.vector_norm(ways, dim=1, keepdim=True) <= 1
    return flow_image(ways * disc, 1)


def visibility_image(luma: Tensor, visible: Tensor, *, strength: float = 0.6) -> Tensor:
    """A gray frame, tinted magenta where the flow is not reliable.

    Args:
        luma: float32 `(B, 1, h, w)` in [0, 1].
        visible: float32 `(B, 1, h, w)` in [0, 1], `visibility` or `soft_confidence`; 0 = full
            tint, 1 = none.
        strength: opacity of the full tint, in [0, 1].

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
