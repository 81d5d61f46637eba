"""What would make runs faster on a machine whose stages were measured."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .stages import StageTimes

_WORTH = 1.08
"""A change that gains less is not worth its cost."""
_JOB_BYTES = 0.5e9
_FRAME_BYTES = 350
"""Memory of a process, and for every pixel of a frame: some two hundred frames wait in it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A setting with which runs are faster here.

    Attributes:
        words: of the command line.
        frames_a_second: with it alone.
        cost: what it costs, in words.
    """

    words: str
    frames_a_second: float
    cost: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured with films of one size.

    Attributes:
        pixels: of a frame.
        stages: with the usual settings.
        encoders: processor seconds a frame of other encoder settings, by their words.
        smaller: the stages with a smaller work size, None where that was not measured.
        work_size: that size.
    """

    pixels: int
    stages: StageTimes
    encoders: dict[str, float]
    smaller: StageTimes | None = None
    work_size: int = 0


ENCODER_COSTS = {
    "--preset fast": "files a little larger",
    "--preset veryfast": "files a fifth larger or more",
    "--codec ffv1": "files ten times as large, without loss; for .mkv",
}
"""Encoder settings that are tried, and what they cost."""


def changes(found: Measured, cores: int, memory: int | None) -> list[Change]:
    """Settings that make runs faster, the best first.

    Args:
        found: what was measured.
        cores: of the processor that may be used.
        memory: free bytes; None = unknown.
    """
    usual = found.stages.frames_a_second(cores)
    tried = []
    for words, seconds in found.encoders.items():
        other = replace(found.stages, seconds=found.stages.seconds | {"encode": seconds})
        tried.append(Change(words, other.frames_a_second(cores), ENCODER_COSTS[words]))
    if found.smaller is not None:
        rate = found.smaller.frames_a_second(cores)
        cost = "color follows small and quick things less well"
        tried.append(Change(f"--work-size {found.work_size}", rate, cost))
    jobs = _jobs(found, cores, memory)
    if jobs > 1:
        rate = found.stages.frames_a_second(cores, jobs)
        size = jobs * _bytes(found) / 1e9
        tried.append(Change(f"--jobs {jobs}", rate, f"up to {size:.1f} GB of memory"))
    worth = [c for c in tried if c.frames_a_second >= _WORTH * usual]
    return sorted(worth, key=lambda c: -c.frames_a_second)


def _jobs(found: Measured, cores: int, memory: int | None) -> int:
    """The fewest processes that come near what the processor allows."""
    most = max(1, cores // 2)
    if memory is not None:
        most = max(1, min(most, int(memory // _bytes(found))))
    rates = [found.stages.frames_a_second(cores, n) for n in range(1, most + 1)]
    return next(n for n, rate in enumerate(rates, start=1) if rate > 0.95 * rates[-1])


def _bytes(found: Measured) -> float:
    return _JOB_BYTES + _FRAME_BYTES * found.pixels
