"""The worst moments of a film, found while it streams by; only so many are ever kept."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..geometry import Size
from ..types import VideoInfo
from .downscale import to_image
from .images import EncodedImage, change_map, encode, heat_image, motion_image, trust_image
from .measure import Measured

_APART = 12
"""Frames between two moments at least."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A sudden change of color.

    Attributes:
        index, seconds, shot: of the frame.
        change: mean change of the regions' color against the frame before, Lab units.
        before, now: both frames as people see them.
        heat: where color changed along the motion.
        motion: the motion that was followed.
        trust: where it could not be trusted.
    """

    index: int
    seconds: float
    shot: int
    change: float
    before: EncodedImage
    now: EncodedImage
    heat: EncodedImage
    motion: EncodedImage
    trust: EncodedImage


class Moments:
    """Keeps the largest changes of one film, each some frames from the next.

    Args:
        film: number of the film.
        info: of the film.
        size: of the images.
        keep: how many at most.
        least: change in Lab units below which there is nothing to show.
    """

    def __init__(
        self, film: int, info: VideoInfo, size: Size, keep: int, least: float = 0.0
    ) -> None:
        self._film, self._info, self._size = film, info, size
        self._keep, self._least = keep, least
        self._found: list[Moment] = []

    def add(self, measured: Measured) -> None:
        """Looks at the next frame."""
        if measured.link is None:
            return
        change = measured.values[self._film].get("region_change", math.nan)
        if not change > self._least:
            return
        index = measured.now.frame_set.index
        near = [m for m in self._found if abs(m.index - index) < _APART]
        if any(m.change >= change for m in near):
            return
        rest = [m for m in self._found if m not in near]
        if len(rest) == self._keep:
            weakest = min(rest, key=lambda m: m.change)
            if weakest.change >= change:
                return
            rest.remove(weakest)
        self._found = [*rest, self._moment(measured, change)]

    @property
    def found(self) -> list[Moment]:
        """The moments, worst first."""
        return sorted(self._found, key=lambda m: -m.change)

    def _moment(self, measured: Measured, change: float) -> Moment:
        assert measured.before is not None
        assert measured.link is not None
        frame_set, small = measured.now.frame_set, measured.now.small[self._film]
        frames = (measured.before.frame_set.frames[self._film], frame_set.frames[self._film])
        before, now = (encode(to_image(f, self._info, self._size)) for f in frames)
        return Moment(
            index=frame_set.index,
            seconds=frame_set.seconds,
            shot=frame_set.shot,
            change=change,
            before=before,
            now=now,
            heat=encode(heat_image(change_map(measured, self._film), small.luma)),
            motion=encode(motion_image(measured.link)),
            trust=encode(trust_image(measured.link, small.luma)),
        )
