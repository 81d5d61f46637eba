"""The shots of a film, noted while its frames go by."""

from __future__ import annotations

from dataclasses import dataclass

from .lockstep import FrameSet
from .series import MeasuredShot


@dataclass(slots=True)
class _Open:
    first_frame: int
    start: float
    first_row: int
    frames: int = 0
    last: float = 0.0


class ShotList:
    """Notes where shots begin and which measured frames are theirs."""

    def __init__(self) -> None:
        self._shots: list[_Open] = []
        self._rows = 0

    def add(self, frame_set: FrameSet) -> None:
        """The next frame."""
        if frame_set.shot == len(self._shots):
            self._shots.append(_Open(frame_set.index, frame_set.seconds, self._rows))
        shot = self._shots[-1]
        shot.frames += 1
        shot.last = frame_set.seconds
        self._rows += frame_set.measured

    def finished(self) -> list[MeasuredShot]:
        """All shots; each ends where the next one begins, the last with its last frame."""
        found = []
        for number, shot in enumerate(self._shots):
            following = self._shots[number + 1] if number + 1 < len(self._shots) else None
            found.append(
                MeasuredShot(
                    number=number,
                    first_frame=shot.first_frame,
                    frames=shot.frames,
                    start=shot.start,
                    end=shot.last if following is None else following.start,
                    rows=range(shot.first_row, following.first_row if following else self._rows),
                )
            )
        return found
