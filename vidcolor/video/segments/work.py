"""Work on one film: what a single run and one of several workers have alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ...errors import MediaError
from .segment import Segment

FORMAT = 4
"""Version of the manifest."""
ANALYSIS = "analysis.json"
"""Name of the film's analysis in the folder."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run had to reduce because memory ran out; None = nothing.

    Attributes:
        batch, work_size: settings used instead of the run's own.
        said: a line for each reduction.
    """

    batch: int | None = None
    work_size: int | None = None
    said: tuple[str, ...] = ()


class Work(ABC):
    """The segments of one output, in a folder that a lock keeps others out of.

    Attributes:
        folder: where they lie.
        notes: what happened to earlier work, one line each.
        limits: what had to be reduced on the way.
        is_published: the film is there already, made of these segments.
    """

    def __init__(self, folder: Path, lock: IO[bytes], fingerprint: Mapping[str, Any]) -> None:
        self.folder = folder
        self.notes: list[str] = []
        self.limits = Limits()
        self.is_published = False
        self._lock = lock
        self._fingerprint = dict(fingerprint)
        self._done: dict[int, Segment] = {}

    def close(self) -> None:
        """Lets others use the folder; what is finished stays."""
        self._lock.close()

    @property
    def analysis_path(self) -> Path:
        """Where the film's analysis is kept."""
        return self.folder / ANALYSIS

    @property
    def finished(self) -> list[Segment]:
        """Finished segments in the order of the film, those of other workers included."""
        return [self._done[number] for number in sorted(self._done)]

    def __contains__(self, number: int) -> bool:
        return number in self._done

    def told(self, number: int) -> str | None:
        """What a finished segment was told of its colors, see `Segment`; None = not finished."""
        return self._done[number].told if number in self._done else None

    def state_after(self, number: int) -> bytes:
        """What was handed on with a finished segment.

        Raises:
            MediaError: it cannot be read any more.
        """
        path = self._done[number].path.with_suffix(".state")
        try:
            return path.read_bytes()
        except OSError as err:
            raise MediaError(f"{path}: cannot be read ({err.strerror})") from err

    @abstractmethod
    def add(self, segment: Segment) -> None:
        """Counts a segment that `finish_segment` made.

        Raises:
            MediaError: the disk is full or the folder cannot be written to.
        """

    @abstractmethod
    def forget(self, numbers: Collection[int]) -> None:
        """Segments that are out of date do not count as finished any more."""

    @abstractmethod
    def limit(self, limits: Limits) -> None:
        """Keeps what had to be reduced, for the next segments and for a resumed run."""

    @abstractmethod
    def bind(self, analysis_hash: str) -> None:
        """Ties the work to an analysis: with other shots, segments would be other ones.

        Raises:
            ResumeError: it was begun with another analysis.
        """
