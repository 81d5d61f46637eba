"""Change of color along the flow: warping errors, flicker, drift."""

from __future__ import annotations

from torch import Tensor

from flow.warp import backward_warp

from .fidelity import ab_distance
from .masks import masked_mean


def chroma_warp_error(ab: Tensor, previous: Tensor, flow: Tensor, visibility: Tensor) -> Tensor:
    """Mean squared change of color along the flow, in Lab units squared.

    The chroma form of the warping error of Lai et al., ECCV 2018, section 4.2: luma is the same
    for all colorizers and would hide their differences.

    Args:
        ab, previous: `(B, 2, h, w)`, a frame and an earlier one, any distance apart.
        flow: `(B, 2, h, w)`, backward flow between the two in pixels.
        visibility: `(B, 1, h, w)`, 1 for pixels that count, else 0; see `masks.trusted`.

    Returns:
        One value per image; NaN if no pixel counts.
    """
    change = (ab - backward_warp(previous, flow)).square().sum(1, keepdim=True)
    return masked_mean(change, visibility)


def rgb_warp_error(rgb: Tensor, previous: Tensor, flow: Tensor, visibility: Tensor) -> Tensor:
    """Warping error of Lai et al., ECCV 2018: mean squared change of RGB along the flow.

    Per channel, as their released code computes it (the printed formula is three times that). A
    pair without a pixel that counts gives NaN here and 0 there.

    Args:
        rgb, previous: `(B, 3, h, w)` in [0, 1].
        flow, visibility: see `chroma_warp_error`.

    Returns:
        One value per image.
    """
    change = (rgb - backward_warp(previous, flow)).square().mean(1, keepdim=True)
    return masked_mean(change, visibility)


def chroma_flicker(abs_: list[Tensor], flows: list[Tensor], visibilities: list[Tensor]) -> Tensor:
    """Second difference of color along trajectories through three frames, in Lab units.

    Insensitive to slow real changes; zero for gray film, so read it together with colorfulness.

    Args:
        abs_: three frames of ab `(B, 2, h, w)`, oldest first.
        flows: from the middle frame to the oldest (backward flow) and from the middle one to the
            newest (forward flow), `(B, 2, h, w)` each, in pixels.
        visibilities: of both flows, `(B, 1, h, w)`, 1 or 0.

    Returns:
        Mean length of `x_t - (x_{t-1} + x_{t+1}) / 2`, one value per image; NaN if no pixel
        counts.
    """
    oldest = backward_warp(abs_[0], flows[0])
    newest = backward_warp(abs_[2], flows[1])
    second = ab_distance(abs_[1], (oldest + newest) / 2)
    return masked_mean(second, visibilities[0] * visibilities[1])


def drift(end: Tensor, start: Tensor, flow: Tensor, visibility: Tensor) -> Tensor:
    """Mean distance between colors at the end of a film and those of the same points at its start.

    Args:
        end, start: ab `(B, 2, h, w)`.
        flow: `(B, 2, h, w)`, from the end's frame to the start's, in pixels; zero if both are the
            same image.
        visibility: `(B, 1, h, w)`, 1 for pixels that count, else 0.

    Returns:
        Lab units, one value per image; NaN if no pixel counts.
    """
    return masked_mean(ab_distance(end, backward_warp(start, flow)), visibility)
