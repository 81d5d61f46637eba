"""The active area of a shot: the image without pillar boxes, letter boxes and the film's edge.

A border is a strip of lines that are black all through the shot, up to an edge that is straight
and beyond which nearly everything is lit at some time. What looks otherwise (a dark scene, an
iris, a title on black) says nothing about its borders; such a side takes those of the shots
around, unless something of its own lies there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from ..geometry import Area, Size

_DARK = 12
"""A pixel is lit from so many 8-bit codes above black."""
_SEEN = 0.03
"""Share of the samples in which a pixel must be lit: less is dust, noise or a flash."""
_MOST = 255
_STRAY = 0.1
"""Share of a line that may be lit in a border: a sign, or bays of a ragged frame line."""
_NOTHING = 0.005
"""Share of a line up to which it is black."""
_RAGGED = 0.03
"""Depth of a ragged edge, as a share of the image."""
_STRAIGHT = 0.7
"""Share of an edge behind which something is lit within `_RAGGED`."""
_FILLED = 0.5
"""Share of the area that is lit at some time in the shot."""
_LARGEST = 0.4
"""Largest border, as a share of the image."""
_LEAST = 0.25
"""Least area, as a share of the image: anything smaller is a thing in the dark."""


class Side(NamedTuple):
    """One side of a shot's images.

    Attributes:
        border: lines of its border, None where the shot does not tell.
        dark: lines from the side on without anything in them.
    """

    border: int | None
    dark: int


class Sides(NamedTuple):
    """All sides of a shot's images."""

    left: Side
    top: Side
    right: Side
    bottom: Side


class AreaSamples:
    """Counts where frames of a shot are lit.

    Args:
        size: of the coded images.
        depth: bits per luma code.
        full_range: black is code 0, not 16.
    """

    def __init__(self, size: Size, depth: int, *, full_range: bool) -> None:
        self._size = size
        self._limit = ((0 if full_range else 16) + _DARK) << (depth - 8)
        self._samples = 0
        self._counts = np.zeros(size.shape, np.uint8)

    def add(self, y: np.ndarray) -> None:
        """Luma codes of the next sample, uint8 or uint16 `(H, W)`."""
        if self._samples == 1:
            # the first frame of a shot may show what is left of a dissolve
            self._counts[:] = 0
        # saturates at _MOST
        cv2.add(self._counts, (y > self._limit).view(np.uint8), dst=self._counts)
        self._samples += 1

    def finish(self) -> Sides:
        """What the samples tell; the next sample is of another shot."""
        judged = max(self._samples - 1, 1)
        needed = 1 if judged < 4 else min(max(2, round(_SEEN * judged)), _MOST)
        sides = _sides(self._counts >= needed)
        self._counts[:] = 0
        self._samples = 0
        return sides


def areas(shots: Sequence[Sides], size: Size) -> Iterator[Area]:
    """The active area of each shot of a film, in coded pixels.

    Args:
        shots: in order.
        size: of the coded images.
    """
    left, top, right, bottom = (_borders([s[k] for s in shots]) for k in range(4))
    for x0, y0, x1, y1 in zip(left, top, right, bottom, strict=True):
        yield Area(x0, y0, size.width - x1, size.height - y1)


def _borders(side: Sequence[Side]) -> list[int]:
    """Lines of border on one side of each shot; undecided shots take the smaller neighbor's."""
    before = _nearest(side)
    after = _nearest(side[::-1])[::-1]
    found = []
    for here, a, b in zip(side, before, after, strict=True):
        near = [n for n in (a, b) if n is not None]
        if here.border is not None:
            found.append(here.border)
        elif near and min(near) <= here.dark:
            found.append(min(near))
        else:
            found.append(0)
    return found


def _nearest(side: Sequence[Side]) -> list[int | None]:
    """For each shot the last border that was told up to it."""
    last: int | None = None
    found = []
    for here in side:
        last = last if here.border is None else here.border
        found.append(last)
    return found


def _sides(lit: np.ndarray) -> Sides:
    """The sides of a bool `(H, W)` mask of pixels that are lit at some time."""
    height, width = lit.shape
    # twice: with borders on all sides, lines are first counted over their whole length
    rows, columns = slice(0, height), slice(0, width)
    for _ in range(2):
        rows = _extent(lit[:, columns].mean(axis=1))
        columns = _extent(lit[rows].mean(axis=0))
    inside = lit[rows, columns]
    is_filled = inside.size >= _LEAST * lit.size and inside.mean() >= _FILLED
    across, down = lit[rows], lit[:, columns].T
    return Sides(
        _side(across, is_filled),
        _side(down, is_filled),
        _side(across[:, ::-1], is_filled),
        _side(down[:, ::-1], is_filled),
    )


def _extent(share: np.ndarray) -> slice:
    """From the first to the last line that is more than a stray."""
    found = np.flatnonzero(share > _STRAY * share.max())
    return slice(int(found[0]), int(found[-1]) + 1) if len(found) else slice(0, len(share))


def _side(lit: np.ndarray, is_filled: bool) -> Side:
    """The left side of a mask that has nothing but the image in its rows."""
    share = lit.mean(axis=0)
    width = len(share)
    edge, dark = _first(share > _STRAY), _first(share > _NOTHING)
    if not is_filled or edge > _LARGEST * width:
        return Side(None, dark)
    behind = lit[:, edge : edge + max(2, round(_RAGGED * width))]
    is_straight = behind.any(axis=1).mean() >= _STRAIGHT
    return Side(edge if is_straight else None, dark)


def _first(mask: np.ndarray) -> int:
    """Number of the first line that is marked, or of all lines."""
    return int(np.argmax(mask)) if mask.any() else len(mask)
