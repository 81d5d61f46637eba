"""How far a batch is: counted while it runs, and written as a few lines for the terminal."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock

from .journal import FAILED
from .one_film import Outcome

_WINDOW_S = 30.0
"""Frames a second are those of the last half minute."""
_LINES = 5
"""Failures shown at most."""


@dataclass
class _Current:
    stage: str
    done: int = 0
    total: int | None = None


@dataclass
class Board:
    """Counts of a running batch.

    Attributes:
        sizes: bytes of every film that is to be done, by the name of its output; they stand for
            the lengths of films that were not opened yet.
        clock: seconds from any moment on.
        changed: called whenever something has changed.
    """

    sizes: dict[str, int]
    clock: Callable[[], float] = time.monotonic
    changed: Callable[[], None] = lambda: None
    finished: dict[str, Outcome] = field(default_factory=dict)
    _current: dict[str, _Current] = field(default_factory=dict)
    _frames: int = 0
    _bytes: int = 0
    _marks: deque[tuple[float, int]] = field(default_factory=deque)
    _began: float | None = None
    _lock: RLock = field(default_factory=RLock)

    def add(self, name: str, size: int) -> None:
        """Another film is to be done."""
        self.sizes[name] = size
        self.finished.pop(name, None)

    def analyzing(self, name: str, done: int, total: int | None) -> None:
        """A film is being analyzed."""
        with self._lock:
            self._current[name] = _Current("analyzing", done, total)
            self.changed()

    def coloring(self, name: str, done: int, total: int | None) -> None:
        """A film is being colored: `done` frames in all, those of earlier runs included."""
        with self._lock:
            now, old = self.clock(), self._current.get(name)
            if self._began is None:
                self._began = now
            new = done - old.done if old is not None and old.stage == "coloring" else 1
            self._frames += max(new, 0)
            self._current[name] = _Current("coloring", done, total)
            self._marks.append((now, self._frames))
            while self._marks[0][0] < now - _WINDOW_S:
                self._marks.popleft()
            self.changed()

    def ended(self, name: str, outcome: Outcome) -> None:
        """A film is done, or has failed."""
        with self._lock:
            self._current.pop(name, None)
            self.finished[name] = outcome
            if not outcome.was_done:
                self._bytes += self.sizes.get(name, 0)

    @property
    def failed(self) -> list[Outcome]:
        """Films that failed."""
        return [o for o in self.finished.values() if o.record.state == FAILED]

    def frames_per_second(self) -> float | None:
        """Frames colored a second, of the last half minute; None before there are any."""
        if len(self._marks) < 2 or self._marks[-1][0] <= self._marks[0][0]:
            return None
        (first, before), (last, after) = self._marks[0], self._marks[-1]
        return (after - before) / (last - first)

    def seconds_left(self) -> float | None:
        """About how long the rest takes; None while that cannot be said."""
        if self._began is None:
            return None
        in_work = sum(
            self.sizes.get(name, 0) * min(c.done / c.total, 1)
            for name, c in self._current.items()
            if c.stage == "coloring" and c.total
        )
        done = self._bytes + in_work
        left = sum(s for name, s in self.sizes.items() if name not in self.finished) - in_work
        spent = self.clock() - self._began
        return left * spent / done if done > 0 and spent > 0 else None

    def lines(self, width: int) -> list[str]:
        """The table: counts, films in work, failures."""
        skipped = sum(o.was_done for o in self.finished.values())
        failed = self.failed
        counts = [f"{len(self.finished)} of {len(self.sizes)} films"]
        if skipped:
            counts.append(f"{skipped} done before")
        if failed:
            counts.append(f"{len(failed)} failed")
        if (speed := self.frames_per_second()) is not None:
            counts.append(f"{speed:.1f} frames per second")
        if (left := self.seconds_left()) is not None and len(self.finished) < len(self.sizes):
            counts.append(f"about {duration(left)} left")
        found = [", ".join(counts)]
        for name, current in list(self._current.items()):
            share = f"{min(current.done / current.total, 1):4.0%} " if current.total else "     "
            found.append(f"  {share}{current.stage:<9} {name}")
        for outcome in failed[-_LINES:]:
            found.append(f"  failed: {outcome.record.failure}")
        return [line if len(line) < width else f"{line[: width - 2]}~" for line in found]


def duration(seconds: float) -> str:
    """ "42 s", "12 min", "3 h 05 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
