"""Places that must have a color, followed through their shot, and what was reached there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..guidance.guidance import LockPlace
from ..metrics.difference import ciede2000
from .grid import color_grid

if TYPE_CHECKING:
    from ..guidance.guidance import Lock
    from ..types import Motion
    from .values import WorkFrame

# Visibility along the flow below which a place is lost.
_LEAST = 0.1


def follow(
    items: Sequence[WorkFrame], locks: Sequence[Lock], before: Sequence[LockPlace] = ()
) -> dict[int, list[LockPlace]]:
    """Places of locks on all frames of a shot that they can be followed to, by frame number.

    Args:
        items: consecutive frames of a shot, with the motion between them in both directions.
        locks: of any frames.
        before: where locks were on the frame before the first of `items`, where its shot goes on.
    """
    found: dict[int, list[LockPlace]] = {}
    first = items[0].index
    grid = color_grid((items[0].L.shape[-2], items[0].L.shape[-1]))
    for lock in locks:
        start = lock.frame - first
        if not 0 <= start < len(items):
            continue
        y, x = lock.y * grid[0] - 0.5, lock.x * grid[1] - 0.5
        tracks = [[(start, y, x)], _track(items, start, y, x, 1), _track(items, start, y, x, -1)]
        for i, y, x in (place for track in tracks for place in track):
            found.setdefault(items[i].index, []).append(LockPlace(lock.name, y, x, lock.ab))
    own = {lock.name for lock in locks if first <= lock.frame <= items[-1].index}
    for place in (place for place in before if place.name not in own):
        for i, y, x in _track(items, -1, place.y, place.x, 1):
            found.setdefault(items[i].index, []).append(replace(place, y=y, x=x))
    return found


def _track(
    items: Sequence[WorkFrame], start: int, y: float, x: float, step: int
) -> list[tuple[int, float, float]]:
    """Where a place of the frame `start` (-1 = the one before all) is on those after or before."""
    found: list[tuple[int, float, float]] = []
    i = start
    while 0 <= i + step < len(items):
        at = _moved((y, x), items[i + 1].onward if step == 1 else items[i].motion)
        if at is None:
            break
        i, (y, x) = i + step, at
        found.append((i, y, x))
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
