"""Key frames of a shot: sharp, typical, and together showing what the shot shows.

Candidates are a bounded sample, evenly spread over the shot however long it is. The first key
frame is the sharp candidate nearest to all others; each further one leaves the least of the shot
unlike any key frame (greedy k-medoids, Kaufman and Rousseeuw, "Finding Groups in Data", 1990,
chapter 2, algorithm BUILD).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np

from ..shots.similarity import is_blank
from .shot import KeyFrame, Shot

_CANDIDATES = 48
_MOST = 4
FIRST = 3
"""Key frames that a film is known by: so many of a shot, and those between them."""
_EVERY = 120
"""Frames from one of these to the next, about and at most, so that colors need not go far."""
_NEAR = 30
"""A frame that was examined is taken for another one that is not further away."""
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
    image: np.ndarray | None


class Chosen(NamedTuple):
    """Frames of a shot.

    Attributes:
        key_frames: most typical first.
        between: see `Shot`.
        images: what was given of the first three and of those between, by their numbers.
    """

    key_frames: tuple[KeyFrame, ...]
    between: tuple[int, ...]
    images: dict[int, np.ndarray]


class KeyFrameSamples:
    """Collects the candidates of a shot."""

    def __init__(self) -> None:
        self._kept: list[_Candidate] = []
        self._waiting: _Candidate | None = None
        self._seen = 0
        self._joined = 1

    def add(
        self, frame: int, sharpness: float, picture: np.ndarray, image: np.ndarray | None = None
    ) -> None:
        """The next candidate.

        Args:
            frame: its number.
            sharpness: see the function of that name.
            picture: its `thumbnail`.
            image: handed back where the frame is chosen.
        """
        here = _Candidate(frame, sharpness, picture, image)
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

    def finish(self, start: int, end: int) -> Chosen:
        """What is chosen of a shot; the next candidate is of another one.

        Args:
            start, end: its first frame, and the one after its last.
        """
        every = self._kept + ([] if self._waiting is None else [self._waiting])
        self._kept, self._waiting, self._seen, self._joined = [], None, 0, 1
        # a shot without an intact frame that was examined has one key frame all the same
        keys = _chosen(every) or (KeyFrame((start + end) // 2, 1.0),)
        first = {key.frame for key in keys[:FIRST]}
        examined = [c.frame for c in every]
        more = {_nearest(n, examined) for n in gaps(start, end, first)} - first
        shown = first | more
        images = {c.frame: c.image for c in every if c.image is not None and c.frame in shown}
        return Chosen(keys, tuple(sorted(more)), images)


def gaps(start: int, end: int, frames: Collection[int], most: int = _EVERY) -> list[int]:
    """Frames that are missing for no two to be further apart than `most`, in order."""
    found = []
    for a, b in pairwise([start, *sorted(frames), end]):
        more = (b - a) // most
        found += [a + (b - a) * k // (more + 1) for k in range(1, more + 1)]
    return found


def identifying(shot: Shot) -> list[int]:
    """Frames that a shot is known by, in order: some key frames, and those between them."""
    numbers = {key.frame for key in shot.key_frames[:FIRST]} or {(shot.start + shot.end) // 2}
    numbers |= set(shot.between)
    # of a shot that was edited by hand, gaps may be left
    most = _EVERY + 2 * _NEAR if shot.between else _EVERY
    return sorted(numbers.union(gaps(shot.start, shot.end, numbers, most)))


def _nearest(frame: int, examined: Sequence[int]) -> int:
    nearest = min(examined, key=lambda n: abs(n - frame), default=frame)
    return nearest if abs(nearest - frame) <= _NEAR else frame


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
