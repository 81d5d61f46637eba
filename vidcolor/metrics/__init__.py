"""Measures of color and of its temporal stability: pure functions of tensors, one value per image.

Shapes and units are those of `vidcolor.types`; RGB is float32 `(B, 3, h, w)` in [0, 1]. What each
measure rewards, and how it can be fooled, is described in `benchmarks/README.md`.
"""

from .classes import class_errors, class_mean
from .difference import ciede2000
from .distribution import CDC_DISTANCES, cdc, cdc_at, histograms, jensen_shannon
from .fidelity import ab_distance, ab_rmse, accuracy_area, psnr, share_within, ssim
from .masks import edge_band, masked_mean, motion_boundary, moving_edges, trusted
from .spots import stray_spots
from .stability import chroma_flicker, chroma_warp_error, drift, rgb_warp_error
from .vividness import ab_contrast, colorfulness, colorfulness_absolute

__all__ = [
    "CDC_DISTANCES",
    "ab_contrast",
    "ab_distance",
    "ab_rmse",
    "accuracy_area",
    "cdc",
    "cdc_at",
    "chroma_flicker",
    "chroma_warp_error",
    "ciede2000",
    "class_errors",
    "class_mean",
    "colorfulness",
    "colorfulness_absolute",
    "drift",
    "edge_band",
    "histograms",
    "jensen_shannon",
    "masked_mean",
    "motion_boundary",
    "moving_edges",
    "psnr",
    "rgb_warp_error",
    "share_within",
    "ssim",
    "stray_spots",
    "trusted",
]
