"""Passages of a film that are in colour already: found shot by shot, while the film streams.

A shot's first frames decide together; where they leave it open, the shot before does. Within a
shot (a dissolve has no cut) the word changes only after many frames in a row that speak against
it. All that is remembered is a value, so that a run taken up again decides the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import Protocol, TypeVar

import numpy as np

from ..types import Frame, VideoInfo
from ..video.read.clock import as_clock
from .tint import NO_COLOUR, OWN_COLOUR, ColourLook, look_at

LOOK_EVERY = 24
"""Without --keep-color the film's own colour is looked at in every so many frames only."""
_AHEAD = 8
"""Frames that decide for a new shot together; as many wait in memory."""
_PATIENCE = 16
"""Frames in a row that must speak against a shot's word to change it."""
_LISTED, _NAMED = 1000, 8
_MUCH = 0.05


class _Shown(Protocol):
    @property
    def frame(self) -> Frame: ...


T = TypeVar("T", bound=_Shown)


@dataclass(frozen=True, slots=True)
class OwnColours:
    """What was seen of the film's own colour up to a frame. A value.

    Attributes:
        shot: of that frame, -1 before the first.
        kept: the frame keeps its own colour.
        against: frames in a row that speak against `kept`.
        looks, coloured: pictures looked at that had something to tell, and those in colour.
        passages: (first, last) pts of the passages that kept their colour, the first thousand.
        more: passages beyond those.
    """

    shot: int = -1
    kept: bool = False
    against: int = 0
    looks: int = 0
    coloured: int = 0
    passages: tuple[tuple[int, int], ...] = ()
    more: int = 0

    def arrays(self) -> dict[str, np.ndarray]:
        """The value as named arrays, to be saved."""
        numbers = (self.shot, self.kept, self.against, self.looks, self.coloured, self.more)
        return {
            "numbers": np.array(numbers, np.int64),
            "passages": np.array(self.passages, np.int64).reshape(-1, 2),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> OwnColours:
        """The value that gave these `arrays`; the beginning's where there are none."""
        if not arrays:
            return cls()
        shot, kept, against, looks, coloured, more = (int(n) for n in arrays["numbers"])
        passages = tuple((int(a), int(b)) for a, b in arrays["passages"])
        return cls(shot, bool(kept), against, looks, coloured, passages, more)


def mark_own_colour(
    items: Iterable[T], colours: OwnColours, *, keep: bool, depth: int
) -> Iterator[tuple[T, OwnColours]]:
    """Decides which frames keep their own colour.

    Args:
        items: frames with their shots, in order; all with chroma where `keep`, else some.
        colours: before the first of them.
        keep: whether colour is kept at all, or only counted.
        depth: bits per code.
    """
    ahead = _AHEAD if keep else 1
    waiting: deque[tuple[T, ColourLook | None]] = deque()
    for item in items:
        frame = item.frame
        look = None if frame.chroma is None else look_at(frame.y, *frame.chroma, depth)
        waiting.append((item, look))
        if len(waiting) == ahead:
            colours = _after(colours, waiting, keep=keep)
            yield waiting.popleft()[0], colours
    while waiting:
        colours = _after(colours, waiting, keep=keep)
        yield waiting.popleft()[0], colours


def _after(
    colours: OwnColours,
    waiting: Iterable[tuple[_Shown, ColourLook | None]],
    *,
    keep: bool,
) -> OwnColours:
    """The value after the first of `waiting`; those behind it help where it begins a shot."""
    group = iter(waiting)
    item, look = next(group)
    frame = item.frame
    if look is not None and not look.is_blank:
        colours = replace(
            colours,
            looks=colours.looks + 1,
            coloured=colours.coloured + (look.own >= OWN_COLOUR),
        )
    if not keep:
        return colours
    was_kept = colours.kept
    if frame.shot != colours.shot:
        ahead = [look, *(later for other, later in group if other.frame.shot == frame.shot)]
        kept = _verdict([x.own for x in ahead if x is not None and not x.is_blank], was_kept)
        colours = replace(colours, shot=frame.shot, kept=kept, against=0)
    elif look is not None and not look.is_blank:
        speaks_against = look.own < NO_COLOUR if was_kept else look.own >= OWN_COLOUR
        against = colours.against + 1 if speaks_against else 0
        if against == _PATIENCE:
            colours = replace(colours, kept=not was_kept, against=0)
        else:
            colours = replace(colours, against=against)
    return _noted(colours, frame.pts, was_kept) if colours.kept else colours


def _verdict(own: list[float], before: bool) -> bool:
    if not own:
        return before
    # the median: where a cut is found late, a few frames are of the next shot
    return median(own) >= (NO_COLOUR if before else OWN_COLOUR)


def _noted(colours: OwnColours, pts: int, was_kept: bool) -> OwnColours:
    """With the frame at `pts` counted to the passage that goes on, or to a new one."""
    if was_kept and colours.more == 0:
        passages = (*colours.passages[:-1], (colours.passages[-1][0], pts))
    elif was_kept:
        return colours
    elif len(colours.passages) < _LISTED:
        passages = (*colours.passages, (pts, pts))
    else:
        return replace(colours, more=colours.more + 1)
    return replace(colours, passages=passages)


def colour_notes(colours: OwnColours, info: VideoInfo, *, keep: bool) -> list[str]:
    """What became of the film's own colour, in at most one line."""
    if not keep:
        if colours.coloured <= _MUCH * colours.looks:
            return []
        share = max(1, round(100 * colours.coloured / colours.looks))
        return [
            f"the film is in colour already ({share} % of the pictures looked at): coloured anew "
            "from its luma; --keep-color keeps what is there"
        ]
    if not colours.passages:
        return ["no passage is in colour already: everything was coloured"]
    count = len(colours.passages) + colours.more
    step = 1 / info.rate if info.rate else 0
    times = [
        f"{as_clock(first * info.time_base - info.start_time)}-"
        f"{as_clock(last * info.time_base + step - info.start_time)}"
        for first, last in colours.passages[:_NAMED]
    ]
    more = f" and {count - len(times)} more" if count > len(times) else ""
    return [f"kept the colour of {count} passage{'s' * (count > 1)}: {', '.join(times)}{more}"]
