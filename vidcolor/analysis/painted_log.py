"""Passages with colored regions, from looks at single frames."""

from __future__ import annotations

from .film_analysis import Painted

_LEAST_LOOKS = 2
"""In a passage: a single one may be damage."""
_BRIDGED = 24
"""Frames without a region that do not end a passage: paint may be thin or hidden."""


class PaintedLog:
    """Counts along while a film is looked at."""

    def __init__(self) -> None:
        self._found: list[Painted] = []
        self._open: Painted | None = None
        self._looks = self._all_looks = 0

    def add(self, frame: int, start: float, end: float, share: float | None) -> None:
        """The next frame.

        Args:
            frame: its number in the film.
            start, end: when it is shown, seconds from the film's start.
            share: of it that regions take, see `tint.ColorLook`; None = it was not looked at.
        """
        if share is None:
            return
        self._all_looks += 1
        if self._open is not None and frame - self._open.last > _BRIDGED:
            self._close()
        if not share:
            return
        before = self._open or Painted(frame, frame, start, end, share)
        self._open = before._replace(last=frame, end=end, share=max(before.share, share))
        self._looks += 1

    def finish(self) -> tuple[Painted, ...]:
        """All passages."""
        self._close()
        return tuple(self._found)

    def _close(self) -> None:
        if self._open is not None and self._looks >= min(_LEAST_LOOKS, self._all_looks):
            self._found.append(self._open)
        self._open, self._looks = None, 0
