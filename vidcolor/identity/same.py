"""Where else in a film a thing was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import ConfigError
from .settle import settle
from .strength import STRENGTHS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..analysis.film_analysis import FilmAnalysis
    from .bank import Bank

_LEAST = 0.2
"""Share that a person's color must have in a region's for the thing to count as found."""


@dataclass(frozen=True, slots=True)
class SameThing:
    """A shot in which a thing was found.

    Attributes:
        shot, frame: numbers in the film.
        x, y: where it is surest, 0..1 from the left and the top of the upright image.
        sure: how much of a person's color for the thing arrives there, in (0, 1].
    """

    shot: int
    frame: int
    x: float
    y: float
    sure: float


def same_thing(
    bank: Bank, analysis: FilmAnalysis, frame: int, x: float, y: float
) -> list[SameThing]:
    """All other shots in which the thing at a place was found, in the order of the film.

    Args:
        bank, analysis: of the film.
        frame: number of a key frame of the bank.
        x, y: the place, 0..1.

    Raises:
        ConfigError: nothing was looked at there; the hint says which frames were.
    """
    region = bank.region_at(frame, x, y)
    if region is None:
        raise _unknown(bank, analysis, frame)
    normal = STRENGTHS["normal"]
    assert normal is not None
    told = settle(bank, normal.pull, {region: (0.0, 0.0)}).told
    shots = bank.shot_of
    own = int(shots[region])
    found = []
    for shot in sorted(set(shots[told >= _LEAST].tolist()) - {own}):
        best = max((shots == shot).nonzero()[0], key=lambda r: told[r])
        found.append(
            SameThing(
                shot=int(shot),
                frame=int(bank.frames[bank.frame_of[best]]),
                x=round(float(bank.places[best, 0]), 4),
                y=round(float(bank.places[best, 1]), 4),
                sure=round(float(told[best]), 3),
            )
        )
    return found


def _unknown(bank: Bank, analysis: FilmAnalysis, frame: int) -> ConfigError:
    if not analysis.first_frame <= frame < analysis.end:
        return ConfigError(f"--same-as: there is no frame {frame}; the last is {analysis.end - 1}")
    if frame in bank.frames:
        return ConfigError("--same-as: the place is beside the film's image")
    shot = analysis.shot_at(frame).number
    looked: Sequence[int] = bank.frames[bank.shots == shot].tolist()
    return ConfigError(
        f"--same-as: frame {frame} was not compared with other shots",
        hint=f"of its shot, {shot}, these were: {', '.join(map(str, looked)) or 'none'}",
    )
