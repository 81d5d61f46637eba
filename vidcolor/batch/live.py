"""The table of a running batch in the terminal, redrawn in place."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..terminal import count, say
from .board import Board
from .journal import DONE, FAILED
from .one_film import Outcome

_EVERY_S = 0.2


@dataclass
class Live:
    """Draws a board; without a terminal, writes a line for every film that has ended.

    Attributes:
        board: what is drawn.
        quiet: nothing is shown.
        should_stop: whether a message on stopping was written below the table.
    """

    board: Board
    quiet: bool
    should_stop: Callable[[], bool] = lambda: False
    _drawn: int = 0
    _last: float = 0.0
    _stopping: bool = False

    @property
    def _in_place(self) -> bool:
        return not self.quiet and sys.stderr.isatty()

    def draw(self, *, at_once: bool = False) -> None:
        """Draws the table, five times a second at most."""
        now = time.monotonic()
        if not self._in_place or (now - self._last < _EVERY_S and not at_once):
            return
        self._last = now
        if self.should_stop() and not self._stopping:
            # the message on stopping has moved the cursor: begin anew below it
            self._stopping, self._drawn = True, 0
        lines = self.board.lines(shutil.get_terminal_size().columns)
        back = f"\x1b[{self._drawn}F\x1b[J" if self._drawn else ""
        sys.stderr.write(back + "\n".join(lines) + "\n")
        sys.stderr.flush()
        self._drawn = len(lines)

    def ended(self, outcome: Outcome) -> None:
        """A film has ended."""
        if self.quiet:
            return
        if self._in_place:
            self.draw(at_once=True)
            return
        record = outcome.record
        if outcome.was_done:
            say(f"done before: {record.name}")
        elif outcome.is_shared:
            say(f"share done: {record.name}, the rest is left to other shards")
        elif record.state == DONE:
            say(f"done: {record.name} ({count(record.frames, 'frame')}, {record.seconds:.1f} s)")
        elif record.state == FAILED:
            say(f"failed: {record.failure}")
