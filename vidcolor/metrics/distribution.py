"""Color distribution consistency: change of color histograms from frame to frame."""

from __future__ import annotations

import torch
from torch import Tensor

CDC_DISTANCES = (1, 2, 4)
"""Frame distances over which the published measure is averaged."""


def histograms(rgb: Tensor) -> Tensor:
    """Relative frequencies of the 256 8-bit values in each channel of RGB `(B, 3, h, w)` in [0, 1].

    Returns:
        float64 `(B, 3, 256)`, each row summing to 1.
    """
    codes = (rgb.clamp(0, 1) * 255).round().long().flatten(2)
    count = codes.new_zeros(*codes.shape[:2], 256, dtype=torch.float64)
    count.scatter_add_(2, codes, torch.ones_like(codes, dtype=torch.float64))
    return count / codes.shape[2]


def jensen_shannon(p: Tensor, q: Tensor) -> Tensor:
    """Jensen-Shannon divergence of distributions along the last dimension, in nats: 0 to ln 2."""
    mean = (p + q) / 2
    return (_divergence(p, mean) + _divergence(q, mean)) / 2


def _divergence(p: Tensor, q: Tensor) -> Tensor:
    # Empty bins contribute nothing; q is empty only where p is.
    return torch.where(p > 0, p * (p / q.clamp(min=1e-300)).log(), torch.zeros_like(p)).sum(-1)


def cdc_at(hists: Tensor, distance: int) -> Tensor:
    """Mean divergence between frames `distance` apart.

    Args:
        hists: `(T, 3, 256)`, `histograms` of the frames of a shot, in order.
        distance: frames.

    Returns:
        float64 scalar, the mean over pairs and channels; NaN if no pair is that far apart.
    """
    if len(hists) <= distance:
        return hists.new_full((), float("nan"))
    return jensen_shannon(hists[:-distance], hists[distance:]).mean()


def cdc(hists: Tensor) -> Tensor:
    """Color distribution consistency of a shot, averaged over distances 1, 2 and 4.

    Liu et al., "Temporally consistent video colorization with deep feature propagation and
    self-regularization learning" (TCVC), as its released script computes it: 256 bins a channel,
    no flow, no smoothing. Real film is not zero, so compare it with the value of the true film. It
    misses local flicker that leaves the histogram unchanged, and gray scores like the truth.

    Args:
        hists: `(T, 3, 256)`, see `cdc_at`.

    Returns:
        float64 scalar, NaN for fewer than five frames.
    """
    return torch.stack([cdc_at(hists, t) for t in CDC_DISTANCES]).mean()
