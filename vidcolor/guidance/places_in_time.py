"""Places in a film as people write them: frame numbers, times, timecodes, names of stills."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from ..config import Position, parse_position
from ..errors import ConfigError


class Timecode(NamedTuple):
    """Hours, minutes and seconds, and frames within the second (SMPTE ST 12-1), from 0:00.

    Attributes:
        seconds: whole seconds, hours and minutes in them.
        frames: number of the frame within the second.
        drops: written with a semicolon: of 29.97 frames a second, numbers are left out.
    """

    seconds: int
    frames: int
    drops: bool = False

    def frame(self, rate: Fraction | None) -> int:
        """The frame's number in a film of that many frames a second.

        Raises:
            ValueError: the film has no rate, or not so many frames in a second.
        """
        if rate is None:
            raise ValueError("the film has no fixed frame rate: give a frame number")
        nominal = round(rate)
        if self.frames >= nominal:
            raise ValueError(f"a second has {nominal} frames, from 0 to {nominal - 1}")
        minutes = self.seconds // 60
        left_out = (nominal // 15) * (minutes - minutes // 10) if self.drops else 0
        return self.seconds * nominal + self.frames - left_out


PlaceInTime = Position | Timecode

_SMPTE = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d)([:;])(\d{2})")
# Our own names begin so, whatever an editor writes behind them.
_OWN = re.compile(r"(\d{6,})_\d{2,}-[0-5]\d-[0-5]\d\.\d{3}(?!\d)")
# ref_000120 is what HAVC writes.
_NUMBER = re.compile(r"(?:[A-Za-z]+[-_ .]*)?(\d+)")
_CLOCK = re.compile(
    r"(?:[A-Za-z]+[-_ .]+)?(\d{1,2})[-_.h]([0-5]\d)[-_.m]([0-5]\d)"
    r"(?:[.,s](?P<part>\d{1,6})|[-_;](?P<frames>\d{2}))?s?"
)
_PHOTO = re.compile(r"shot[-_ ]?(\d+)(?!\d).*", re.IGNORECASE)


def still_name(frame: int, seconds: Fraction) -> str:
    """Name of a still, without ending: "000120_00-00-05.005"."""
    thousandths = max(0, round(seconds * 1000))
    whole, thousandths = divmod(thousandths, 1000)
    minutes, whole = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{frame:06d}_{hours:02d}-{minutes:02d}-{whole:02d}.{thousandths:03d}"


def place_of_still(stem: str) -> PlaceInTime:
    """Where a still belongs, by its name without ending.

    Read are our own names, a frame number ("120", "frame-000120", "ref_000120" of HAVC) and a
    time ("00-01-02.500", "00h01m02s", "00_01_02_12" with frames).

    Raises:
        ValueError: the name says nothing, or not clearly.
    """
    if own := _OWN.match(stem):
        return int(own[1])
    if number := _NUMBER.fullmatch(stem):
        return int(number[1])
    if clock := _CLOCK.fullmatch(stem):
        hours, minutes, seconds = (int(clock[n]) for n in (1, 2, 3))
        whole = 3600 * hours + 60 * minutes + seconds
        if clock["frames"] is not None:
            return Timecode(whole, int(clock["frames"]), drops=";" in stem)
        return Fraction(f"{whole}.{clock['part'] or 0}")
    raise ValueError("its name is neither a frame number nor a time")


def shot_of_photo(stem: str) -> int | None:
    """The shot that a photograph is given to by its name ("shot-0012 market"), None = no such."""
    found = _PHOTO.fullmatch(stem)
    return None if found is None else int(found[1])


def read_time(text: str) -> Fraction | Timecode:
    """A time of an entry: "12.5s", "1:02:03.5", or "01:02:03:12" with frames.

    Raises:
        ValueError: the text is none of these.
    """
    if smpte := _SMPTE.fullmatch(text.strip()):
        hours, minutes, seconds, mark, frames = smpte.groups()
        whole = 3600 * int(hours) + 60 * int(minutes) + int(seconds)
        return Timecode(whole, int(frames), drops=mark == ";")
    try:
        place = parse_position(text)
    except ConfigError as err:
        raise ValueError(f"{text!r} is no time such as 12.5s or 1:02:03.5") from err
    if isinstance(place, int):
        raise ValueError(f"{text!r} is no time such as 12.5s or 1:02:03.5")
    return place
