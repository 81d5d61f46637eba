"""Places that must have a color, followed through their shot, and what was reached there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..metrics.difference import ciede2000
from .grid import color_grid

if TYPE_CHECKING:
    from ..guidance.guidance import Lock
    from ..types import Motion
    from .values import WorkFrame

# Visibility along the flow below which a place is lost.
_LEAST = 0.1


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


def follow(items: Sequence[WorkFrame], locks: Sequence[Lock]) -> dict[int, list[LockPlace]]:
    """Places of locks on all frames of a shot that they can be followed to, by frame number.

    Args:
        items: consecutive frames of a shot, with the motion between them in both directions.
        locks: of any frames.
    """
    found: dict[int, list[LockPlace]] = {}
    first = items[0].index
    grid = color_grid((items[0].L.shape[-2], items[0].L.shape[-1]))
    for lock in locks:
        start = lock.frame - first
        if not 0 <= start < len(items):
            continue
        for i, y, x in _track(items, start, lock.y * grid[0] - 0.5, lock.x * grid[1] - 0.5):
            found.setdefault(items[i].index, []).append(LockPlace(lock.name, y, x, lock.ab))
    return found


def _track(
    items: Sequence[WorkFrame], start: int, y: float, x: float
) -> list[tuple[int, float, float]]:
    found = [(start, y, x)]
    for step in (1, -1):
        at: tuple[float, float] | None = (y, x)
        i = start
        while at is not None and 0 <= i + step < len(items):
            motion = items[i + 1].onward if step == 1 else items[i].motion
            at = _moved(at, motion)
            i += step
            if at is not None:
                found.append((i, *at))
    return found


def _moved(at: tuple[float, float], motion: Motion | None) -> tuple[float, float] | None:
    if motion is None:
        return None
    h, w = motion.flow.shape[-2:]
    row, column = (min(max(round(v), 0), n - 1) for v, n in zip(at, (h, w), strict=True))
    if float(motion.visibility[0, 0, row, column]) < _LEAST:
        return None
    dx, dy = (float(v) for v in motion.flow[0, :, row, column])
    y, x = at[0] + dy, at[1] + dx
    return (y, x) if -0.5 <= y <= h - 0.5 and -0.5 <= x <= w - 0.5 else None


def reached(places: Sequence[LockPlace], L: Tensor, ab: Tensor) -> dict[str, float]:
    """CIEDE2000 of final colors from those that places must have, by the lock's name.

    Args:
        places: on the frame.
        L: lightness `(1, 1, h, w)`.
        ab: final colors `(1, 2, ...)`, at that size or smaller.
    """
    found = {}
    grid = color_grid((L.shape[-2], L.shape[-1]))
    for place in places:
        light, own = (_at(x, place, grid) for x in (L, ab))
        wanted = own.new_tensor(place.ab)
        pair = [torch.cat((light, c))[None, :, None, None] for c in (own, wanted)]
        found[place.name] = float(ciede2000(pair[0], pair[1]))
    return found


def _at(x: Tensor, place: LockPlace, grid: tuple[int, int]) -> Tensor:
    """Values `(C,)` of planes `(1, C, h, w)` where a place of the grid lies in them."""
    row, column = (
        min(max(int((v + 0.5) * n / g), 0), n - 1)
        for v, n, g in zip((place.y, place.x), x.shape[-2:], grid, strict=True)
    )
    return x[0, :, row, column]
