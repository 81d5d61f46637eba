"""Time slices: the middle column of every frame next to that of the frame before.

What stands still draws a level line, what moves a slope; flicker draws upright stripes.
"""

from __future__ import annotations

import numpy as np

from .images import EncodedImage, encode
from .measure import Measured

WIDEST = 1000
"""Columns that are kept at most; longer films are thinned evenly."""


class TimeSlice:
    """Collects the column of one of the films read in lockstep.

    Args:
        film: number of the film.
    """

    def __init__(self, film: int) -> None:
        self._film = film
        self._columns: list[np.ndarray] = []
        self._every, self._count = 1, 0

    def add(self, measured: Measured) -> None:
        """Takes the column of the next frame, where it was measured."""
        if not measured.now.small:
            return
        if self._count % self._every == 0:
            rgb = measured.now.small[self._film].rgb[0]
            column = (rgb[:, :, rgb.shape[2] // 2].T * 255).round().byte().numpy()
            self._columns.append(column)
            if len(self._columns) > WIDEST:
                self._columns = self._columns[::2]
                self._every *= 2
        self._count += 1

    def picture(self) -> EncodedImage | None:
        """Time from left to right; None where nothing was measured."""
        if not self._columns:
            return None
        picture = np.stack(self._columns, axis=1)
        # Short films are stretched, so that a frame is seen as a stripe.
        widen = max(1, WIDEST // picture.shape[1])
        return encode(np.repeat(picture, widen, axis=1), quality=88)
