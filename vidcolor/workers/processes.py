"""Units colored side by side in several processes of this machine, each with its own networks."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..components import build
from ..errors import VidcolorError
from ..processors import share_threads
from ..units import Span, Unit, color_unit
from .networks import LoadedNetworks
from .side_by_side import POLL_S, color_side_by_side
from .workers import MakeUnit, NetworkFacts, OnFrame

if TYPE_CHECKING:
    from ..config import RunConfig
    from ..video.segments.segment import Segment


class Processes:
    """Worker processes, kept from film to film. See `Workers`.

    Args:
        jobs: how many.
    """

    films_at_once = 1

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._context = multiprocessing.get_context("spawn")
        self._counter: Any = self._context.Value("q", 0)
        self._pool: ProcessPoolExecutor | None = None
        self._facts: dict[RunConfig, NetworkFacts] = {}

    def facts(self, config: RunConfig) -> NetworkFacts:
        """See `Workers.facts`; the networks are let go again, the workers load their own."""
        if config not in self._facts:
            self._facts[config] = NetworkFacts.of(build(config))
        return self._facts[config]

    def color(
        self, spans: Sequence[Span], make_unit: MakeUnit, config: RunConfig, on_frame: OnFrame
    ) -> Generator[Segment, None, None]:
        """Colors units, as many at a time as there are processes; see `Workers.color`."""
        if self._pool is None:
            numbers = self._context.Value("i", 0)
            self._pool = ProcessPoolExecutor(
                self._jobs,
                mp_context=self._context,
                initializer=_begin,
                initargs=(self._counter, numbers),
            )
        yield from color_side_by_side(
            spans, make_unit, _Crew(self._pool, self._counter, self._ended), self._jobs, on_frame
        )

    def _ended(self) -> None:
        """A process died and took the others with it: the next film begins with new ones."""
        self._pool = None

    def close(self) -> None:
        """Ends the processes; waits for units in work."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


@dataclass(frozen=True)
class _Crew:
    """The processes as `color_side_by_side` sees them."""

    pool: ProcessPoolExecutor
    counter: Any
    on_end: Any

    def submit(self, unit: Unit) -> Future[Segment]:
        try:
            return self.pool.submit(_work, unit)
        except BrokenProcessPool as err:
            raise self._died() from err

    def wait(self, tickets: Sequence[Future[Segment]], seconds: float) -> Sequence[Future[Segment]]:
        done, _ = wait(tickets, timeout=seconds, return_when=FIRST_COMPLETED)
        return list(done)

    def result(self, ticket: Future[Segment]) -> Segment:
        try:
            return ticket.result()
        except BrokenProcessPool as err:
            raise self._died() from err

    def frames(self) -> int:
        return int(self.counter.value)

    def abandon(self, tickets: Sequence[Future[Segment]]) -> None:
        wait([ticket for ticket in tickets if not ticket.cancel()])

    def _died(self) -> VidcolorError:
        self.on_end()
        return VidcolorError(
            "a worker process was ended from outside",
            hint="if memory ran out, use fewer --jobs; the same command resumes",
        )


@dataclass
class _Worker:
    """What a worker process keeps between units."""

    networks: LoadedNetworks
    number: int
    counter: Any


_worker: _Worker | None = None


def _begin(counter: Any, numbers: Any) -> None:
    """Prepares a worker process, which is ours alone."""
    global _worker
    # Ctrl-C reaches every process of the terminal; the parent decides what happens
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    share_threads()
    with numbers.get_lock():
        number = numbers.value
        numbers.value += 1
    _worker = _Worker(LoadedNetworks(), number, counter)


def own_device(device: str, number: int) -> str:
    """The device of worker `number`: where there are several GPUs, workers take them in turn."""
    if device != "cuda":
        return device
    import torch

    count = torch.cuda.device_count()
    return f"cuda:{number % count}" if count > 1 else device


def _work(unit: Unit) -> Segment:
    assert _worker is not None
    counter = _worker.counter
    last = time.monotonic()
    counted = 0

    def on_frame(done: int) -> None:
        nonlocal last, counted
        if time.monotonic() - last > POLL_S:
            with counter.get_lock():
                counter.value += done - counted
            last, counted = time.monotonic(), done

    config = replace(unit.config, device=own_device(unit.config.device, _worker.number))
    segment = color_unit(unit, _worker.networks.get(config), on_frame=on_frame)
    with counter.get_lock():
        counter.value += segment.frames - counted
    return segment
