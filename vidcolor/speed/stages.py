"""Processor time of every stage of a run, which other programs hardly change.

found = measure_stages(film, folder, config, parts)
found.seconds["chroma"], found.serial, found.total
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..analysis.analyze import analyze
from ..film import open_film
from ..pipeline import LOOK_AHEAD
from ..stages.choice import choose_colored
from ..stages.chroma import to_chroma
from ..stages.colorize import colorize_batches
from ..stages.lightness import to_lightness
from ..stages.motion import estimate_motion
from ..stages.refine import refine
from ..video.plan.plan import plan_output
from ..video.segments.sink import SegmentWriter

if TYPE_CHECKING:
    from ..components import Parts
    from ..config import RunConfig

T = TypeVar("T")

STAGES = (
    "decode", "analyze", "lightness", "flow", "colorize", "refine", "chroma", "encode",
)  # fmt: skip
_DECODINGS = 3
"""Times that a run decodes each frame: to analyze it, to look at its shot, to color it."""
_SIDE_BY_SIDE = (("decode",), ("lightness", "flow"), ("colorize",), ("refine",), ("chroma",))
"""Stages by the threads of a run, see `pipeline.color_frames`; the encoder has its own."""
_ENCODER_THREADS = 4


@dataclass(frozen=True, slots=True)
class StageTimes:
    """What the stages take.

    Attributes:
        seconds: processor time a frame of each of `STAGES`, each frame once.
        frames: that were measured.
    """

    seconds: dict[str, float]
    frames: int

    @property
    def total(self) -> float:
        """Processor seconds that a run needs a frame."""
        return sum(self.seconds.values()) + (_DECODINGS - 1) * self.seconds["decode"]

    def frames_a_second(self, cores: int, jobs: int = 1) -> float:
        """What a run may reach: the analysis first, then all stages side by side.

        Args:
            cores: of the processor.
            jobs: processes that color side by side.
        """
        s = self.seconds
        analysis = max(s["decode"], s["analyze"], (s["decode"] + s["analyze"]) / cores)
        rest = self.total - s["decode"] - s["analyze"]
        slowest = max(sum(s[name] for name in names) for names in _SIDE_BY_SIDE)
        encoder = s["encode"] / min(cores, _ENCODER_THREADS)
        return 1 / (analysis + max(rest / cores, slowest / jobs, encoder / jobs))


class Timed(Iterator[T]):
    """Passes items on and sums up this thread's processor time in making them.

    The time of all earlier stages in the same thread is in it.
    """

    def __init__(self, items: Iterable[T]) -> None:
        self.seconds = 0.0
        self._items = iter(items)

    def __next__(self) -> T:
        began = time.thread_time()
        try:
            return next(self._items)
        finally:
            self.seconds += time.thread_time() - began


def measure_stages(film: Path, folder: Path, config: RunConfig, parts: Parts) -> StageTimes:
    """All frames of a film go through every stage, one stage after another in this thread.

    The caller sets torch and OpenCV to one thread each: time of further ones is not counted.

    Args:
        film: of one shot at least.
        folder: a segment is written there, and removed.
        config: of a run.
        parts: its networks.

    Raises:
        ConfigError, MediaError: the film cannot be read, or not be written as asked.
    """
    with open_film(film, config.film) as opened:
        info = opened.info
        plan = plan_output(info, folder / "timed.mkv", config.encode)
        with opened.frames() as source:
            decoding = Timed(source)
            began = time.thread_time()
            known = analyze(decoding, info, keep_color=config.keep_color)
            analysis = time.thread_time() - began - decoding.seconds
        size = info.geometry.working_size(config.work_size)
        whole = parts.sees_shots
        with opened.frames() as source, opened.frames() as again:
            decode = Timed(source)
            light = Timed(to_lightness(decode, info, known, size, parts.device))
            moving = Timed(estimate_motion(light, parts.flow, None, both_ways=whole))
            chosen = choose_colored(moving, ()) if whole and not config.every_frame else moving
            colored = Timed(colorize_batches(chosen, parts.colorizer, config.batch))
            most = config.unit_frames + LOOK_AHEAD
            refined = Timed(refine(colored, parts.refiner, None, end=None, most=most))
            twice = Timed(again)
            planes = Timed(to_chroma(twice, refined, info, plan.tags, plan.chroma_size))
            began = time.process_time()
            with SegmentWriter(plan, folder / "timed.nut") as writer:
                for item in planes:
                    writer.write(item.frame, item.u, item.v)
            # the encoder's threads go on while the next frame is colored
            encode = time.process_time() - began - planes.seconds
            writer.path.unlink()
    totals: list[Timed[Any]] = [decode, light, moving, colored, refined]
    own = [b.seconds - a.seconds for a, b in pairwise(totals)]
    found = {
        "decode": decoding.seconds,
        "analyze": analysis,
        **dict(zip(("lightness", "flow", "colorize", "refine"), own, strict=True)),
        "chroma": planes.seconds - refined.seconds - twice.seconds,
        "encode": encode,
    }
    return StageTimes({k: v / known.frames for k, v in found.items()}, known.frames)


def measure_encoder(film: Path, folder: Path, config: RunConfig) -> float:
    """Processor seconds a frame of the encoder alone, of a film's own frames.

    Raises:
        ConfigError, MediaError: as of `measure_stages`.
    """
    with open_film(film, replace(config.film, keep_color=True)) as opened:
        plan = plan_output(opened.info, folder / "timed.mkv", config.encode)
        with opened.frames() as source:
            frames = Timed(source)
            began = time.process_time()
            with SegmentWriter(plan, folder / "timed.nut") as writer:
                for frame in frames:
                    assert frame.chroma is not None
                    writer.write(frame, *frame.chroma)
            spent = time.process_time() - began - frames.seconds
            writer.path.unlink()
    return spent / writer.frames
