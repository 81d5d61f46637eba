"""Errors weighted so that rare colors count as much as common ones."""

from __future__ import annotations

import torch
from torch import Tensor

from ..colorizers import ab_bins


def class_errors(error: Tensor, truth: Tensor) -> Tensor:
    """Sums and counts of an error by class of the true color, to be added over images.

    The classes are the 313 bins of the ab plane of Zhang et al., ECCV 2016.

    Args:
        error: `(B, 1, h, w)`, any error per pixel.
        truth: `(B, 2, h, w)`, the true ab.

    Returns:
        float64 `(2, 313)`: sum of the error and number of pixels per class.
    """
    bins = len(ab_bins.bin_centers())
    nearest = ab_bins.soft_encode(truth, neighbors=1)[0].flatten()
    sums = torch.bincount(nearest, weights=error.double().flatten(), minlength=bins)
    return torch.stack((sums, torch.bincount(nearest, minlength=bins).double()))


def class_mean(sums: Tensor, *, least: int = 1) -> Tensor:
    """Class-balanced error: the mean over classes of the mean error within a class.

    Equals weighting every pixel by the inverse prior of its class, with the prior of the measured
    images themselves ("rebalanced" in Zhang et al., ECCV 2016, section 3.1).

    Args:
        sums: `(2, 313)`, sum of `class_errors` over all images.
        least: classes with fewer pixels are ignored.

    Returns:
        float64 scalar, NaN if no class counts.
    """
    error, count = sums
    counts = count >= least
    return (error[counts] / count[counts]).mean()
