"""Frames per second of a film: what the header says, unless that cannot be."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from statistics import median

import av.error
from av.video.stream import VideoStream

from .containers import open_input
from .folder import is_picture_folder

_FASTEST = 300
"""Rates above this are a clock's ticks more often than a camera's frames."""
_PACKETS = 60
_STANDARD = (*range(1, 121), *(Fraction(1000 * n, 1001) for n in (24, 30, 48, 60, 120)))


def usual_rate(path: Path, stream: VideoStream) -> Fraction | None:
    """The average rate; of films whose header gives the ticks of its clock, the packets' own.

    A raw DV stream has an average of 60000 frames a second, by its clock, and a base rate of 25.

    Args:
        path: the film.
        stream: its video track.

    Returns:
        None where nothing says it.
    """
    average, guessed = (
        Fraction(rate) if rate else None for rate in (stream.average_rate, stream.guessed_rate)
    )
    if average is None or (guessed is not None and average >= 2 * guessed):
        average = guessed  # a clock's ticks, or fields, as GXF counts
    elif guessed in near_rates(average)[:-1]:
        average = guessed  # a header's average is of a few frames, or rounded
    if average is not None and average > _FASTEST and not is_picture_folder(path):
        return _measured(path, stream.index) or average
    return average


def near_rates(rate: Fraction) -> list[Fraction]:
    """The standard rates that a rounded header may mean by `rate`, nearest first, then itself."""
    near = [Fraction(r) for r in _STANDARD if abs(r - rate) < rate / 200]
    return list(dict.fromkeys([*sorted(near, key=lambda r: abs(r - rate)), rate]))


def _measured(path: Path, index: int) -> Fraction | None:
    """The rate by the usual distance of the first packets, None where they have no times."""
    try:
        with open_input(path) as film:
            stream = film.streams[index]
            packets = islice(film.demux(stream), _PACKETS)
            times = sorted(p.pts for p in packets if p.size and p.pts is not None)
            step = median(b - a for a, b in pairwise(times)) if times[1:] else 0
            rate = 1 / (Fraction(step) * Fraction(stream.time_base or 0)) if step else None
    except (av.error.FFmpegError, OSError, ZeroDivisionError):
        return None
    if rate is None:
        return None
    # a whole tick is a coarse measure
    return near_rates(rate)[0]
