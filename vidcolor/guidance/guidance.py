"""What was said about a film's colors, as plain values that a unit of work can carry."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import ConfigError

if TYPE_CHECKING:
    from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class GivenColors:
    """What is known of the colors of one frame: a repainted still, points, strokes.

    Attributes:
        frame: number of the frame in the film.
        ab: float32 `(2, h, w)`, a* and b*, upright and in square pixels, at any size; what
            is no number becomes 0 where the weight is 0.
        weight: float32 `(h, w)` in [0, 1], 1 = exactly this, 0 = nothing was said.
    """

    frame: int
    ab: np.ndarray
    weight: np.ndarray

    def __post_init__(self) -> None:
        if self.weight.ndim != 2 or self.ab.shape != (2, *self.weight.shape):
            raise ValueError(
                f"ab is (2, h, w) and weight (h, w), not {self.ab.shape} and {self.weight.shape}"
            )
        if self.frame < 0:
            raise ValueError(f"frame {self.frame}: frames are counted from 0")
        if not self.weight.size:
            raise ValueError(f"frame {self.frame}: planes without pixels")
        if not ((self.weight >= 0) & (self.weight <= 1)).all():
            raise ValueError(f"frame {self.frame}: weights are from 0 to 1")
        if not np.isfinite(self.ab[:, self.weight > 0]).all():
            raise ValueError(f"frame {self.frame}: ab has values that are no numbers")
        if not np.isfinite(self.ab).all():
            object.__setattr__(self, "ab", np.where(self.weight > 0, self.ab, 0))


@dataclass(frozen=True, slots=True)
class Lock:
    """A color that a place must have, on its frame and wherever it moves in the shot.

    Attributes:
        name: how a user finds it again, such as "points 3".
        frame: number of the frame in the film.
        x, y: its center in the upright image, 0..1 from the left and from the top.
        radius: in shares of the image's short side.
        ab: a* and b*.
    """

    name: str
    frame: int
    x: float
    y: float
    radius: float
    ab: tuple[float, float]

    def __post_init__(self) -> None:
        if self.frame < 0:
            raise ValueError(f"lock {self.name!r}: frame {self.frame}: they are counted from 0")
        if not (0 <= self.x <= 1 and 0 <= self.y <= 1):
            raise ValueError(f"lock {self.name!r}: x and y are from 0 to 1")
        if not self.radius > 0 or not all(map(math.isfinite, (self.radius, *self.ab))):
            raise ValueError(f"lock {self.name!r}: radius above 0, a* and b* are numbers")


@dataclass(frozen=True, slots=True)
class LockPlace:
    """Where a lock is on one frame.

    Attributes:
        name: the lock's.
        y, x: on the color grid, in its pixels.
        ab: the color that it must have.
    """

    name: str
    y: float
    x: float
    ab: tuple[float, float]

    def resized(self, old: tuple[int, int], new: tuple[int, int]) -> LockPlace:
        """The same place on a grid of another size (height, width)."""
        y, x = (
            (at + 0.5) * b / a - 0.5 for at, a, b in zip((self.y, self.x), old, new, strict=True)
        )
        return replace(self, y=y, x=x)


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A photograph that shows colors of a shot without being one of its frames.

    Attributes:
        name: of its file.
        start, end: the frames that it counts for, numbers in the film, `end` exclusive.
        rgb: uint8 `(h, w, 3)`, small.
    """

    name: str
    start: int
    end: int
    rgb: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Guidance:
    """Everything that was said about a film, or about some of its frames.

    Attributes:
        given: by frame number; at most one for a frame.
        locks: places that must have a color; their colors are in `given` too.
        references: photographs for shots.
        agreed: nothing that was said, but the colors that the film's shots agree on, by frame
            number, small; see `vidcolor.identity`.
    """

    given: tuple[GivenColors, ...] = ()
    locks: tuple[Lock, ...] = ()
    references: tuple[Reference, ...] = ()
    agreed: tuple[GivenColors, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.given, GivenColors) or isinstance(self.locks, Lock):
            raise ValueError("given and locks are tuples: Guidance((given,), (lock,))")
        frames: set[int] = set()
        for given in self.given:
            if given.frame in frames:
                raise ValueError(f"frame {given.frame}: colors are given twice; give them as one")
            frames.add(given.frame)
        for lock in self.locks:
            if lock.frame not in frames:
                raise ValueError(
                    f"lock {lock.name!r}: no colors are given for its frame {lock.frame}: "
                    "GivenColors with its color there, of weight 1, belong to it"
                )

    def __bool__(self) -> bool:
        """Whether anything was said."""
        return bool(self.given or self.locks or self.references)

    def part(self, start: int, end: int) -> Guidance:
        """What concerns the frames `start` to `end` (exclusive)."""
        return Guidance(
            tuple(g for g in self.given if start <= g.frame < end),
            tuple(lock for lock in self.locks if start <= lock.frame < end),
            tuple(r for r in self.references if r.start < end and start < r.end),
            tuple(g for g in self.agreed if start <= g.frame < end),
        )

    def digest(self) -> str:
        """SHA-256 of all that it holds, "" where that is nothing."""
        if not self and not self.agreed:
            return ""
        found = hashlib.sha256()
        for item in (*self.given, *self.locks, *self.references):
            _add(found, item)
        if self.agreed:
            found.update(b"agreed;")
        for item in self.agreed:
            _add(found, item)
        return found.hexdigest()


def check_guidance(guidance: object) -> None:
    """Raises `ConfigError` unless it is a `Guidance`, or None."""
    if guidance is not None and not isinstance(guidance, Guidance):
        raise ConfigError(
            f"guidance is of type {type(guidance).__name__}: a Guidance is needed",
            hint="Guidance((given,)) for colors of one frame",
        )


def _add(found: Any, value: Any) -> None:
    if is_dataclass(value):
        for field in fields(value):
            _add(found, getattr(value, field.name))
    elif isinstance(value, np.ndarray):
        found.update(f"{value.dtype}{value.shape}".encode() + np.ascontiguousarray(value).tobytes())
    else:
        found.update(f"{value!r};".encode())
