"""Images of key frames, kept small while a film is analyzed: they need not be read again."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

_MOST_BYTES = 256 << 20
"""About 5,000 frames; what comes after is read from the film."""


class KeyImages:
    """Luma of some of a film's frames, without loss.

    Args:
        shrink: luma codes `(H, W)` to those at the size that is kept, uint8 or uint16.
        most_bytes: kept at most.

    Attributes:
        nbytes: that are kept.
    """

    def __init__(
        self, shrink: Callable[[np.ndarray], np.ndarray], most_bytes: int = _MOST_BYTES
    ) -> None:
        self._shrink = shrink
        self._most_bytes = most_bytes
        self.nbytes = 0
        self._kept: dict[int, np.ndarray] = {}

    def __contains__(self, frame: int) -> bool:
        return frame in self._kept

    def __getitem__(self, frame: int) -> np.ndarray:
        """What was kept of a frame."""
        return np.asarray(cv2.imdecode(self._kept[frame], cv2.IMREAD_UNCHANGED))

    def shrink(self, y: np.ndarray) -> np.ndarray:
        """Luma codes `(H, W)` at the size that is kept."""
        return self._shrink(y)

    def keep(self, frame: int, small: np.ndarray) -> None:
        """Keeps what `shrink` made of a frame, while there is room."""
        _, packed = cv2.imencode(".png", small, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        if self.nbytes + packed.nbytes <= self._most_bytes:
            self.nbytes += packed.nbytes
            self._kept[frame] = packed

    def clear(self) -> None:
        """Lets go of everything that is kept."""
        self.nbytes = 0
        self._kept.clear()
