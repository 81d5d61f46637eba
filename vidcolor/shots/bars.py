"""Black bars in thumbnails: the image is compared without them, for they are the same in all shots.

What is lit in no frame of a film so far is a bar; where something appears there later, it was none.
"""

from __future__ import annotations

import cv2
import numpy as np

from .thumbnail import HEIGHT, WIDTH

NOTHING = (WIDTH, HEIGHT, 0, 0)
"""The lit area before any frame."""

_DARK = 28
"""Code up to which a line is black on average, in limited range with noise."""
_LEAST = 2
"""Lines of a bar, at least: the edge of the film frame does no harm."""
_SMALLEST = 0.2
"""Least area, as a share of the thumbnail: anything smaller is a thing in the dark."""


def lit_area(area: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """The lit area with that of one more frame.

    Args:
        area: int64 `(4,)`: left, top, right, bottom (exclusive) of what was lit so far.
        picture: uint8 `(48, 64)`, of the frame.
    """
    columns = np.flatnonzero(picture.mean(axis=0) > _DARK)
    rows = np.flatnonzero(picture.mean(axis=1) > _DARK)
    if not len(columns) or not len(rows):
        return area
    left, top, right, bottom = area
    return np.asarray(
        (
            min(left, columns[0]),
            min(top, rows[0]),
            max(right, columns[-1] + 1),
            max(bottom, rows[-1] + 1),
        ),
        np.int64,
    )


def without_bars(pictures: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Thumbnails `(n, 48, 64)` of the lit area alone, at the same size; themselves without bars."""
    left, top, right, bottom = _inside(area)
    if (left, top, right, bottom) == (0, 0, WIDTH, HEIGHT) or not len(pictures):
        return pictures
    borders = (top, HEIGHT - bottom, left, WIDTH - right)
    return np.stack(
        [
            cv2.copyMakeBorder(p[top:bottom, left:right], *borders, cv2.BORDER_REPLICATE)
            for p in pictures
        ]
    )


def _inside(area: np.ndarray) -> tuple[int, int, int, int]:
    """The lines that are of the image alone; all where there are no bars."""
    left, top, right, bottom = map(int, area)
    # the line at the border of a bar is partly black
    left = left + 1 if left >= _LEAST else 0
    top = top + 1 if top >= _LEAST else 0
    right = right - 1 if right <= WIDTH - _LEAST else WIDTH
    bottom = bottom - 1 if bottom <= HEIGHT - _LEAST else HEIGHT
    if (right - left) * (bottom - top) < _SMALLEST * WIDTH * HEIGHT or right <= left:
        return 0, 0, WIDTH, HEIGHT
    return left, top, right, bottom
