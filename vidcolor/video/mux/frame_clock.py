"""The clock that a film's frames are written by: the source's, or a finer one at a constant rate.

Matroska and FLV round every time to 1/1000 s. In a container that could do better, frames at
40, 42, 42, 41 ms would be called a variable rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ...types import VideoInfo
from ..read.containers import open_input
from ..read.rate import near_rates
from ..segments.segment import Segment

_FINE = ("mp4", "mov", "mpegts")
"""Containers with a finer clock than 1/1000 s."""
_LEAST_TICKS = 4  # in a frame: with fewer, every rhythm lies within the rounding
_TICKS = 1000  # in a frame of a constant rate, about


@dataclass(frozen=True, slots=True)
class FrameClock:
    """Times of frames as they are written.

    Attributes:
        time_base: seconds per tick.
        step: usual ticks from one frame to the next.
        rate: frames per second where it is constant and times are made by it, else None.
        source_base: seconds per tick of the source.
        first_pts: of the first frame, in ticks of the source.
    """

    time_base: Fraction
    step: int
    rate: Fraction | None
    source_base: Fraction
    first_pts: int

    def ticks(self, pts: int) -> int:
        """The time of a frame, given the source's."""
        if self.rate is None:
            return pts
        number = round((pts - self.first_pts) * self.source_base * self.rate)
        return round(self.first_pts * self.source_base / self.time_base) + number * self.step


def frame_clock(info: VideoInfo, segments: Sequence[Segment], container: str) -> FrameClock:
    """A constant rate where all times are those of one, rounded to the source's ticks.

    Args:
        info: the film that is read.
        segments: the colored frames.
        container: that they are written to.
    """
    base, first = info.time_base, segments[0].first_pts
    own = FrameClock(base, usual_step(info), None, base, first)
    if container not in _FINE or info.rate is None:
        return own
    rates = [r for r in near_rates(info.rate) if 1 / r >= _LEAST_TICKS * base]
    if not rates or any((1 / (r * base)).denominator == 1 for r in rates[:1]):
        return own  # a whole number of ticks: nothing was rounded
    rates = [r for r in rates if _spread(_ends(segments), r, base) <= 1]
    if not rates:
        return own
    times = _times(segments, base)
    rate = next((r for r in rates if _spread(times, r, base) <= 1), None)
    if rate is None:
        return own
    scale = max(1, round(_TICKS / rate.denominator))
    return FrameClock(
        1 / Fraction(rate.numerator * scale), rate.denominator * scale, rate, base, first
    )


def usual_step(info: VideoInfo) -> int:
    """Ticks from one frame to the next at the film's average rate, at least 1."""
    return max(1, round(1 / ((info.rate or Fraction(25)) * info.time_base)))


def _spread(times: list[tuple[int, int]], rate: Fraction, base: Fraction) -> Fraction:
    """Ticks by which frames (number, pts) are early or late, from the earliest to the latest."""
    step = 1 / (rate * base)
    off = [pts * step.denominator - number * step.numerator for number, pts in times]
    return Fraction(max(off) - min(off), step.denominator)


def _ends(segments: Sequence[Segment]) -> list[tuple[int, int]]:
    number, ends = 0, []
    for segment in segments:
        ends.append((number, segment.first_pts))
        number += segment.frames
        ends.append((number - 1, segment.last_pts))
    return ends


def _times(segments: Sequence[Segment], base: Fraction) -> list[tuple[int, int]]:
    """(number, pts) of every frame."""
    times: list[int] = []
    for segment in segments:
        with open_input(segment.path) as file:
            stream = file.streams.video[0]
            scale = Fraction(stream.time_base or base) / base
            own = sorted(p.pts for p in file.demux(stream) if p.size and p.pts is not None)
            times += [segment.first_pts + round((pts - own[0]) * scale) for pts in own]
    return list(enumerate(times))
