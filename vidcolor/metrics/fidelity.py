"""Distance of colors from the true ones."""

from __future__ import annotations

import torch
from torch import Tensor

# Largest distance of the accuracy curve, ab units (Zhang et al. 2016, section 3.1).
_FARTHEST = 150.0


def psnr(image: Tensor, truth: Tensor) -> Tensor:
    """Peak signal-to-noise ratio in dB of RGB `(B, 3, h, w)` in [0, 1], one value per image.

    In floating point, over all pixels and channels; identical images give 120.
    """
    mse = (image.double() - truth.double()).square().mean((1, 2, 3))
    return -10 * torch.log10(mse.clamp(min=1e-12))


def ssim(image: Tensor, truth: Tensor) -> Tensor:
    """Structural similarity of RGB `(B, 3, h, w)` in [0, 1], one value per image in [-1, 1].

    Wang et al., "Image quality assessment: from error visibility to structural similarity", 2004,
    section III.B: Gaussian window of 11 px and sigma 1.5, K1 = 0.01, K2 = 0.03, pixels whose
    window lies inside the image, mean over pixels and channels. Sides must be at least 11 px.
    """
    # not at import: it takes longer than all of this package, and a run needs it not
    from kornia.metrics import ssim as ssim_map

    similar = ssim_map(image.double(), truth.double(), 11, eps=0.0, padding="valid")
    return similar.mean((1, 2, 3))


def ab_rmse(ab: Tensor, truth: Tensor) -> Tensor:
    """Root mean square error over both channels of ab `(B, 2, h, w)`, one value per image."""
    return (ab.double() - truth.double()).square().mean((1, 2, 3)).sqrt()


def ab_distance(ab: Tensor, truth: Tensor) -> Tensor:
    """Euclidean distance in the ab plane: two `(B, 2, h, w)` -> `(B, 1, h, w)`, Lab units."""
    # Several times faster than `norm` over such a short dimension.
    return (ab - truth).square().sum(1, keepdim=True).sqrt()


def share_within(distance: Tensor, radius: float = 10.0) -> Tensor:
    """Fraction of pixels of `(B, 1, h, w)` with a distance below `radius`, one value per image."""
    return (distance < radius).double().mean((1, 2, 3))


def accuracy_area(distance: Tensor) -> Tensor:
    """Area under the curve "fraction of pixels within a distance" from 0 to 150, in [0, 1].

    AuC of Zhang et al., ECCV 2016, section 3.1. That area is the mean of
    1 - distance / 150, clipped at 0; the paper sums over integer distances.

    Args:
        distance: `(B, 1, h, w)`, see `ab_distance`.

    Returns:
        One value per image.
    """
    return (1 - distance.double() / _FARTHEST).clamp(min=0).mean((1, 2, 3))
