"""What every thread of a run does, moment by moment, and how many cores are busy."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from vidcolor import film, pipeline, run, units
from vidcolor.video.read.source import FrameSource
from vidcolor.video.segments.sink import SegmentWriter

T = TypeVar("T")

WAITING = "waiting"
_STAGES = {
    "to_lightness": "lightness",
    "estimate_motion": "flow",
    "colorize_batches": "colorize",
    "refine": "refine",
    "to_chroma": "chroma",
}
_SAMPLE_SECONDS = 0.1


class Recorder:
    """Records which stage each thread is in. To be installed once, in a process of its own."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._own = threading.local()
        self._spans: list[tuple[int, str, float, float]] = []
        self._busy: list[tuple[float, float]] = []
        self._done = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def install(self) -> None:
        """Puts itself around the stages of a run."""
        for function, name in _STAGES.items():
            setattr(pipeline, function, self._around(getattr(pipeline, function), name))
        for module in (pipeline, film):
            module.prefetch = self._around(module.prefetch, WAITING)  # type: ignore[attr-defined]
        film.analyze = self._during(film.analyze, "analyze")
        units.finish_segment = self._during(units.finish_segment, "encode")
        run.verify = self._during(run.verify, "verify")
        run.assemble = self._during(run.assemble, "assemble")
        methods: list[tuple[Any, str, str]] = [
            (FrameSource, "__next__", "decode"),
            (SegmentWriter, "write", "encode"),
        ]
        for owner, method, name in methods:
            setattr(owner, method, self._during(getattr(owner, method), name))
        self._sampler.start()

    def finish(self) -> dict[str, Any]:
        """Spans (thread, stage, begin, end) in seconds, and cores busy (time, number)."""
        self._done.set()
        self._sampler.join()
        return {"spans": self._spans, "busy": self._busy}

    def _during(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*words: Any, **options: Any) -> Any:
            self._enter(name)
            try:
                return function(*words, **options)
            finally:
                self._leave()

        return call

    def _around(self, make: Callable[..., Iterable[T]], name: str) -> Callable[..., Iterable[T]]:
        def call(*words: Any, **options: Any) -> Iterator[T]:
            items = iter(make(*words, **options))
            end = object()
            while True:
                self._enter(name)
                try:
                    item: Any = next(items, end)
                finally:
                    self._leave()
                if item is end:
                    return
                yield item

        return call

    def _enter(self, name: str) -> None:
        now = time.perf_counter() - self._began
        stack: list[tuple[str, float]] | None = getattr(self._own, "stack", None)
        if stack is None:
            stack = self._own.stack = []
        if stack:
            self._note(stack[-1], now)
        stack.append((name, now))

    def _leave(self) -> None:
        now = time.perf_counter() - self._began
        stack = self._own.stack
        self._note(stack.pop(), now)
        if stack:
            # the stage around it goes on
            stack[-1] = (stack[-1][0], now)

    def _note(self, top: tuple[str, float], now: float) -> None:
        name, since = top
        if name != WAITING and now > since:
            self._spans.append((threading.get_ident(), name, since, now))

    def _sample(self) -> None:
        then, cpu = time.perf_counter(), time.process_time()
        while not self._done.wait(_SAMPLE_SECONDS):
            now, spent = time.perf_counter(), time.process_time()
            self._busy.append((now - self._began, (spent - cpu) / (now - then)))
            then, cpu = now, spent


def busy_cores(record: dict[str, Any]) -> float:
    """Cores that a run kept busy on average."""
    values = [cores for _, cores in record["busy"]]
    return sum(values) / len(values)
