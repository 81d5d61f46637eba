"""Measures of colour and of its stillness: pure functions of tensors, one value a picture."""

from __future__ import annotations

import torch
from torch import Tensor

from flow.warp import backward_warp


def psnr(image: Tensor, truth: Tensor) -> Tensor:
    """Peak signal-to-noise ratio in dB of RGB `(B, 3, h, w)` in [0, 1], one value a picture."""
    mse = (image.double() - truth.double()).square().mean((1, 2, 3))
    return -10 * torch.log10(mse.clamp(min=1e-12))


def ab_rmse(ab: Tensor, truth: Tensor) -> Tensor:
    """Root mean square error over both channels of ab `(B, 2, h, w)`, one value a picture."""
    return (ab.double() - truth.double()).square().mean((1, 2, 3)).sqrt()


def colourfulness(rgb: Tensor) -> Tensor:
    """Colourfulness of RGB `(B, 3, h, w)` in [0, 1], one value a picture on the scale of 0..255.

    Hasler and Suesstrunk, "Measuring colourfulness in natural images", 2003, with signed
    opponent channels: 0 none, 15 slightly, 33 moderately, 59 quite, 109 extremely colourful.
    """
    red, green, blue = (rgb.double() * 255).flatten(2).unbind(1)
    rg, yb = red - green, (red + green) / 2 - blue
    spread = (rg.var(1, unbiased=False) + yb.var(1, unbiased=False)).sqrt()
    return spread + 0.3 * (rg.mean(1).square() + yb.mean(1).square()).sqrt()


def chroma_warp_error(ab: Tensor, previous: Tensor, flow: Tensor, visibility: Tensor) -> Tensor:
    """Mean squared change of colour along the flow, in Lab units squared.

    The chroma form of the warping error of Lai et al., ECCV 2018, section 4.2.

    Args:
        ab, previous: `(B, 2, h, w)`, this frame and the previous one.
        flow: `(B, 2, h, w)`, backward flow in pixels.
        visibility: `(B, 1, h, w)`, pixels that count, 1 or 0.

    Returns:
        One value a picture; NaN where no pixel counts.
    """
    change = (ab - backward_warp(previous, flow)).square().sum(1, keepdim=True)
    return (change * visibility).sum((1, 2, 3)) / visibility.sum((1, 2, 3))


def chroma_flicker(abs_: list[Tensor], flows: list[Tensor], visibilities: list[Tensor]) -> Tensor:
    """Second difference of colour along trajectories through three frames, in Lab units.

    Insensitive to slow true change, zero for a film without colour: set it beside colourfulness.

    Args:
        abs_: three frames of ab `(B, 2, h, w)`, oldest first.
        flows: from the middle frame to the oldest (backward flow) and from the middle one to the
            newest (forward flow), `(B, 2, h, w)` each, in pixels.
        visibilities: of both flows, `(B, 1, h, w)`, 1 or 0.

    Returns:
        Mean length of `x_t - (x_{t-1} + x_{t+1}) / 2`, one value a picture; NaN where no pixel
        counts.
    """
    oldest = backward_warp(abs_[0], flows[0])
    newest = backward_warp(abs_[2], flows[1])
    second = (abs_[1] - (oldest + newest) / 2).norm(dim=1, keepdim=True)
    seen = visibilities[0] * visibilities[1]
    return (second * seen).sum((1, 2, 3)) / seen.sum((1, 2, 3))
