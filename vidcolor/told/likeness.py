"""Colors that frames get from elsewhere: photographs, stills and points, also of other shots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch

from .. import color
from ..film import frames_at
from ..guidance.drawing import covered
from ..guidance.guidance import GivenColors
from ..guidance.matching import Seen, photo_colors, place_weights
from ..guidance.recall import (
    PLACE_STEP,
    STILL_STEP,
    ColoredPlace,
    frames_to_compare,
    recalled,
)
from ..guidance.wide import WideStill
from ..stages.lightness import to_lightness

if TYPE_CHECKING:
    from ..analysis.film_analysis import FilmAnalysis
    from ..colorizers.base import Base
    from ..film import Film
    from ..geometry import Area, Size
    from ..guidance.guidance import Reference
    from ..guidance.said import Mark
    from ..guidance.wide import Wide


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """An image that colors are taken from.

    Attributes:
        name: of the entry.
        seen: the image, of a frame its active area.
        shots: numbers of the shots that get colors from it.
        photo_ab: its colors; None = those of `mark`.
        known: which of these count, None = all.
        mark: a place in it that has a color.
        inside: the mark's pixels in the active area.
    """

    name: str
    seen: Seen
    shots: frozenset[int]
    photo_ab: torch.Tensor | None = None
    known: torch.Tensor | None = None
    mark: Mark | None = None
    inside: np.ndarray | None = None


class Likeness:
    """Finds what is alike in a film. The network is loaded when it is first needed.

    Args:
        film: opened with the run's settings.
        size: of the planes, upright, in square pixels.
    """

    def __init__(self, film: Film, size: Size) -> None:
        self._film, self._size = film, size

    def layers(
        self,
        references: Sequence[Reference],
        wide: Sequence[Wide],
        analysis: FilmAnalysis,
    ) -> tuple[list[GivenColors], list[str]]:
        """What photographs, and points and stills of other shots, say of key frames.

        Args:
            references: photographs with the frames of their shots.
            wide: points, strokes and stills that count in other shots too.
            analysis: of the film.

        Returns:
            Planes of key frames, several of one where several sources color it; and the names of
            photographs that nothing is like in their shots.
        """
        sources = [self._photo(reference, analysis) for reference in references]
        sources += self._of_frames(wide, analysis)
        wanted = {number for source in sources for number in source.shots}
        shots = [shot for shot in analysis.shots if shot.number in wanted]
        numbers = [key.frame for shot in shots for key in shot.key_frames]
        found: list[GivenColors] = []
        unlike = {reference.name for reference in references}
        for frame, shown, area in self._frames(numbers, analysis):
            shot = analysis.shot_at(frame).number
            for source in sources:
                if shot not in source.shots:
                    continue
                ab, weight = _colors(shown, source)
                if weight.any():
                    found.append(GivenColors(frame, *_placed(ab, weight, area, self._size)))
                    unlike.discard(source.name)
        return found, sorted(unlike)

    @cached_property
    def _network(self) -> Base:
        from ..colorizers.base import load

        return load("cpu")

    def recalled(
        self,
        stills: Sequence[GivenColors],
        marks: Mapping[int, Sequence[Mark]],
        analysis: FilmAnalysis,
    ) -> Iterator[GivenColors]:
        """What stills, points and strokes say of frames that their colors may not travel to.

        Args:
            stills: of frames of `analysis`.
            marks: points and strokes, by frame of `analysis`.
            analysis: of the film.
        """
        colored = {still.frame: still for still in stills}
        touched = {shot.start: shot for shot in map(analysis.shot_at, {*colored, *marks})}
        for _, shot in sorted(touched.items()):
            # of a range, the part of the shot that is in it
            start, end = max(shot.start, analysis.first_frame), min(shot.end, analysis.end)
            own = [frame for frame in sorted({*colored, *marks}) if start <= frame < end]
            known: list[tuple[GivenColors, Seen]] = []
            places: list[ColoredPlace] = []
            for frame, seen, area in self._frames(own, analysis):
                if frame in colored:
                    known.append((_inside(colored[frame], area), seen))
                places += self._places(marks.get(frame, ()), seen, area)
            by_still = set(frames_to_compare(start, end, own, STILL_STEP)) if known else set()
            by_place = set(frames_to_compare(start, end, own, PLACE_STEP)) if places else set()
            for frame, shown, area in self._frames(sorted(by_still | by_place), analysis):
                stills_there = known if frame in by_still else ()
                places_there = places if frame in by_place else ()
                for found in recalled([(frame, shown)], stills_there, places_there):
                    yield GivenColors(frame, *_placed(found.ab, found.weight, area, self._size))

    def _places(self, marks: Sequence[Mark], seen: Seen, area: Area) -> Iterator[ColoredPlace]:
        for mark in marks:
            inside = self._covered(mark, area)
            if inside.any():
                yield ColoredPlace(mark.ab, inside, seen)

    def _covered(self, mark: Mark, area: Area) -> np.ndarray:
        left, top, right, bottom = area
        return covered(mark, self._size)[top:bottom, left:right]

    def _photo(self, reference: Reference, analysis: FilmAnalysis) -> _Source:
        rgb = torch.from_numpy(np.ascontiguousarray(reference.rgb)).permute(2, 0, 1)[None]
        L, ab = color.rgb_to_lab(rgb.float() / 255)
        shot = analysis.shot_at(reference.start).number
        seen = Seen.of(L, self._network.encode)
        return _Source(reference.name, seen, frozenset({shot}), photo_ab=ab)

    def _of_frames(self, wide: Sequence[Wide], analysis: FilmAnalysis) -> Iterator[_Source]:
        for frame, seen, area in self._frames([w.frame for w in wide], analysis):
            here = {analysis.shot_at(frame).number}
            for one in (w for w in wide if w.frame == frame):
                shots = one.shots - here
                if isinstance(one, WideStill):
                    still = _inside(one.colors, area)
                    ab, known = torch.from_numpy(still.ab), torch.from_numpy(still.weight)
                    yield _Source(one.name, seen, shots, photo_ab=ab[None], known=known[None, None])
                    continue
                inside = self._covered(one.mark, area)
                if inside.any():
                    yield _Source(one.mark.name, seen, shots, mark=one.mark, inside=inside)

    def _frames(
        self, numbers: Sequence[int], analysis: FilmAnalysis
    ) -> Iterator[tuple[int, Seen, Area]]:
        """Frames that get colors: number, look of the active area, and that area."""
        film = self._film
        gray = [n for n in sorted(set(numbers)) if not analysis.keeps_color(n)]
        with closing(frames_at(film.path, film.settings, analysis, gray)) as frames:
            for item in to_lightness(frames, film.info, analysis, self._size, "cpu"):
                left, top, right, bottom = item.area
                L = item.L[..., top:bottom, left:right].float().contiguous()
                yield item.index, Seen.of(L, self._network.encode), item.area


def _colors(shown: Seen, source: _Source) -> tuple[np.ndarray, np.ndarray]:
    if source.photo_ab is not None:
        return photo_colors(shown, source.seen, source.photo_ab, source.known)
    assert source.mark is not None
    assert source.inside is not None
    (weight,) = place_weights(shown, source.seen, [source.inside])
    ab = np.array(source.mark.ab, np.float32)[:, None, None]
    return np.broadcast_to(ab, (2, *weight.shape)) * (weight > 0), weight


def _inside(colors: GivenColors, area: Area) -> GivenColors:
    left, top, right, bottom = area
    inside = (..., slice(top, bottom), slice(left, right))
    return replace(colors, ab=colors.ab[inside], weight=colors.weight[inside])


def _placed(
    ab: np.ndarray, weight: np.ndarray, area: Area, size: Size
) -> tuple[np.ndarray, np.ndarray]:
    """Planes of the active area in those of the whole image, rounded.

    Rounded, so that the last bits of a network do not make other colors of the same ones.
    """
    left, top, right, bottom = area
    whole_ab = np.zeros((2, *size.shape), np.float32)
    whole_weight = np.zeros(size.shape, np.float32)
    whole_ab[:, top:bottom, left:right] = np.round(ab * 4) / 4
    whole_weight[top:bottom, left:right] = np.round(weight * 64) / 64
    return whole_ab, whole_weight
