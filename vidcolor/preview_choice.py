"""Which frames of a film a preview shows when nobody says: one look at each of the first shots."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .analysis.film_analysis import FilmAnalysis
from .config import FilmSettings
from .film import frames_at
from .types import Frame, VideoInfo

_SHOTS, _EXAMINED, _FRAMES = 8, 60, 6
_LEAST_SPREAD = 0.08  # of the range of codes: less is black, fog or a blank frame


class Stretch(NamedTuple):
    """Consecutive frames: the first and the one after the last."""

    start: int
    end: int


def stretches_worth_seeing(
    path: Path, settings: FilmSettings, info: VideoInfo, analysis: FilmAnalysis
) -> list[Stretch]:
    """A few frames of each of the first shots that are neither black nor blank.

    Of a film without any such shot, those from its beginning.

    Args:
        path, settings, info, analysis: of the film.
    """
    shots = analysis.shots[:_EXAMINED]
    typical = [s.key_frames[0].frame if s.key_frames else (s.start + s.end) // 2 for s in shots]
    found: list[Stretch] = []
    with closing(frames_at(path, settings, analysis, sorted(typical))) as frames:
        for shot, frame in zip(shots, frames, strict=True):
            if not _shows_something(frame, info):
                continue
            start = max(shot.start, min(frame.index - _FRAMES // 2, shot.end - _FRAMES))
            found.append(Stretch(start, min(start + _FRAMES, shot.end)))
            if len(found) == _SHOTS:
                break
    first = analysis.first_frame
    return found or [Stretch(first, min(analysis.end, first + _SHOTS * _FRAMES))]


def _shows_something(frame: Frame, info: VideoInfo) -> bool:
    dark, light = np.percentile(frame.y[::4, ::4], (5, 95))
    return bool(light - dark > _LEAST_SPREAD * 2**info.tags.depth)
