"""Colored regions in film that is gray or tinted: painted by hand, stenciled, or a sign."""

from __future__ import annotations

import cv2
import numpy as np

from ..shots.thumbnail import HEIGHT, WIDTH
from .tint import small_colors

_USUAL = 0.8  # share of the image that the polynomial is fitted to in the end
_LEAST_CHROMA = 12.0  # in 8-bit codes beside the polynomial: grain and coding stay below
_LEAST_PIXELS = 4  # in a row, of WIDTH x HEIGHT


def painted_share(y: np.ndarray, u: np.ndarray, v: np.ndarray, depth: int) -> float:
    """Share of an image, in [0, 1], that lies in connected regions of another color than the rest.

    Args:
        y: uint8 or uint16 `(H, W)`, luma codes.
        u, v: chroma codes of the same dtype and depth, any size.
        depth: bits per code.
    """
    luma, chroma, powers = small_colors(y, u, v, depth)
    usual = np.ones(len(luma), bool)
    own = np.zeros(len(luma))
    for _ in range(2):
        weights = np.linalg.lstsq(powers[usual], chroma.T[usual], rcond=None)[0]
        own = np.hypot(*(chroma - (powers @ weights).T))
        usual = own <= np.quantile(own, _USUAL)
    painted = (own >= _LEAST_CHROMA).astype(np.uint8).reshape(HEIGHT, WIDTH)
    _, _, regions, _ = cv2.connectedComponentsWithStats(painted)
    sizes = regions[1:, cv2.CC_STAT_AREA]
    return float(sizes[sizes >= _LEAST_PIXELS].sum()) / painted.size
