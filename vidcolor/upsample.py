"""Small chroma brought up to the film's size along the edges of the film's own luma."""

from __future__ import annotations

import cv2
import numpy as np

# Window of the local linear model, in pixels of the small picture, and the luma variance (luma in
# [0, 1]) below which an edge is taken for grain and not followed.
_RADIUS = 2
_GRAIN_VARIANCE = 4e-4


def guided_upsample(chroma: np.ndarray, guide: np.ndarray, small_guide: np.ndarray) -> np.ndarray:
    """Fast guided filter (He and Sun, "Fast Guided Filter", arXiv 1505.00996, algorithm 2).

    In every small window chroma is modelled as a linear function of luma; the coefficients are
    enlarged, not the colours, so that colour edges fall onto luma edges.

    Args:
        chroma: float32 `(h, w, C)`, any units.
        guide: float32 `(H, W)`, luma in [0, 1] at the size wanted.
        small_guide: float32 `(h, w)`, the same luma at the small size.

    Returns:
        float32 `(H, W, C)`.
    """
    window = (2 * _RADIUS + 1, 2 * _RADIUS + 1)
    mean_guide = cv2.blur(small_guide, window)
    variance = cv2.blur(small_guide * small_guide, window) - mean_guide * mean_guide
    mean = cv2.blur(chroma, window)
    covariance = cv2.blur(chroma * small_guide[..., None], window) - mean * mean_guide[..., None]
    slope = covariance / (np.maximum(variance, 0) + _GRAIN_VARIANCE)[..., None]
    offset = mean - slope * mean_guide[..., None]
    coefficients = cv2.blur(np.concatenate((slope, offset), axis=2), window)
    coefficients = cv2.resize(coefficients, guide.shape[::-1], interpolation=cv2.INTER_LINEAR)
    channels = chroma.shape[2]
    return coefficients[..., :channels] * guide[..., None] + coefficients[..., channels:]


def chroma_to_size(
    chroma: np.ndarray, y: np.ndarray, white: float, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Both chroma planes at the film's chroma size.

    Args:
        chroma: float32 `(h, w, 2)`, Cb and Cr in [-0.5, 0.5].
        y: uint8 or uint16 `(H, W)`, the film's luma codes.
        white: the code of white.
        size: height and width of the chroma planes.

    Returns:
        Two float32 arrays of that size, in [-0.5, 0.5].
    """
    if size[0] <= chroma.shape[0]:
        large = cv2.resize(chroma, size[::-1], interpolation=cv2.INTER_AREA)
    else:
        codes = y if y.shape == size else cv2.resize(y, size[::-1], interpolation=cv2.INTER_AREA)
        guide = codes.astype(np.float32) * np.float32(1 / white)
        small = cv2.resize(guide, chroma.shape[1::-1], interpolation=cv2.INTER_AREA)
        large = guided_upsample(chroma, guide, small)
    large = np.clip(large, -0.5, 0.5)
    return large[..., 0], large[..., 1]
