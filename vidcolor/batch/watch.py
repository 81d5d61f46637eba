"""A drop folder: films that appear in it are taken when they have stopped growing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, MediaError
from ..files import size_of

if TYPE_CHECKING:
    from .films import BatchFilm

SETTLED_S = 10.0
"""A file that has not changed for so long is taken to be whole."""
LOOK_EVERY_S = 2.0


@dataclass
class Settled:
    """Tells films that still grow from those that are whole, by looking again and again.

    Attributes:
        seconds: for which a film must not have changed.
    """

    seconds: float = SETTLED_S
    _seen: dict[Path, tuple[Any, float]] = field(default_factory=dict)
    _taken: dict[Path, Any] = field(default_factory=dict)

    def ready(self, films: Sequence[BatchFilm], now: float) -> list[BatchFilm]:
        """Films that have not changed for a while and were not given out as they are.

        Args:
            films: all that are there.
            now: seconds of a clock that never goes back.
        """
        found = []
        for film in films:
            mark = _mark(film.source)
            if mark is None or self._taken.get(film.source) == mark:
                continue
            seen, since = self._seen.get(film.source, (None, now))
            if seen != mark:
                self._seen[film.source] = (mark, now)
            elif now - since >= self.seconds:
                self._taken[film.source] = mark
                del self._seen[film.source]
                found.append(film)
        return found


def watch(
    find: Callable[[], Sequence[BatchFilm]],
    should_stop: Callable[[], bool],
    settled: Settled | None = None,
    idle: Callable[[], None] | None = None,
) -> Iterator[BatchFilm]:
    """Films as they become whole, until it is stopped.

    Args:
        find: looks for all films.
        should_stop: asked several times a second.
        settled: what was seen so far.
        idle: called when there is nothing to be done but to wait.
    """
    settled = settled or Settled()
    while not should_stop():
        try:
            ready = settled.ready(find(), time.monotonic())
        except (ConfigError, MediaError, OSError):
            ready = []  # a list half written, a folder that is being renamed: seen again soon
        for film in ready:
            if should_stop():
                return
            yield film
        if not ready:
            if idle is not None:
                idle()
            until = time.monotonic() + LOOK_EVERY_S
            while time.monotonic() < until and not should_stop():
                time.sleep(0.1)


def _mark(source: Path) -> Any:
    """Changes while a film is being written; None where there is none."""
    try:
        status = source.stat()
        return size_of(source), status.st_mtime_ns
    except OSError:
        return None
