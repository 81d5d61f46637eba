"""Passages of a film that are in color already: found shot by shot, while the film streams.

A shot's first frames decide together; where they leave it open, the shot before does. Within a
shot (a dissolve has no cut) the word changes only after many frames in a row that speak against
it. All that is remembered is a value, so that a run taken up again decides the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from statistics import median
from typing import Protocol, TypeVar

from .tint import NO_COLOR, OWN_COLOR, ColorLook

LOOK_EVERY = 24
"""Without --keep-color the film's own color is looked at in every so many frames only."""
_AHEAD = 8
"""Frames that decide for a new shot together; as many wait in memory."""
_PATIENCE = 16
"""Frames in a row that must speak against a shot's word to change it."""


class Examined(Protocol):
    """A frame of a shot whose own color was looked at, or not."""

    @property
    def shot(self) -> int:
        """Number of its shot."""
        ...

    @property
    def look(self) -> ColorLook | None:
        """None where it was not looked at."""
        ...


T = TypeVar("T", bound=Examined)


@dataclass(frozen=True, slots=True)
class OwnColors:
    """What was seen of the film's own color up to a frame. A value.

    Attributes:
        shot: of that frame, -1 before the first.
        kept: the frame keeps its own color.
        against: frames in a row that speak against `kept`.
        looks, colored: pictures looked at that had something to tell, and those in color.
    """

    shot: int = -1
    kept: bool = False
    against: int = 0
    looks: int = 0
    colored: int = 0


def mark_own_color(
    items: Iterable[T], colors: OwnColors, *, keep: bool
) -> Iterator[tuple[T, OwnColors]]:
    """Decides which frames keep their own color.

    Args:
        items: frames with their shots, in order; all with a look where `keep`, else some.
        colors: before the first of them.
        keep: whether color is kept at all, or only counted.
    """
    ahead = _AHEAD if keep else 1
    waiting: deque[T] = deque()
    for item in items:
        waiting.append(item)
        if len(waiting) == ahead:
            colors = _after(colors, waiting, keep=keep)
            yield waiting.popleft(), colors
    while waiting:
        colors = _after(colors, waiting, keep=keep)
        yield waiting.popleft(), colors


def _after(colors: OwnColors, waiting: Iterable[Examined], *, keep: bool) -> OwnColors:
    """The value after the first of `waiting`; those behind it help where it begins a shot."""
    group = iter(waiting)
    first = next(group)
    look = first.look
    if look is not None and not look.is_blank:
        colors = replace(
            colors,
            looks=colors.looks + 1,
            colored=colors.colored + (look.own >= OWN_COLOR),
        )
    if not keep:
        return colors
    was_kept = colors.kept
    if first.shot != colors.shot:
        ahead = [look, *(other.look for other in group if other.shot == first.shot)]
        kept = _verdict([x.own for x in ahead if x is not None and not x.is_blank], was_kept)
        colors = replace(colors, shot=first.shot, kept=kept, against=0)
    elif look is not None and not look.is_blank:
        speaks_against = look.own < NO_COLOR if was_kept else look.own >= OWN_COLOR
        against = colors.against + 1 if speaks_against else 0
        if against == _PATIENCE:
            colors = replace(colors, kept=not was_kept, against=0)
        else:
            colors = replace(colors, against=against)
    return colors


def _verdict(own: list[float], before: bool) -> bool:
    if not own:
        return before
    # the median: where a cut is found late, a few frames are of the next shot
    return median(own) >= (NO_COLOR if before else OWN_COLOR)
