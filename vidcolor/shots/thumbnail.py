"""The small luma images that a film is examined by."""

from __future__ import annotations

import cv2
import numpy as np

WIDTH, HEIGHT = 64, 48
"""Size of a thumbnail, whatever the film's shape."""
_SMALLEST = (256, 192)


def halved(
    plane: np.ndarray, least: tuple[int, int] = _SMALLEST, *, whole: bool = False
) -> np.ndarray:
    """A plane halved as often as at least 256x192 pixels are left, or `least`.

    Many times faster than any other reduction. Where a side is odd its last line is left out.

    Args:
        plane: uint8 or uint16 `(H, W)` codes, or float32.
        least: width and height of the result, at least.
        whole: no line is left out: halved only while both sides are even.
    """
    small = plane
    while small.shape[1] // 2 >= least[0] and small.shape[0] // 2 >= least[1]:
        if whole and (small.shape[0] % 2 or small.shape[1] % 2):
            break
        height, width = small.shape[0] // 2, small.shape[1] // 2
        even = small[: 2 * height, : 2 * width]
        small = cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)
    return small


def small_luma(y: np.ndarray, depth: int = 8) -> np.ndarray:
    """Luma `halved`, in 8 bits: uint8 `(h, w)`.

    Args:
        y: uint8 or uint16 `(H, W)` luma codes.
        depth: bits per code.
    """
    small = halved(y)
    return small if depth == 8 else cv2.convertScaleAbs(small, alpha=2.0 ** (8 - depth))


def thumbnail(y: np.ndarray, depth: int = 8) -> np.ndarray:
    """The image a `ShotDetector` sees: uint8 `(48, 64)`.

    Args:
        y: uint8 or uint16 `(H, W)` luma codes.
        depth: bits per code.
    """
    return thumbnail_of(small_luma(y, depth))


def thumbnail_of(small: np.ndarray) -> np.ndarray:
    """The same from the `small_luma` of a frame."""
    return cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
