"""Stands for workers where nothing may be left to color."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from ..errors import UnfinishedError
from ..terminal import count
from ..workers.workers import MakeUnit, NetworkFacts, OnFrame

if TYPE_CHECKING:
    from ..config import RunConfig
    from ..units import Span
    from ..video.segments.segment import Segment


class Nobody:
    """See `Workers`.

    Args:
        networks: that colored what is there.
    """

    films_at_once = 1

    def __init__(self, networks: NetworkFacts) -> None:
        self._networks = networks

    def facts(self, config: RunConfig) -> NetworkFacts:
        """Of the networks that were used."""
        return self._networks

    def color(
        self, spans: Sequence[Span], make_unit: MakeUnit, config: RunConfig, on_frame: OnFrame
    ) -> Generator[Segment, None, None]:
        """Says what is missing.

        Raises:
            UnfinishedError: always.
        """
        ranges = [f"{span.start}:{span.end}" for span in spans[:5]]
        more = f" and {len(spans) - 5} more" if spans[5:] else ""
        missing = f"{count(len(spans), 'unit')} of the film missing"
        raise UnfinishedError(
            f"{missing}: frames {', '.join(ranges)}{more}",
            hint="run the shard that has them again, or the same command without --shard",
        )
        yield  # a generator like those of all workers

    def close(self) -> None:
        """There is nothing to end."""
