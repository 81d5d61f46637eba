"""Which frames become stills, and how long each stands for what is on screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from ..config import ImageName, Position, parse_place, parse_position
from ..errors import ConfigError
from ..guidance.places_in_time import behind_the_end

if TYPE_CHECKING:
    from ..analysis.film_analysis import FilmAnalysis
    from ..video.read.frame_index import FrameIndex

_SHOTS = re.compile(r"(\d+)(?:-(\d+))?")


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for; all None = the key frames of every shot.

    Attributes:
        shots: only these, such as "0,4-7".
        every: a frame every so many frames ("250") or every so long ("10s").
        frames: these, by number, time or name of an image, such as "120,0:31.5".
    """

    shots: str | None = None
    every: str | None = None
    frames: str | None = None

    def __post_init__(self) -> None:
        if self.every is not None and self.frames is not None:
            raise ConfigError("--every and --frames exclude each other")
        if self.every is not None and parse_position(self.every) <= 0:
            raise ConfigError(f"--every {self.every}: more than 0")
        self.shot_numbers()
        self.positions()

    def shot_numbers(self) -> frozenset[int] | None:
        """Numbers of the shots asked for, None = all."""
        if self.shots is None:
            return None
        found: set[int] = set()
        for part in self.shots.split(","):
            match = _SHOTS.fullmatch(part.strip())
            first, last = (0, -1) if match is None else (int(match[1]), int(match[2] or match[1]))
            if last < first:
                raise ConfigError(
                    f"--shots {self.shots!r}: {part!r} is no shot", hint="such as 0,4-7"
                )
            found.update(range(first, last + 1))
        return frozenset(found)

    def positions(self) -> tuple[Position | ImageName, ...] | None:
        """Positions of the frames asked for, None = not by position."""
        if self.frames is None:
            return None
        return tuple(parse_place(part) for part in self.frames.split(","))


@dataclass(frozen=True, slots=True)
class Chosen:
    """A frame that becomes a still.

    Attributes:
        frame: its number.
        shot: number of its shot.
        seconds: length of the part of the shot that it stands for.
    """

    frame: int
    shot: int
    seconds: float


def choose(
    choice: Choice,
    analysis: FilmAnalysis,
    rate: Fraction | None,
    index: Callable[[], FrameIndex],
    image_number: Callable[[ImageName], int],
) -> list[Chosen]:
    """The frames of a choice in the order of the film; those that keep their color are left out.

    Args:
        choice: what was asked for.
        analysis: of the film.
        rate: frames a second, None = unknown.
        index: see `Film.index`; called only where times are asked for.
        image_number: number of the frame that an image of the film is.

    Raises:
        ConfigError: a shot or a frame is not there.
    """
    wanted = choice.shot_numbers()
    missing = sorted((wanted or frozenset()) - {shot.number for shot in analysis.shots})
    if missing:
        raise ConfigError(
            f"--shots: there is no shot {missing[0]}; the last one is {len(analysis.shots) - 1}"
        )
    inside = range(analysis.first_frame, analysis.end)
    asked = asked_frames(choice, inside, rate, index, image_number)
    step = _step(choice, rate)
    found: list[Chosen] = []
    for shot in analysis.shots:
        if wanted is not None and shot.number not in wanted:
            continue
        if asked is not None:
            frames = sorted({f for f in asked if shot.start <= f < shot.end})
        elif step is not None:
            frames = list(range(shot.start, shot.end, step))
        else:
            frames = sorted({key.frame for key in shot.key_frames})
        length = (shot.seconds[1] - shot.seconds[0]) / (shot.end - shot.start)
        for frame, part in zip(frames, _parts(frames, shot.start, shot.end), strict=True):
            if not analysis.keeps_color(frame):
                found.append(Chosen(frame, shot.number, part * length))
    return found


def asked_frames(
    choice: Choice,
    inside: range,
    rate: Fraction | None,
    index: Callable[[], FrameIndex],
    image_number: Callable[[ImageName], int],
) -> list[int] | None:
    """Numbers of the frames asked for, None = not by position.

    Args:
        choice, rate, index, image_number: see `choose`.
        inside: frames that there are.

    Raises:
        ConfigError: a frame is not there.
    """
    places = choice.positions()
    if places is None:
        return None
    positions = [image_number(p) if isinstance(p, ImageName) else p for p in places]
    numbers = [p if isinstance(p, int) else index().number(p) for p in positions]
    for position, number in zip(positions, numbers, strict=True):
        if number < inside.start:
            raise ConfigError(f"--frames: frame {number} is before the range")
        if number >= inside.stop:
            why = behind_the_end(position, inside.stop - 1, lambda n: index().shown(n), rate)
            raise ConfigError(f"--frames: {why}")
    return numbers


def _step(choice: Choice, rate: Fraction | None) -> int | None:
    if choice.every is None:
        return None
    every = parse_position(choice.every)
    if isinstance(every, int):
        return every
    if rate is None:
        raise ConfigError(f"--every {choice.every}: give frames, the film has no fixed frame rate")
    return max(1, round(every * rate))


def _parts(frames: Sequence[int], start: int, end: int) -> list[float]:
    """Frames that each stands for: from half way after the one before to half way to the next."""
    between = [(a + b + 1) / 2 for a, b in pairwise(frames)]
    edges = [float(start), *between, float(end)]
    return [b - a for a, b in pairwise(edges)] if frames else []
