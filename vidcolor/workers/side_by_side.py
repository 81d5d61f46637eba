"""Which unit is begun when, where several are in work at the same time."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from ..units import Span, Unit
from .workers import MakeUnit, OnFrame

if TYPE_CHECKING:
    from ..video.segments.segment import Segment

POLL_S = 0.2
"""Seconds between two looks at the progress."""

Ticket = TypeVar("Ticket")


class Crew(Protocol[Ticket]):
    """Takes units and gives a ticket for each."""

    def submit(self, unit: Unit) -> Ticket:
        """Begins a unit, or lets it wait for a free place."""
        ...

    def wait(self, tickets: Sequence[Ticket], seconds: float) -> Sequence[Ticket]:
        """Those of the tickets whose units have ended; waits for the first up to `seconds`."""
        ...

    def result(self, ticket: Ticket) -> Segment:
        """What came out, or the error that ended the unit."""
        ...

    def frames(self) -> int:
        """Frames colored so far, a number that only grows."""
        ...

    def abandon(self, tickets: Sequence[Ticket]) -> None:
        """Called when the run ends early: begins no further unit."""
        ...


def color_side_by_side(
    spans: Sequence[Span],
    make_unit: MakeUnit,
    crew: Crew[Ticket],
    most: int,
    on_frame: OnFrame,
) -> Generator[Segment, None, None]:
    """Colors units, up to `most` at a time; see `Workers.color`.

    A unit that continues a shot is begun when the one before it is done.
    """
    waiting = list(spans)
    running: dict[Ticket, Span] = {}
    unfinished = {span.number for span in spans}
    seen = crew.frames()
    try:
        while waiting or running:
            while len(running) < most and (span := _ready(waiting, unfinished)) is not None:
                waiting.remove(span)
                running[crew.submit(make_unit(span))] = span
            done = crew.wait(list(running), POLL_S)
            segments = [(ticket, crew.result(ticket)) for ticket in done]
            count = crew.frames()
            if count > seen:
                on_frame(count - seen)
                seen = count
            for ticket, segment in segments:
                unfinished.discard(running.pop(ticket).number)
                yield segment
    finally:
        crew.abandon(list(running))


def _ready(waiting: Sequence[Span], unfinished: set[int]) -> Span | None:
    """The first unit that continues no shot of an unfinished one; None if there is none."""
    return next((s for s in waiting if not (s.continues and s.number - 1 in unfinished)), None)
