"""Frames that a film is known by: about three a shot, and more of a long one."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..analysis.film_analysis import FilmAnalysis
    from ..analysis.shot import Shot

_MOST = 3
_EVERY = 120
"""Frames from one to the next at most, so that colors need not go far along the flow."""


def frames_of(analysis: FilmAnalysis) -> list[tuple[int, int, float]]:
    """The frames, in order, those that keep their color left out.

    Returns:
        Of each: its number, that of its shot, and the seconds of the shot that it stands for.
    """
    found: list[tuple[int, int, float]] = []
    for shot in analysis.shots:
        numbers = [n for n in _of_shot(shot) if not analysis.keeps_color(n)]
        if not numbers:
            continue
        middles = [(a + b + 1) / 2 for a, b in pairwise(numbers)]
        frames = np.diff([shot.start, *middles, shot.end])
        length = (shot.seconds[1] - shot.seconds[0]) / (shot.end - shot.start)
        parts = frames * length
        found += [(n, shot.number, float(p)) for n, p in zip(numbers, parts, strict=True)]
    return found


def _of_shot(shot: Shot) -> list[int]:
    numbers = {key.frame for key in shot.key_frames[:_MOST]}
    numbers = numbers or {(shot.start + shot.end) // 2}
    # the gaps of a long shot, also before its first and behind its last
    edges = [shot.start, *sorted(numbers), shot.end]
    for a, b in pairwise(edges):
        more = (b - a) // _EVERY
        numbers |= {a + (b - a) * k // (more + 1) for k in range(1, more + 1)}
    return sorted(numbers)
