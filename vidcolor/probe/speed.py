"""How long a run will take on this machine: a few frames go through the whole real chain."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ..analysis.analyze import analyze
from ..analysis.film_analysis import FilmAnalysis
from ..pipeline import color_frames
from ..prefetch import prefetch
from ..processors import available_cores
from ..types import Frame, VideoInfo
from ..video.read.sampling import sampled_frames
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
        seconds_per_frame: of a run that has begun, the analysis included.
        analysis_seconds_per_frame: of the analysis alone.
    """

    frames: int
    seconds_per_frame: float
    analysis_seconds_per_frame: float


def measure_speed(
    path: Path, info: VideoInfo, plan: OutputPlan, parts: Parts, config: RunConfig
) -> Speed | None:
    """Analyzes a few frames, colors and encodes them into a temporary file.

    The encoder holds frames back and codes them at the end, after the networks are done, in a real
    run beside them. So both are timed, and as long as cores are free the slower one counts,
    else the time of the processor that both need.

    Args:
        path, info, plan, parts, config: as of the run.

    Returns:
        None where there are too few frames.

    Raises:
        MediaError: the film cannot be read, or nothing be written to the temporary folder.
    """
    with TemporaryDirectory(prefix="vidcolor-") as folder:
        colored = color_frames(
            _frames(path, info, chroma=False),
            info,
            FilmAnalysis.one_shot(info, 2 * _FRAMES),
            plan.tags,
            plan.chroma_size,
            parts,
            config,
        )
        writer = SegmentWriter(plan, Path(folder) / "trial.nut")
        marks: list[tuple[float, float]] = []
        try:
            with closing(colored):
                for item in colored:
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
    (begun, begun_cpu), (last, last_cpu), (done, done_cpu) = (
        marks[_WARM_UP - 1],
        marks[-2],
        marks[-1],
    )
    timed = frames - _WARM_UP
    color, code = (last - begun) / timed, (done - last) / frames
    work = (last_cpu - begun_cpu) / timed + (done_cpu - last_cpu) / frames
    known = _analysis_seconds(path, info, keep_color=config.keep_color)
    return Speed(frames, known + max(color, code, work / available_cores()), known)


def _analysis_seconds(path: Path, info: VideoInfo, *, keep_color: bool) -> float:
    """Seconds a frame of the analysis; frames are read beside it, as in a run."""
    marks: list[float] = []
    with closing(prefetch(_frames(path, info, chroma=keep_color))) as frames:
        analyze(
            frames,
            info,
            keep_color=keep_color,
            progress=lambda done, total: marks.append(time.perf_counter()),
        )
    # the detector gives its last frames in one go
    timed = len(marks) - _WARM_UP
    return (marks[-1] - marks[_WARM_UP - 1]) / timed


def _frames(path: Path, info: VideoInfo, *, chroma: bool) -> Iterator[Frame]:
    """Consecutive frames from the middle of the film, or from its beginning."""
    number = 0
    for share in (_PLACE, 0.0):
        for sampled in sampled_frames(path, info, [(share, _FRAMES)]):
            # a clock of its own: the file's may stand still, which the encoder would not take
            frame = replace(sampled.frame, index=number, pts=number * _tick(info))
            yield frame if chroma else replace(frame, chroma=None)
            number += 1
        if number > _WARM_UP:
            return


def _tick(info: VideoInfo) -> int:
    return max(1, round(1 / ((info.rate or 25) * info.time_base)))
