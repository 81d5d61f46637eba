"""Which frames the colorizer sees: those that have something new to color."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .values import WorkFrame

# One frame in so many is colored at least, and one where this share of the image is new since the
# last that was. Chosen on real shots, with `between`.
EVERY, _NEW = 4, 0.2


def choose_colored(items: Iterable[WorkFrame], wanted: Collection[int]) -> Iterator[WorkFrame]:
    """Marks the frames whose colors others can have along the flow from both sides.

    A shot's first and last frame are always colored. The choice depends on the frames from the
    first of `items` on alone, so that a unit of work always makes the same one.

    Args:
        items: frames in order, with the motion between them.
        wanted: numbers of frames that are colored in any case.
    """
    waiting: WorkFrame | None = None
    since, new = 0, 0.0
    for item in items:
        starts = item.starts_shot or item.keeps_color or item.motion is None
        if waiting is not None:
            yield replace(waiting, is_colored=True) if starts else waiting
        since += 1
        if item.motion is not None:
            new += 1 - float(item.motion.trust.mean())
        colored = starts or since >= EVERY or new > _NEW or item.index in wanted
        if colored:
            since, new = 0, 0.0
        waiting = replace(item, is_colored=colored)
    if waiting is not None:
        yield replace(waiting, is_colored=True)
