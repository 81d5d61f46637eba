"""Places in a film as people write them: frame numbers, times, timecodes, names of stills."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

from ..config import Position, parse_position
from ..errors import ConfigError
from ..timecode import Timecode, as_clock

PlaceInTime = Position | Timecode
"""A frame's number, a time, or a time code, each from the film's start on."""

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
    return f"{frame:06d}_{as_clock(seconds, 3).replace(':', '-')}"


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
        if clock["frames"] is not None:
            return Timecode(hours, minutes, seconds, int(clock["frames"]), drop=";" in stem)
        return Fraction(f"{3600 * hours + 60 * minutes + seconds}.{clock['part'] or 0}")
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
    if (code := Timecode.parse(text)) is not None:
        return code
    try:
        place = parse_position(text)
    except ConfigError as err:
        raise ValueError(f"{text!r} is no time such as 12.5s or 1:02:03.5") from err
    if isinstance(place, int):
        raise ValueError(f"{text!r} is no time such as 12.5s or 1:02:03.5")
    return place


def frame_of_code(code: Timecode, rate: Fraction | None) -> int:
    """The number of a time code's frame in a film of `rate` frames a second.

    Raises:
        ValueError: the film has no rate, or not so many frames in a second.
    """
    if rate is None:
        raise ValueError("the film has no fixed frame rate: give a frame number")
    if code.frames >= round(rate):
        raise ValueError(f"a second has {round(rate)} frames, from 0 to {round(rate) - 1}")
    return code.number(rate)


def behind_the_end(
    place: PlaceInTime, last: int, shown: Callable[[int], Fraction], rate: Fraction | None
) -> str:
    """Says in its own form that a place lies behind the film's end.

    Args:
        place: a time code only of a film with a rate.
        last: number of the film's last frame.
        shown: seconds from the film's start at which a frame is shown.
        rate: frames per second, None = not fixed.
    """
    if isinstance(place, Timecode) and rate is not None:
        begin = Timecode(0, 0, 0, 0, place.drop)
        return f"{place}: the film's last frame is {begin.moved(last, rate)}"
    if isinstance(place, Fraction):
        until = as_clock(shown(last), 3)
        return f"{as_clock(place, 3)}: the film's last frame is shown at {until}"
    return f"frame {place}: the film's last one is {last}"
