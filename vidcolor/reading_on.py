"""Frames of one unit after another from one source, each unit with some frames after its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator

from .types import Frame


class ReadingOn:
    """Reads on from unit to unit; frames that were only looked at are kept for the next unit.

    Args:
        frames: in order, from the first of the first unit on.
        reduced: makes of a frame what is kept for the next unit.
    """

    def __init__(
        self,
        frames: Generator[Frame, None, None],
        reduced: Callable[[Frame], Frame] = lambda frame: frame,
    ) -> None:
        self._frames, self._reduced = frames, reduced
        self._kept: deque[Frame] = deque()

    def unit(self, start: int, end: int, look_end: int) -> Iterator[Frame]:
        """Frames from `start` to `look_end` (exclusive); those before `end` are the unit's own."""
        kept, self._kept = self._kept, deque()
        while kept and kept[0].index < look_end:
            frame = kept.popleft()
            if frame.index >= end:
                self._kept.append(frame)
            if frame.index >= start:
                yield frame
            if frame.index == look_end - 1:
                self._kept.extend(kept)
                return
        self._kept.extend(kept)
        if kept:
            return
        for frame in self._frames:
            if frame.index >= end:
                self._kept.append(self._reduced(frame))
            if frame.index >= start:
                yield frame
            if frame.index >= look_end - 1:
                return

    def close(self) -> None:
        """Closes the source."""
        self._kept.clear()
        self._frames.close()
