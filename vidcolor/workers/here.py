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
from .networks import LoadedNetworks
from .workers import MakeUnit, NetworkFacts, OnFrame

if TYPE_CHECKING:
    from ..components import Parts
    from ..config import RunConfig
    from ..types import Frame
    from ..video.read.source import FrameSource
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
        reader: FrameSource | None = None
        reading: ReadingOn | None = None
        following: int | None = None
        # up to the end, so that the next unit goes on reading where this one stops
        end = max((s.end for s in spans), default=0)
        with ExitStack() as sources:
            for span in spans:
                unit = make_unit(span)
                if reader is None or following != span.start:
                    sources.close()
                    reader = sources.enter_context(read_unit(unit, end))
                    reading = None
                if reading is None and small_frames(unit, reader.info) is None:
                    ahead = _opened(unit, end + LOOK_AHEAD)
                    keep = partial(reduced, info=reader.info, work_size=config.work_size)
                    reading = sources.enter_context(closing(ReadingOn(ahead, keep)))
                yield color_unit(unit, parts, reader, lambda _: on_frame(1), reading)
                following = span.end

    def close(self) -> None:
        """Nothing is left open between units."""


def _opened(unit: Unit, end: int) -> Generator[Frame, None, None]:
    """Frames from a unit's first on; the film is opened when the first is asked for."""
    with read_unit(unit, end) as source:
        yield from source
