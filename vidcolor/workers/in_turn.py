"""Units of a film one after another: while one is encoded, the next is looked at."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import chain, islice
from threading import Event
from typing import TYPE_CHECKING

from ..pipeline import color_again
from ..prefetch import MOST_AHEAD, frames_ahead
from ..units import Unit, check_weights, encode_unit, look_at_unit, missing_frames

if TYPE_CHECKING:
    from ..components import Parts
    from ..reading_on import ReadingOn
    from ..stages.values import RefinedFrame
    from ..types import VideoInfo
    from ..units import Span
    from ..video.read.source import FrameSource
    from ..video.segments.segment import Segment
    from .workers import MakeUnit, OnFrame


def may_look_ahead(parts: Parts, info: VideoInfo) -> bool:
    """Whether units are looked at while the ones before them are encoded.

    Large films are not: their encoder takes the memory, and most of the time.
    """
    return parts.sees_shots and frames_ahead(info) == MOST_AHEAD


def color_in_turn(
    first: Unit,
    spans: Sequence[Span],
    make_unit: MakeUnit,
    parts: Parts,
    frames: FrameSource,
    read_on: Callable[[Unit], ReadingOn | None],
    on_frame: OnFrame,
) -> Generator[Segment, None, None]:
    """Colors units that follow each other; each is a function of the unit alone, as ever.

    What is said of the colors counts as it is when a unit's encoding begins. A unit that was looked
    at before an edit is left to the caller, with all that follow.

    Args:
        first: the unit of the first span.
        spans: of the units; the first frame of each comes after the last of the one before.
        make_unit: called from another thread too.
        parts: networks; `may_look_ahead` with them.
        frames: a source whose next frame is the first unit's first.
        read_on: the same frames once more, from a unit's first on.
        on_frame: called after every frame.

    Raises:
        See `units.color_unit`.
    """
    begun: list[Unit] = []
    info, plan = frames.info, first.plan
    let_go = Event()

    def looked() -> Iterator[RefinedFrame]:
        state: bytes | None = None
        for span, after in zip(spans, [*spans[1:], None], strict=True):
            unit = make_unit(span, state) if begun else first
            check_weights(unit, parts)
            begun.append(unit)
            last, reading = None, read_on(unit)
            for last in look_at_unit(unit, parts, info, reading, lambda: not let_go.is_set()):
                yield last
            if last is None or last.index != span.end - 1:
                raise missing_frames(unit)
            if after is not None and after.continues and last.state is not None:
                state = last.state.to_bytes()

    own = islice(frames, spans[-1].end - spans[0].start)
    most = first.config.unit_frames
    colored = color_again(own, looked(), info, plan.tags, plan.chroma_size, most)
    with ExitStack() as leaving:
        leaving.enter_context(closing(colored))
        leaving.callback(let_go.set)
        for number, span in enumerate(spans):
            beginning = list(islice(colored, 1))
            # as its first frame is there, it was begun
            unit = begun[number]
            if number and make_unit(span).guidance.digest() != unit.guidance.digest():
                return
            rest = islice(colored, span.end - span.start - 1)
            yield encode_unit(unit, chain(beginning, rest), parts.device, lambda _: on_frame(1))
