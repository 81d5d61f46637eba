"""How long a run will take on this machine: a few frames go through the whole real chain."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
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
    from ..stages.values import ColoredFrame
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
        bytes_per_frame: of the encoded frames.
    """

    frames: int
    seconds_per_frame: float
    analysis_seconds_per_frame: float
    bytes_per_frame: float


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
    found = list(_frames(path, info, chroma=False))
    frames = len(found)
    if frames <= _WARM_UP:
        return None

    def colored(some: list[Frame]) -> Generator[ColoredFrame, None, None]:
        analysis = FilmAnalysis.one_shot(info, 2 * _FRAMES)
        return color_frames(
            some, info, analysis, plan.tags, plan.chroma_size, parts, config, again=list(some)
        )

    with TemporaryDirectory(prefix="vidcolor-") as folder:
        writer = SegmentWriter(plan, Path(folder) / "trial.nut")
        try:
            with closing(colored(found[:_WARM_UP])) as items:
                for item in items:
                    writer.write(item.frame, item.u, item.v)
            begun, begun_cpu = time.perf_counter(), time.process_time()
            with closing(colored(found[_WARM_UP:])) as items:
                for item in items:
                    writer.write(item.frame, item.u, item.v)
            last, last_cpu = time.perf_counter(), time.process_time()
            writer.close()
        except BaseException:
            writer.abort()
            raise
        done, done_cpu = time.perf_counter(), time.process_time()
        size = writer.path.stat().st_size
    timed = frames - _WARM_UP
    color, code = (last - begun) / timed, (done - last) / frames
    work = (last_cpu - begun_cpu) / timed + (done_cpu - last_cpu) / frames
    known = _analysis_seconds(path, info, keep_color=config.keep_color)
    seconds = known + max(color, code, work / available_cores())
    return Speed(frames, seconds, known, size / frames)


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
