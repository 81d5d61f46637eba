"""The one place with a thread: order, bound, errors, and that it always ends."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from vidcolor.prefetch import frames_ahead, prefetch
from vidcolor.types import ColorTags, VideoInfo


def threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "prefetch"]


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    assert threads() == []
    yield
    assert threads() == []


class Counter:
    """Counts what was taken from it, and knows whether it was closed."""

    def __init__(self, fail_at: int | None = None) -> None:
        self.made = 0
        self.closed_in: threading.Thread | None = None
        self._fail_at = fail_at

    def items(self, count: int) -> Iterator[int]:
        try:
            for i in range(count):
                if i == self._fail_at:
                    raise KeyError("broken")
                self.made += 1
                yield i
        finally:
            self.closed_in = threading.current_thread()


@pytest.mark.parametrize("depth", [1, 3, 100])
def test_everything_arrives_in_order(depth: int) -> None:
    assert list(prefetch(range(50), depth)) == list(range(50))


def test_nothing_in_nothing_out() -> None:
    assert list(prefetch([])) == []


def test_falsy_items_arrive() -> None:
    assert list(prefetch([None, 0, "", False])) == [None, 0, "", False]


@pytest.mark.parametrize("depth", [1, 4])
def test_it_never_runs_far_ahead(depth: int) -> None:
    counter = Counter()
    taken = 0
    for _ in prefetch(counter.items(40), depth):
        taken += 1
        time.sleep(0.005)  # time enough to run ahead
        assert counter.made <= taken + depth + 1
    assert taken == 40


def test_it_does_run_ahead() -> None:
    counter = Counter()
    stream = prefetch(counter.items(40), 4)
    next(stream)
    deadline = time.monotonic() + 5
    while counter.made < 6 and time.monotonic() < deadline:
        time.sleep(0.001)
    assert counter.made == 6  # one taken, four ready, one in hand
    stream.close()


def test_nothing_starts_before_it_is_asked_for() -> None:
    counter = Counter()
    stream = prefetch(counter.items(5), 2)
    assert threads() == []
    assert counter.made == 0
    stream.close()


def test_the_producers_error_comes_after_its_items() -> None:
    got: list[int] = []
    with pytest.raises(KeyError, match="broken") as caught:
        got.extend(prefetch(Counter(fail_at=7).items(20), 3))
    assert got == list(range(7))
    assert any(entry.name == "items" for entry in caught.traceback)  # where it really happened


def test_an_error_at_the_first_item() -> None:
    with pytest.raises(KeyError):
        next(prefetch(Counter(fail_at=0).items(20), 3))


@pytest.mark.parametrize("taken", [1, 5])
def test_closing_early_ends_the_producer(taken: int) -> None:
    counter = Counter()
    stream = prefetch(counter.items(10**9), 2)
    for _ in range(taken):
        next(stream)
    stream.close()
    assert threads() == []
    assert counter.closed_in is not None
    assert counter.closed_in.name == "prefetch"


def test_letting_go_ends_the_producer() -> None:
    stream = prefetch(Counter().items(10**9), 2)
    next(stream)
    del stream
    assert threads() == []


def test_an_error_of_the_consumer_ends_the_producer() -> None:
    def consume(stream: Iterator[int]) -> None:
        for item in stream:
            if item == 3:
                raise RuntimeError("consumer")

    with pytest.raises(RuntimeError, match="consumer"):
        consume(prefetch(Counter().items(10**9), 2))


def test_a_chain_ends_as_a_whole() -> None:
    counter = Counter()

    def doubled(items: Iterator[int]) -> Iterator[int]:
        for item in items:
            yield 2 * item

    stream = prefetch(doubled(prefetch(counter.items(10**9), 2)), 2)
    assert [next(stream) for _ in range(3)] == [0, 2, 4]
    stream.close()
    assert threads() == []
    assert counter.closed_in is not None


def test_an_error_within_a_chain_ends_what_comes_before_it() -> None:
    counter = Counter()

    def failing(items: Iterator[int]) -> Iterator[int]:
        for item in items:
            if item == 3:
                raise RuntimeError("within")
            yield item

    with pytest.raises(RuntimeError, match="within") as caught:
        list(prefetch(failing(prefetch(counter.items(10**9), 2)), 2))
    # the error is still held, with the frames that it went through
    assert caught.value.__traceback__ is not None
    assert threads() == []
    assert counter.closed_in is not None


def test_closing_while_the_producer_is_at_work() -> None:
    def slow() -> Iterator[int]:
        for i in range(1000):
            time.sleep(0.02)
            yield i

    stream = prefetch(slow(), 8)
    next(stream)
    began = time.monotonic()
    stream.close()
    assert time.monotonic() - began < 1


def test_a_program_that_lets_nothing_go_ends_with_its_own_status() -> None:
    # C++ code that is at work while the interpreter ends would abort the process
    program = """
import builtins, sys
import torch
from vidcolor.prefetch import prefetch

def products():
    torch.set_num_threads(1)
    a = torch.rand(400, 400)
    while True:
        yield a @ a

builtins.kept = prefetch(prefetch(products(), 1), 1)
next(builtins.kept)
sys.exit(130)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (130, b"")


def test_depth_is_checked_at_once() -> None:
    with pytest.raises(ValueError, match="depth"):
        prefetch([1], 0)


def test_fewer_large_frames_wait() -> None:
    info = VideoInfo(
        Path("film.mkv"), 0, 854, 480, "yuv420p", ColorTags("bt709", False, 8),
        Fraction(1, 24), Fraction(24), 4, None,
    )  # fmt: skip
    assert frames_ahead(info) == 8
    large = replace(info, width=3840, height=2160)
    assert frames_ahead(large) == 1
    deep = replace(large, tags=replace(info.tags, depth=10), chroma_shift=(0, 0))
    assert frames_ahead(deep) == 1
