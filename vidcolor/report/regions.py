"""Changes of color that are wide enough to be seen: those of regions, not of pixels.

The eye follows color far less finely than brightness (Mullen 1985, "The contrast sensitivity of
human color vision"): noise between neighboring pixels goes unseen, a cheek that turns does not.
So differences along the motion are averaged over regions before their length is taken; noise
cancels out, a change of the whole region stays.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from flow.warp import backward_warp

REGION = 8
"""Side of a region in pixels of the measured frame; 24 of them make its short side."""
ENOUGH = 0.5
"""Share of a region's pixels that must be visible for it to count."""


def region_change(ab: Tensor, previous: Tensor, flow: Tensor, visibility: Tensor) -> Tensor:
    """Change of the regions' mean color along the flow, in Lab units.

    Args:
        ab, previous: `(B, 2, h, w)`, this frame and the previous one.
        flow: `(B, 2, h, w)`, backward flow in pixels.
        visibility: `(B, 1, h, w)`, pixels that count, 1 or 0.

    Returns:
        `(B, 1, h / 8, w / 8)`, its length; NaN where too little of a region counts.
    """
    return _mean_length(ab - backward_warp(previous, flow), visibility)


def region_flicker(abs_: list[Tensor], flows: list[Tensor], visibilities: list[Tensor]) -> Tensor:
    """Second difference of the regions' mean color through three frames, in Lab units.

    Args and units as of `metrics.chroma_flicker`.

    Returns:
        `(B, 1, h / 8, w / 8)`, its length; NaN where too little of a region counts.
    """
    oldest = backward_warp(abs_[0], flows[0])
    newest = backward_warp(abs_[2], flows[1])
    seen = visibilities[0] * visibilities[1]
    return _mean_length(abs_[1] - (oldest + newest) / 2, seen)


def _mean_length(difference: Tensor, seen: Tensor) -> Tensor:
    share = F.avg_pool2d(seen, REGION)
    mean = F.avg_pool2d(difference * seen, REGION) / share
    return mean.square().sum(1, keepdim=True).sqrt().masked_fill(share < ENOUGH, float("nan"))
