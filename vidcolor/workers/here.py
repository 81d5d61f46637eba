"""Units colored in this process, one after another."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from ..film import read_range
from ..units import Span, color_unit
from .networks import LoadedNetworks
from .workers import MakeUnit, NetworkFacts, OnFrame

if TYPE_CHECKING:
    from ..components import Parts
    from ..config import RunConfig
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
        following: int | None = None
        try:
            for span in spans:
                unit = make_unit(span)
                if reader is None or following != span.start:
                    if reader is not None:
                        reader.close()
                    # up to the end, so that the next unit goes on reading where this one stops
                    end = max(s.end for s in spans)
                    settings = unit.config.film
                    reader = read_range(unit.source, settings, unit.analysis, span.start, end)
                yield color_unit(unit, parts, reader, lambda _: on_frame(1))
                following = span.end
        finally:
            if reader is not None:
                reader.close()

    def close(self) -> None:
        """Nothing is left open between units."""
