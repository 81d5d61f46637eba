"""Units colored in this process, one after another."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from typing import TYPE_CHECKING

from ..pipeline import LOOK_AHEAD
from ..reading_on import ReadingOn
from ..stages.lightness import reduced
from ..units import Span, Unit, color_unit, read_unit, small_frames
from .in_turn import color_in_turn, may_look_ahead
from .networks import LoadedNetworks
from .workers import MakeUnit, NetworkFacts, OnFrame

if TYPE_CHECKING:
    from ..components import Parts
    from ..config import RunConfig
    from ..types import Frame
    from ..video.segments.segment import Segment


class Here:
    """This process. See `Workers`.

    Args:
        parts: networks that the caller keeps loaded; None = loaded when first needed, and kept.
    """

    films_at_once = 1

    def __init__(self, parts: Parts | None = None) -> None:
        self._networks = LoadedNetworks(parts)

    def facts(self, config: RunConfig) -> NetworkFacts:
        """See `Workers.facts`."""
        return NetworkFacts.of(self._networks.get(config))

    def color(
        self, spans: Sequence[Span], make_unit: MakeUnit, config: RunConfig, on_frame: OnFrame
    ) -> Generator[Segment, None, None]:
        """Colors units in the order given; see `Workers.color`."""
        parts = self._networks.get(config)
        left = list(spans)
        while left:
            stretch = _stretch(left)
            for segment in _color(stretch, make_unit, parts, on_frame):
                del left[0]
                yield segment

    def close(self) -> None:
        """Nothing is left open between units."""


def _stretch(spans: Sequence[Span]) -> list[Span]:
    """The first spans, as many as follow each other without a gap."""
    found = [spans[0]]
    for span in spans[1:]:
        if span.start != found[-1].end:
            break
        found.append(span)
    return found


def _color(
    spans: Sequence[Span], make_unit: MakeUnit, parts: Parts, on_frame: OnFrame
) -> Generator[Segment, None, None]:
    """Colors units that follow each other, some of them at least, from one source."""
    first, end = make_unit(spans[0]), spans[-1].end
    with ExitStack() as sources:
        reader = sources.enter_context(read_unit(first, end))
        info = reader.info
        reading: ReadingOn | None = None

        def read_on(unit: Unit) -> ReadingOn | None:
            nonlocal reading
            if reading is None and small_frames(unit, info) is None:
                # behind the end, the last unit's shot may go on
                ahead = _opened(unit, end + LOOK_AHEAD)
                keep = partial(reduced, info=info, work_size=unit.config.work_size)
                reading = sources.enter_context(closing(ReadingOn(ahead, keep)))
            return reading

        if may_look_ahead(parts, info):
            yield from color_in_turn(first, spans, make_unit, parts, reader, read_on, on_frame)
            return
        for span in spans:
            unit = first if span is spans[0] else make_unit(span)
            yield color_unit(unit, parts, reader, lambda _: on_frame(1), read_on(unit))


def _opened(unit: Unit, end: int) -> Generator[Frame, None, None]:
    """Frames from a unit's first on; the film is opened when the first is asked for."""
    with read_unit(unit, end) as source:
        yield from source
