"""Units colored side by side: in this process, or in several on this machine."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .components import Parts, build
from .film import read_range
from .processors import share_threads
from .units import Span, Unit, color_unit

if TYPE_CHECKING:
    from .config import RunConfig
    from .video.read.source import FrameSource
    from .video.segments.segment import Segment

MakeUnit = Callable[[Span], Unit]
"""A unit from its span, once the state that it continues from is there."""

OnFrame = Callable[[int], None]
"""Called with the number of frames done since the last call."""

_POLL_S = 0.2


def color_here(
    spans: Sequence[Span], make_unit: MakeUnit, parts: Parts, on_frame: OnFrame
) -> Generator[Segment, None, None]:
    """Colors units one after another in this process, in the order given."""
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


def color_in_processes(
    spans: Sequence[Span],
    make_unit: MakeUnit,
    config: RunConfig,
    jobs: int,
    on_frame: OnFrame,
) -> Generator[Segment, None, None]:
    """Colors units in `jobs` processes of this machine, each with networks of its own.

    A unit that continues a shot is begun when the one before it is done. Segments come in the
    order in which they are finished. Leaving the generator early waits for the units in work.
    """
    context = multiprocessing.get_context("spawn")
    counter = context.Value("q", 0)
    waiting = list(spans)
    running: dict[Future[Segment], Span] = {}
    unfinished = {span.number for span in spans}
    seen = 0
    pool = ProcessPoolExecutor(
        jobs, mp_context=context, initializer=_begin, initargs=(config, jobs, counter)
    )
    with pool:
        try:
            while waiting or running:
                while len(running) < jobs and (span := _ready(waiting, unfinished)) is not None:
                    waiting.remove(span)
                    running[pool.submit(_work, make_unit(span))] = span
                done, _ = wait(running, timeout=_POLL_S, return_when=FIRST_COMPLETED)
                count = counter.value
                if count > seen:
                    on_frame(count - seen)
                    seen = count
                for future in done:
                    span = running.pop(future)
                    segment = future.result()
                    unfinished.discard(span.number)
                    yield segment
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _ready(waiting: Sequence[Span], unfinished: set[int]) -> Span | None:
    """The first unit that continues no shot of an unfinished one; None if there is none."""
    return next((s for s in waiting if not (s.continues and s.number - 1 in unfinished)), None)


@dataclass
class _Worker:
    """What a worker process keeps between units."""

    parts: Parts
    counter: Any


_worker: _Worker | None = None


def _begin(config: RunConfig, jobs: int, counter: Any) -> None:
    """Prepares a worker process, which is ours alone."""
    global _worker
    # Ctrl-C reaches every process of the terminal; the parent decides what happens
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    share_threads(jobs)
    _worker = _Worker(build(config), counter)


def _work(unit: Unit) -> Segment:
    assert _worker is not None
    counter = _worker.counter
    last = time.monotonic()
    counted = 0

    def on_frame(done: int) -> None:
        nonlocal last, counted
        if time.monotonic() - last > _POLL_S:
            with counter.get_lock():
                counter.value += done - counted
            last, counted = time.monotonic(), done

    segment = color_unit(unit, _worker.parts, on_frame=on_frame)
    with counter.get_lock():
        counter.value += segment.frames - counted
    return segment
