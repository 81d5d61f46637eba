"""Key frames of a shot: sharp, typical, and together showing what the shot shows.

Candidates are a bounded sample, evenly spread over the shot however long it is. The first key
frame is the sharp candidate nearest to all others; each further one leaves the least of the shot
unlike any key frame (greedy k-medoids, Kaufman and Rousseeuw, "Finding Groups in Data", 1990,
chapter 2, algorithm BUILD).
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from ..shots.similarity import is_blank
from .shot import KeyFrame

_CANDIDATES = 48
_MOST = 4
_SHARP = 0.7
"""Least sharpness, relative to the upper quintile of the shot."""
_TEXTURE = 1.5
"""Contrast of blocks, in codes, below which an image shows nothing."""
_ALIKE = 6.0
"""Mean difference, in codes, at which two images show the same."""
_GAIN = 0.28
"""A further key frame must take away so much of the mean squared difference."""


class _Candidate(NamedTuple):
    frame: int
    sharpness: float
    picture: np.ndarray


class KeyFrameSamples:
    """Collects the candidates of a shot."""

    def __init__(self) -> None:
        self._kept: list[_Candidate] = []
        self._waiting: _Candidate | None = None
        self._seen = 0
        self._joined = 1

    def add(self, frame: int, sharpness: float, picture: np.ndarray) -> None:
        """The next candidate.

        Args:
            frame: its number.
            sharpness: see the function of that name.
            picture: its `thumbnail`.
        """
        here = _Candidate(frame, sharpness, picture)
        if self._waiting is None or here.sharpness > self._waiting.sharpness:
            self._waiting = here
        self._seen += 1
        if self._seen % self._joined:
            return
        self._kept.append(self._waiting)
        self._waiting = None
        if len(self._kept) == _CANDIDATES:
            pairs = zip(self._kept[0::2], self._kept[1::2], strict=True)
            self._kept = [max(pair, key=lambda c: c.sharpness) for pair in pairs]
            self._joined *= 2

    def finish(self) -> tuple[KeyFrame, ...]:
        """The key frames, most typical first; the next candidate is of another shot."""
        rest = [] if self._waiting is None else [self._waiting]
        found = _chosen(self._kept + rest)
        self._kept, self._waiting, self._seen, self._joined = [], None, 0, 1
        return found


def sharpness(small: np.ndarray) -> float:
    """Standard deviation of the Laplacian of a uint8 `(h, w)` image, in codes."""
    return float(cv2.meanStdDev(cv2.Laplacian(small, cv2.CV_16S))[1][0, 0])


def _chosen(candidates: list[_Candidate]) -> tuple[KeyFrame, ...]:
    shown = [c for c in candidates if not is_blank(c.picture, _TEXTURE)] or candidates
    if not shown:
        return ()
    sharp = np.array([c.sharpness for c in shown])
    is_sharp = sharp >= _SHARP * np.quantile(sharp, 0.8)
    pictures = np.stack([c.picture for c in shown]).astype(np.float32)
    # flicker is no difference
    pictures -= pictures.mean(axis=(1, 2), keepdims=True)
    unlike = np.array([np.abs(pictures - p).mean(axis=(1, 2)) for p in pictures])
    # squared: one part of the shot that is not shown at all counts more than many small changes
    unlike = np.maximum(unlike - _ALIKE, 0) ** 2
    left = np.full(len(shown), np.inf)
    chosen: list[int] = []
    while len(chosen) < _MOST:
        rests = np.minimum(left, unlike).mean(axis=1)
        # of equals the sharpest
        best = min(np.flatnonzero(is_sharp), key=lambda i: (rests[i], -sharp[i]))
        if chosen and rests[best] > (1 - _GAIN) * left.mean():
            break
        chosen.append(int(best))
        left = np.minimum(left, unlike[best])
        if not left.any():
            break
    most = float(max(c.sharpness for c in candidates)) or 1.0
    return tuple(KeyFrame(shown[i].frame, round(shown[i].sharpness / most, 4)) for i in chosen)
