"""The cadence of a film, followed while its frames go by: repeated frames, and bursts of steps."""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np

from .cadence import Rhythm, Step, compare, is_repeat, rhythm, shrink

_BURST = 32
"""Consecutive frames whose fields are compared."""
_BURSTS = 12
"""Bursts kept at most: when there are more, every other one goes, and half as many are added."""
_UNKNOWN = float("nan")


class CadenceLog:
    """Follows the cadence of a film; what it keeps does not grow with the film.

    Args:
        depth: bits per luma code.

    Attributes:
        repeated: numbers of frames that repeat the one before, in order; two frames late.
    """

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self.repeated: list[int] = []
        self._frames = 0
        self._every = 1
        self._bursts: dict[int, list[Step]] = {}
        self._lines: np.ndarray | None = None
        self._small: np.ndarray | None = None
        self._changes: deque[tuple[int, float]] = deque(maxlen=5)

    def add(self, index: int, y: np.ndarray, small: np.ndarray, *, is_damaged: bool) -> None:
        """The next frame.

        Args:
            index: its number.
            y: uint8 or uint16 `(H, W)` luma codes.
            small: its `small_luma`.
            is_damaged: the decoder says so: it repeats nothing.
        """
        if self._small is not None:
            change = cv2.norm(small, self._small, cv2.NORM_L1) / small.size
            self._changes.append((index, _UNKNOWN if is_damaged else change))
            if len(self._changes) == 5 and is_repeat([c for _, c in self._changes]):
                self.repeated.append(self._changes[2][0])
        self._small = small
        burst = self._frames // _BURST
        if burst % self._every == 0:
            lines = shrink(y, self._depth)
            if burst not in self._bursts:
                self._open(burst)
            elif self._lines is not None:
                self._bursts[burst].append(compare(self._lines, lines))
            self._lines = lines
        self._frames += 1

    def finish(self) -> Rhythm:
        """What the bursts have in common."""
        return rhythm(list(self._bursts.values()))

    def _open(self, burst: int) -> None:
        if len(self._bursts) == _BURSTS:
            self._every *= 2
            self._bursts = {n: b for n, b in self._bursts.items() if n % self._every == 0}
        self._bursts[burst] = []
