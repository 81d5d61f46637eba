"""What every lock reached in a finished film, and where its place was lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..analysis.film_analysis import FilmAnalysis
    from ..guidance.guidance import Lock
    from ..video.segments.segment import Segment


@dataclass(frozen=True, slots=True)
class LockResult:
    """What a lock reached; colors are compared before they are encoded.

    Attributes:
        name: file and entry.
        frame: number of its frame.
        at: CIEDE2000 from its color on that frame, None where that frame was not measured.
        median: over all frames that it was followed to.
        first, last: numbers of the first and the last of those frames.
        lost_before, lost_after: whether it was lost before its shot began or ended.
    """

    name: str
    frame: int
    at: float | None
    median: float | None
    first: int
    last: int
    lost_before: bool
    lost_after: bool

    def text(self) -> str:
        """One line for people."""
        begin = f"lock {self.name} (frame {self.frame})"
        if self.at is None or self.median is None:
            return f"{begin}: could not be measured"
        lost = [f"before frame {self.first}"] if self.lost_before else []
        lost += [f"after frame {self.last}"] if self.lost_after else []
        where = f", lost {' and '.join(lost)}" if lost else ""
        return (
            f"{begin}: CIEDE2000 {self.at:.1f} there, {self.median:.1f} in the median of frames "
            f"{self.first} to {self.last}{where}"
        )


def lock_results(
    locks: Iterable[Lock],
    segments: Sequence[Segment],
    analysis: FilmAnalysis,
    stretches: Sequence[tuple[int, int]] | None = None,
) -> tuple[LockResult, ...]:
    """What the locks reached in all units together, in their own order.

    Args:
        locks: of the film.
        segments: its units.
        analysis: of the film.
        stretches: what was colored of it, first frames and those after the last; locks on other
            frames are left out. None = all of it.
    """
    found: dict[str, dict[int, float]] = {}
    for segment in segments:
        for name, measured in segment.locks.items():
            found.setdefault(name, {}).update({int(f): float(v) for f, v in measured})
    results = []
    for lock in locks:
        shot = analysis.shot_at(lock.frame)
        start, end = shot.start, shot.end
        if stretches is not None:
            part = next((p for p in stretches if p[0] <= lock.frame < p[1]), None)
            if part is None:
                continue
            start, end = max(start, part[0]), min(end, part[1])
        values = {f: v for f, v in found.get(lock.name, {}).items() if start <= f < end}
        first, last = (min(values), max(values)) if values else (lock.frame, lock.frame)
        results.append(
            LockResult(
                name=lock.name,
                frame=lock.frame,
                at=values.get(lock.frame),
                median=median(values.values()) if values else None,
                first=first,
                last=last,
                lost_before=bool(values) and first > start,
                lost_after=bool(values) and last < end - 1,
            )
        )
    return tuple(results)
