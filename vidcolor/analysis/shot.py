"""A shot of an analyzed film, and the reading of shots that were edited by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ConfigError
from ..geometry import Area
from ..shots.detector import OPENINGS


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """A frame that shows what a shot shows.

    Attributes:
        frame: its number in the film.
        sharpness: relative to the sharpest frame of its shot, in [0, 1].
        descriptor: features of its content, None until a later pass computes them.
    """

    frame: int
    sharpness: float
    descriptor: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot.

    Attributes:
        number: from 0.
        start, end: its first frame and the one after its last, numbers in the film.
        seconds: when `start` and `end` are shown, counted from the film's start.
        opening: kind of boundary it begins with, one of `shots.detector.OPENINGS`.
        lead: frames from where the transition to it began to `start`; 0 for a cut.
        area: where the image is, without black bars and the edge of the film frame, in coded
            pixels.
        key_frames: candidates, most typical first.
        between: further frames of a long shot, so that none is far from one of these or of the
            first key frames; in order.
    """

    number: int
    start: int
    end: int
    seconds: tuple[float, float]
    opening: str
    lead: int
    area: Area
    key_frames: tuple[KeyFrame, ...] = ()
    between: tuple[int, ...] = ()


def read_shots(entries: Sequence[Mapping[str, Any]]) -> Iterator[Shot]:
    """Shots from JSON values, numbered anew.

    Of a shot that was added by hand, `start` and `end` are enough: what is missing is taken from
    the shots around. Key frames that do not lie in their shot are left out, see `strays`.

    Args:
        entries: in order; as `dataclasses.asdict` makes them, or less.

    Raises:
        ConfigError: an entry cannot be read; the line names the shot.
    """
    areas, clock = _areas(entries), _clock(entries)
    for number, entry in enumerate(entries):
        try:
            start, end = _frame(entry, "start"), _frame(entry, "end")
            seconds = entry.get("seconds")
            first, last = clock(start, end) if seconds is None else map(float, seconds)
            yield Shot(
                number,
                start,
                end,
                (first, last),
                str(entry.get("opening", "cut" if number else OPENINGS[0])),
                int(entry.get("lead", 0)),
                areas[number],
                _key_frames(entry.get("key_frames", ()), start, end),
                tuple(n for n in map(int, entry.get("between", ())) if start <= n < end),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as err:
            raise _unreadable(number, err) from err


def strays(entries: Sequence[Mapping[str, Any]]) -> list[int]:
    """Numbers of the key frames that do not lie in their shot: where a cut was moved by hand.

    Args:
        entries: that `read_shots` can read.
    """
    found: list[int] = []
    for entry in entries:
        keys = [int(key["frame"]) for key in entry.get("key_frames", ())]
        keys += map(int, entry.get("between", ()))
        found += [n for n in keys if not entry["start"] <= n < entry["end"]]
    return sorted(found)


def check_shots(shots: Sequence[Shot], first_frame: int, end: int) -> None:
    """Raises `ConfigError` unless shots cover first_frame:end without gaps; names the shot."""
    if not shots:
        raise ConfigError("there is no shot")
    expected = first_frame
    for shot in shots:
        if shot.start != expected:
            raise ConfigError(
                f"shot {shot.number} starts at frame {shot.start}, not {expected}",
                hint="each shot starts where the one before ends",
            )
        if shot.end <= shot.start:
            raise ConfigError(f"shot {shot.number} has no frame ({shot.start}:{shot.end})")
        if shot.opening not in OPENINGS:
            raise ConfigError(
                f"shot {shot.number}: opening {shot.opening!r} is not one of {', '.join(OPENINGS)}"
            )
        left, top, right, bottom = shot.area
        if not (0 <= left < right and 0 <= top < bottom):
            raise ConfigError(
                f"shot {shot.number}: area {list(shot.area)} is not [left, top, right, bottom]"
            )
        expected = shot.end
    if expected != end:
        raise ConfigError(
            f"shot {shots[-1].number}, the last one, ends at frame {expected}, the film at {end}"
        )


def _frame(entry: Mapping[str, Any], name: str) -> int:
    value = entry[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} {value!r} is not a frame number")
    return value


def _areas(entries: Sequence[Mapping[str, Any]]) -> list[Area]:
    """The area of each shot, of added ones that of the shot before, or else after."""
    given: list[Area | None] = []
    for number, entry in enumerate(entries):
        try:
            area = entry.get("area")
            given.append(None if area is None else Area(*map(int, area)))
        except (TypeError, ValueError, AttributeError, OverflowError) as err:
            raise _unreadable(number, err) from err
    last = next((a for a in given if a is not None), None)
    if last is None and given:
        raise ConfigError("shot 0 has no area, and no other shot has one")
    found = []
    for area in given:
        last = last if area is None else area
        found.append(last)
    return [a for a in found if a is not None]


def _clock(
    entries: Sequence[Mapping[str, Any]],
) -> Callable[[int, int], tuple[float, float]]:
    """Seconds at which frames are shown, interpolated from the shots that say so."""
    marks: dict[int, float] = {}
    for number, entry in enumerate(entries):
        try:
            if entry.get("seconds") is None:
                continue
            # the end of a shot that was cut in two is not where its seconds say
            marks[_frame(entry, "start")] = float(entry["seconds"][0])
            if number == len(entries) - 1:
                marks[_frame(entry, "end")] = float(entry["seconds"][1])
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as err:
            raise _unreadable(number, err) from err
    frames = sorted(marks) or [0]
    times = [marks.get(f, 0.0) for f in frames]

    def seconds(start: int, end: int) -> tuple[float, float]:
        first, last = np.interp((start, end), frames, times)
        return float(first), float(last)

    return seconds


def _key_frames(entries: Sequence[Mapping[str, Any]], start: int, end: int) -> tuple[KeyFrame, ...]:
    found = tuple(
        KeyFrame(
            int(entry["frame"]),
            float(entry.get("sharpness", 1.0)),
            None
            if entry.get("descriptor") is None
            else tuple(float(x) for x in entry["descriptor"]),
        )
        for entry in entries
        if start <= int(entry["frame"]) < end
    )
    return found or (KeyFrame((start + end) // 2, 1.0),)


def _unreadable(number: int, err: Exception) -> ConfigError:
    if isinstance(err, KeyError):
        return ConfigError(f"shot {number}: {err.args[0]!r} is missing")
    if isinstance(err, AttributeError):
        return ConfigError(f"shot {number} is not an object with names")
    return ConfigError(f"shot {number} cannot be read: {err}")
