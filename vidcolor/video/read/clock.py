"""Timestamps of pictures: kept where they are sound, mended and noted where they are not."""

from __future__ import annotations

from fractions import Fraction

from ...timecode import as_clock

_JUMP_S = Fraction(1, 10)
"""A step back by more than this is another clock (joined recordings), less is jitter."""


class Clock:
    """Gives every picture a timestamp later than that of the one before.

    Args:
        time_base: seconds per tick.
        rate: frames per second, None = 25 is taken where timestamps must be made.
        start_time: seconds of the film's start, for notes.
    """

    def __init__(self, time_base: Fraction, rate: Fraction | None, start_time: Fraction) -> None:
        self._time_base = time_base
        self._rate = rate or Fraction(25)
        self._start = start_time
        self._last: int | None = None
        self._made_since: tuple[int, int] | None = None  # last sound pts, pictures since
        self._offset = 0
        self._made = self._moved = 0
        self._jumps: list[Fraction] = []

    def stamp(self, pts: int | None) -> int:
        """The timestamp of the next picture in ticks, given what the file says of it."""
        if pts is None:
            self._made += 1
            stamp = self._make()
        else:
            self._made_since = None
            stamp = pts + self._offset
        if self._last is not None and stamp <= self._last:
            if (self._last - stamp) * self._time_base > _JUMP_S:
                self._jumps.append(self._last * self._time_base - self._start)
                step = max(1, round(1 / (self._rate * self._time_base)))
                self._offset += self._last + step - stamp
                stamp = self._last + step
            else:
                self._moved += 1
                stamp = self._last + 1
        self._last = stamp
        return stamp

    def seconds(self, stamp: int) -> Fraction:
        """Seconds from the film's start."""
        return stamp * self._time_base - self._start

    def notes(self) -> list[str]:
        """What was mended, one line each."""
        notes = []
        if self._made:
            notes.append(
                f"{self._made} pictures without timestamps: {float(self._rate):g} fps used"
            )
        if self._moved:
            notes.append(f"{self._moved} timestamps were not increasing and moved by a tick")
        if self._jumps:
            more = f" and at {len(self._jumps) - 1} more places" if len(self._jumps) > 1 else ""
            notes.append(
                f"timestamps jump back after {as_clock(self._jumps[0])}{more}: "
                "the picture goes on without a gap"
            )
        return notes

    def _make(self) -> int:
        # counted from the last sound timestamp, so that rounding does not add up
        if self._made_since is None:
            base = -1 if self._last is None else self._last
            self._made_since = (base, 0)
            if self._last is None:
                start = round(self._start / self._time_base)
                self._made_since = (start, -1)
        base, count = self._made_since
        self._made_since = (base, count + 1)
        return base + round((count + 1) / (self._rate * self._time_base))
