"""Times in a film, as people write them: clocks, and SMPTE time codes that count frames."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_CODE = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;])(\d{2,3})")
_DAY_HOURS = 24


def as_clock(seconds: Fraction, digits: int = 1) -> str:
    """Seconds as 00:01:02.5, with so many digits behind the point."""
    second = 10**digits
    minutes, parts = divmod(max(0, round(seconds * second)), 60 * second)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{parts // second:02d}.{parts % second:0{digits}d}"


@dataclass(frozen=True, slots=True, order=True)
class Timecode:
    """A time code (SMPTE ST 12-1): a name that counts frames.

    Attributes:
        hours, minutes, seconds, frames: its parts.
        drop: frame numbers 0 and 1 are left out at every minute but each tenth (rates of NTSC), as
            the semicolon in 01:00:00;02 says.
    """

    hours: int
    minutes: int
    seconds: int
    frames: int
    drop: bool = False

    @classmethod
    def parse(cls, text: str) -> Timecode | None:
        """A time code such as 10:00:00:05 or 01:00:00;02, None where the text is none."""
        match = _CODE.fullmatch(text.strip())
        if match is None or int(match[2]) > 59 or int(match[3]) > 59:
            return None
        return cls(int(match[1]), int(match[2]), int(match[3]), int(match[5]), match[4] == ";")

    def number(self, rate: Fraction) -> int:
        """Frames since 00:00:00:00.

        Args:
            rate: frames per second.
        """
        whole = round(rate)
        minutes = 60 * self.hours + self.minutes
        count = (60 * minutes + self.seconds) * whole + self.frames
        left_out = _left_out(whole) if self.drop else 0
        if self.drop and self.seconds == 0 and minutes % 10 and self.frames < left_out:
            count += left_out - self.frames  # a name that no frame has: the next one
        return count - left_out * (minutes - minutes // 10)

    def moved(self, frames: int, rate: Fraction) -> Timecode:
        """The time code so many frames later; after a day it begins anew."""
        whole = round(rate)
        left_out = _left_out(whole) if self.drop else 0
        ten_minutes = 600 * whole - 9 * left_out
        number = (self.number(rate) + frames) % (6 * _DAY_HOURS * ten_minutes)
        tens, rest = divmod(number, ten_minutes)
        # the first minute of ten is a whole one
        minutes = max(0, (rest - left_out) // (60 * whole - left_out)) if left_out else 0
        number += left_out * (9 * tens + minutes)
        seconds, frame = divmod(number, whole)
        return Timecode(seconds // 3600, seconds // 60 % 60, seconds % 60, frame, self.drop)

    def __str__(self) -> str:
        last = ";" if self.drop else ":"
        return f"{self.hours:02d}:{self.minutes:02d}:{self.seconds:02d}{last}{self.frames:02d}"


def _left_out(whole: int) -> int:
    """Numbers left out at a minute: 2 of 30, 4 of 60."""
    return whole // 15 if whole % 30 == 0 else 0
