"""How long a run will take on this machine: a few frames go through the whole real chain."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ..pipeline import paint
from ..types import Frame, VideoInfo
from ..video.read.sampling import glimpses
from ..video.segments.sink import SegmentWriter

if TYPE_CHECKING:
    from ..components import Parts
    from ..config import RunConfig
    from ..video.plan.plan import OutputPlan

_FRAMES, _WARM_UP = 56, 8
_PLACE = 0.4
"""Share of the film at which frames are taken: beginnings are often black."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured.

    Attributes:
        frames: frames that went through the chain.
        seconds_per_frame: of a run that has begun.
    """

    frames: int
    seconds_per_frame: float


def measure_speed(
    path: Path, info: VideoInfo, plan: OutputPlan, parts: Parts, config: RunConfig
) -> Speed | None:
    """Colors and encodes a few frames into a temporary file; None where there are too few.

    The encoder holds frames back and codes them at the end, after the networks are done, in a real
    run beside them. So both are timed, and as long as cores are free the slower one counts,
    else the time of the processor that both need.

    Args:
        path, info, plan, parts, config: as of the run.

    Raises:
        MediaError: the film cannot be read, or nothing be written to the temporary folder.
    """
    width, height = plan.chroma_size
    with TemporaryDirectory(prefix="vidcolor-") as folder:
        painted = paint(
            _frames(path, info),
            info,
            plan.tags,
            (height, width),
            parts,
            replace(config, start=None, end=None),
        )
        writer = SegmentWriter(plan, Path(folder) / "trial.nut")
        marks: list[tuple[float, float]] = []
        try:
            with closing(painted):
                for item in painted:
                    writer.write(item.frame, item.u, item.v)
                    marks.append((time.perf_counter(), time.process_time()))
            writer.close()
        except BaseException:
            writer.abort()
            raise
        marks.append((time.perf_counter(), time.process_time()))
    frames = len(marks) - 1
    if frames <= _WARM_UP:
        return None
    (begun, begun_cpu), (colored, colored_cpu), (done, done_cpu) = (
        marks[_WARM_UP - 1],
        marks[-2],
        marks[-1],
    )
    timed = frames - _WARM_UP
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    color, code = (colored - begun) / timed, (done - colored) / frames
    work = (colored_cpu - begun_cpu) / timed + (done_cpu - colored_cpu) / frames
    return Speed(frames, max(color, code, work / (cores or 1)))


def _frames(path: Path, info: VideoInfo) -> Iterator[Frame]:
    """Consecutive frames from the middle of the film, or from its beginning."""
    number = 0
    for share in (_PLACE, 0.0):
        for glimpse in glimpses(path, info, [(share, _FRAMES)]):
            # a clock of its own: the file's may stand still, which the encoder would not take
            yield replace(glimpse.frame, index=number, pts=number * _tick(info), chroma=None)
            number += 1
        if number > _WARM_UP:
            return


def _tick(info: VideoInfo) -> int:
    return max(1, round(1 / ((info.rate or 25) * info.time_base)))
