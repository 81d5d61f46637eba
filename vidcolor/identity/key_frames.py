"""Frames that a film is known by: about three a shot, and more of a long one."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ..analysis.key_frames import identifying
from ..analysis.key_images import KeyImages
from ..analysis.small_film import working_luma
from ..film import frames_at
from ..types import Frame

if TYPE_CHECKING:
    from ..analysis.film_analysis import FilmAnalysis
    from ..film import Film


def frames_of(analysis: FilmAnalysis) -> list[tuple[int, int, float]]:
    """The frames, in order, those that keep their color left out.

    Returns:
        Of each: its number, that of its shot, and the seconds of the shot that it stands for.
    """
    found: list[tuple[int, int, float]] = []
    for shot in analysis.shots:
        numbers = [n for n in identifying(shot) if not analysis.keeps_color(n)]
        if not numbers:
            continue
        middles = [(a + b + 1) / 2 for a, b in pairwise(numbers)]
        frames = np.diff([shot.start, *middles, shot.end])
        length = (shot.seconds[1] - shot.seconds[0]) / (shot.end - shot.start)
        parts = frames * length
        found += [(n, shot.number, float(p)) for n, p in zip(numbers, parts, strict=True)]
    return found


def images_at(film: Film, work_size: int) -> KeyImages:
    """Where an analysis keeps what is looked at of key frames at a working size."""
    geometry = film.info.geometry
    size = geometry.before_turning(geometry.working_size(work_size))
    return KeyImages(partial(working_luma, size=size))


def read_frames(
    film: Film, analysis: FilmAnalysis, numbers: Sequence[int], images: KeyImages | None
) -> Generator[Frame, None, None]:
    """Frames of a film, small where an image was kept; the others are read.

    Args:
        film, analysis: the film.
        numbers: of the frames, increasing.
        images: that were kept of them, at the size that they are looked at.

    Raises:
        MediaError: the film cannot be read.
    """
    missing = [n for n in numbers if images is None or n not in images]
    with closing(frames_at(film.path, film.settings, analysis, missing)) as read:
        for number in numbers:
            if images is not None and number in images:
                yield Frame(index=number, pts=0, y=images[number])
            else:
                yield next(read)
