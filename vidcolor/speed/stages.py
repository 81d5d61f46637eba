"""Processor time of every stage of a run, which other programs hardly change.

found = measure_stages(film, folder, config, parts)
found.seconds["chroma"], found.serial, found.total
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..analysis.analyze import analyze
from ..film import open_film
from ..pipeline import LOOK_AHEAD
from ..stages.between import color_between
from ..stages.choice import choose_colored
from ..stages.chroma import to_chroma
from ..stages.colorize import colorize_batches
from ..stages.lightness import to_lightness
from ..stages.motion import estimate_motion
from ..stages.refine import refine
from ..video.plan.plan import plan_output
from ..video.segments.sink import SegmentWriter

if TYPE_CHECKING:
    import numpy as np

    from ..components import Parts
    from ..config import RunConfig

T = TypeVar("T")

STAGES = (
    "decode", "analyze", "lightness", "flow", "colorize", "refine", "chroma", "encode",
)  # fmt: skip
_DECODINGS = 2
"""Times that a run decodes each frame: to analyze it, when networks see it too, and to color it."""
_SIDE_BY_SIDE = (("decode",), ("flow",), ("colorize",), ("refine",), ("chroma",))
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
        first = [s["decode"], s["analyze"], s["lightness"]]
        analysis = max(*first, sum(first) / cores)
        rest = self.total - sum(first)
        slowest = max(sum(s[name] for name in names) for names in _SIDE_BY_SIDE)
        encoder = s["encode"] / min(cores, _ENCODER_THREADS)
        return 1 / (analysis + max(rest / cores, slowest / jobs, encoder / jobs))


class Timed(Iterator[T]):
    """Passes items on and sums up the processor time of the process while they are made.

    The time of all earlier stages is in it.
    """

    def __init__(self, items: Iterable[T]) -> None:
        self.seconds = 0.0
        self._items = iter(items)

    def __next__(self) -> T:
        began = time.process_time()
        try:
            return next(self._items)
        finally:
            self.seconds += time.process_time() - began


def measure_stages(film: Path, folder: Path, config: RunConfig, parts: Parts) -> StageTimes:
    """All frames of a film go through every stage, one stage after another, nothing beside it.

    The chroma planes of all frames are held until they are coded.

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
            began = time.process_time()
            known = analyze(decoding, info, keep_color=config.keep_color)
            analysis = time.process_time() - began - decoding.seconds
        size = info.geometry.working_size(config.work_size)
        whole = parts.sees_shots
        with opened.frames() as source, opened.frames() as again:
            decode = Timed(source)
            light = Timed(to_lightness(decode, info, known, size, parts.device))
            moving = Timed(estimate_motion(light, parts.flow, None, both_ways=whole))
            some = whole and not config.every_frame
            chosen = choose_colored(moving, ()) if some else moving
            seen = colorize_batches(chosen, parts.colorizer, config.batch)
            colored = Timed(color_between(seen, parts.colorizer) if some else seen)
            most = config.unit_frames + LOOK_AHEAD
            refined = Timed(refine(colored, parts.refiner, None, end=None, most=most))
            twice = Timed(again)
            made = Timed(to_chroma(twice, refined, info, plan.tags, plan.chroma_size))
            planes = [(item.u, item.v) for item in made]
    totals: list[Timed[Any]] = [decode, light, moving, colored, refined]
    own = [b.seconds - a.seconds for a, b in pairwise(totals)]
    found = {
        "decode": decoding.seconds / known.frames,
        "analyze": analysis / known.frames,
    }
    for name, seconds in zip(("lightness", "flow", "colorize", "refine"), own, strict=True):
        found[name] = seconds / known.frames
    found["chroma"] = (made.seconds - refined.seconds - twice.seconds) / known.frames
    found["encode"] = measure_encoder(film, folder, config, planes)
    return StageTimes(found, known.frames)


def measure_encoder(
    film: Path,
    folder: Path,
    config: RunConfig,
    planes: Sequence[tuple[np.ndarray, np.ndarray]] | None = None,
) -> float:
    """Processor seconds a frame of the encoder alone.

    Args:
        film, folder, config: as of `measure_stages`.
        planes: chroma of every frame; None = the film's own.

    Raises:
        ConfigError, MediaError: as of `measure_stages`.
    """
    settings = replace(config.film, keep_color=planes is None)
    with open_film(film, settings) as opened:
        plan = plan_output(opened.info, folder / "timed.mkv", config.encode)
        decoding = 0.0
        with opened.frames() as source:
            began = time.process_time()
            with SegmentWriter(plan, folder / "timed.nut") as writer:
                # the encoder's threads go on meanwhile: decoding is what this thread takes
                turned = time.thread_time()
                for number, frame in enumerate(source):
                    decoding += time.thread_time() - turned
                    chroma = frame.chroma if planes is None else planes[number]
                    assert chroma is not None
                    writer.write(frame, *chroma)
                    turned = time.thread_time()
            spent = time.process_time() - began - decoding
            writer.path.unlink()
    return spent / writer.frames
