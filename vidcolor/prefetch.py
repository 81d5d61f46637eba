"""Bounded hand-over from one thread: reading and writing go on while a frame is worked on."""

from __future__ import annotations

import atexit
import threading
import traceback
from collections.abc import Generator, Iterable
from queue import Empty, Queue
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from .types import VideoInfo

T = TypeVar("T")

MOST_AHEAD, _BYTES = 8, 16e6
"""Whole frames that may wait between two threads, and what they may take together."""


class _End:
    """The last thing handed over: the producer is done, or failed with `error`."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def frames_ahead(info: VideoInfo) -> int:
    """How many whole frames of a film may wait between two threads: fewer of large ones."""
    codes = 3 if info.chroma_shift == (0, 0) else 1.5
    size = info.width * info.height * codes * (1 if info.tags.depth == 8 else 2)
    return max(1, min(MOST_AHEAD, int(_BYTES // size)))


def prefetch(iterable: Iterable[T], depth: int = 8) -> Generator[T, None, None]:
    """Runs `iterable` in a thread of its own, at most `depth` + 1 items ahead of the consumer.

    The thread starts with the first item asked for and has ended when this generator has: after
    the last item, on an error, when the consumer stops early (`close()`, or letting go of it),
    and at the latest with the program. Generators given as `iterable` are closed in their own
    thread, so that a chain of prefetches ends as a whole.

    Args:
        iterable: what makes the items; used by that thread alone.
        depth: items kept ready, at least 1.

    Raises:
        ValueError: depth below 1.
        BaseException: whatever `iterable` raises, after the items before it.
    """
    if depth < 1:
        raise ValueError(f"{depth = } is below 1")
    return _prefetch(iterable, depth)


def _prefetch(iterable: Iterable[T], depth: int) -> Generator[T, None, None]:
    ready: Queue[T | _End] = Queue(maxsize=depth)
    stop = threading.Event()
    thread = threading.Thread(
        target=_produce, args=(iterable, ready, stop), name="prefetch", daemon=True
    )

    def end() -> None:
        # The producer may be waiting for room. Emptying the queue once is enough: it looks at
        # `stop` after every item, so no second one follows.
        stop.set()
        _empty(ready)
        thread.join()

    def end_with_program() -> None:
        end()
        _empty(ready)
        # a consumer in a thread of its own may be waiting
        ready.put(_End(None))

    # An interrupt at an unlucky moment leaves the thread at work, and C++ code that is at work
    # while the interpreter ends aborts the process.
    atexit.register(end_with_program)
    thread.start()
    try:
        while True:
            item = ready.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        end()
        atexit.unregister(end_with_program)


def _empty(ready: Queue[T | _End]) -> None:
    while True:
        try:
            ready.get_nowait()
        except Empty:
            return


def _produce(iterable: Iterable[T], ready: Queue[T | _End], stop: threading.Event) -> None:
    error: BaseException | None = None
    try:
        for item in iterable:
            if stop.is_set():
                break
            ready.put(item)
            if stop.is_set():
                break
    except BaseException as err:
        error = err
    finally:
        if isinstance(iterable, Generator):
            try:
                iterable.close()
            except BaseException as err:
                error = error or err
    if error is not None:
        # An error holds the frames that it went through, and those what they read from: threads
        # that would still be at work when the program ends.
        traceback.clear_frames(error.__traceback__)
    if not stop.is_set():
        ready.put(_End(error))
