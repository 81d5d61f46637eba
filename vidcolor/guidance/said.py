"""What a person said about colors, as read from files and not yet placed on a film's frames."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .places_in_time import PlaceInTime

Scope = Literal["shot", "film"] | tuple[int, ...]
"""Where a color counts: in its own shot, in the whole film, or in shots by their numbers too."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A point or a stroke of one color.

    Attributes:
        name: file and entry, for messages: "movie.colors.json: points 3".
        place: its frame.
        line: one place or more, joined by straight lines; x and y from the left and the top of
            the upright image, 0..1.
        radius: in shares of the image's short side.
        ab: a* and b*.
        lock: exactly this color is asked for.
        scope: where it counts.
        without: numbers of shots in which it does not, of the scope "film".
    """

    name: str
    place: PlaceInTime
    line: tuple[tuple[float, float], ...]
    radius: float
    ab: tuple[float, float]
    lock: bool = False
    scope: Scope = "shot"
    without: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StillFile:
    """A still in a person's colors.

    Attributes:
        path: the image.
        place: its frame.
        name: file and entry, for messages; "" of one that was found in a folder.
        scope, without: where what was repainted counts, see `Mark`.
    """

    path: Path
    place: PlaceInTime
    name: str = ""
    scope: Scope = "shot"
    without: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph that is none of the film's frames.

    Attributes:
        name: file and entry, for messages.
        path: the image.
        shots: numbers of the shots it is given to, in the analysis of the whole film.
        place: a frame of the shot it is given to, None where `shots` says it.
    """

    name: str
    path: Path
    shots: tuple[int, ...] = ()
    place: PlaceInTime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """Everything that files say."""

    marks: tuple[Mark, ...] = ()
    stills: tuple[StillFile, ...] = ()
    photos: tuple[Photo, ...] = ()

    def __add__(self, other: Said) -> Said:
        return Said(
            self.marks + other.marks, self.stills + other.stills, self.photos + other.photos
        )
