"""What a person said about colors, placed on a film's frames, and how a run tells of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ..terminal import count

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from .places_in_time import PlaceInTime
    from .said import Mark, Photo, StillFile


class Place(NamedTuple):
    """Where an entry belongs.

    Attributes:
        name: of the entry, for messages.
        place: as it is given.
        frame: number of the frame.
    """

    name: str
    place: PlaceInTime
    frame: int


@dataclass(slots=True)
class Placed:
    """Entries by the number of their frame.

    Attributes:
        places: of all entries, to be checked against the film's length.
        stills: each with its colors and weights.
        unread: stills whose image cannot be used; what else is wrong with them is told too.
        photos: each with what it shows, small, None = a bad one; and a frame of its shot, None = by
            its `shots`.
        untouched: names of stills that were not repainted.
        left_out: names of entries outside of the range.
        narrowed: names of entries inside it some of whose shots are outside.
    """

    marks: defaultdict[int, list[Mark]] = field(default_factory=lambda: defaultdict(list))
    stills: dict[int, tuple[StillFile, np.ndarray, np.ndarray]] = field(default_factory=dict)
    unread: list[StillFile] = field(default_factory=list)
    photos: list[tuple[Photo, np.ndarray | None, int | None]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    untouched: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)
    narrowed: set[str] = field(default_factory=set)


def notes_of(paths: Sequence[Path], placed: Placed) -> Iterator[str]:
    """One line each: what was found, what has no effect."""
    points = [len(mark.line) == 1 for marks in placed.marks.values() for mark in marks]
    kinds = (
        (len(placed.stills), "repainted still"),
        (points.count(True), "point"),
        (points.count(False), "stroke"),
        (len(placed.photos), "photograph"),
    )
    found = [count(n, what) for n, what in kinds if n]
    # a folder with nothing in it is most likely another one than was meant
    if paths:
        where = ", ".join(path.name or str(path) for path in paths)
        yield f"colors from {where}: {', '.join(found) or 'none'}"
    if placed.untouched:
        yield f"{count(len(placed.untouched), 'still')} not repainted: colored as without them"
    if placed.left_out:
        yield f"colors: {_entries(placed.left_out, 'lie')} outside of the range, without effect"
    if narrowed := placed.narrowed - placed.left_out:
        yield f"colors: {_entries(narrowed, 'count')} in fewer shots: others are not in the range"


def _entries(names: set[str], verb: str) -> str:
    return f"1 entry {verb}s" if len(names) == 1 else f"{len(names)} entries {verb}"
