"""`vidcolor doctor --speed`: every stage is measured on this machine, and what would be faster."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import torch

from ..components import build
from ..config import RunConfig
from ..geometry import Size
from ..processors import available_cores
from .advice import ENCODER_COSTS, Change, Measured, changes
from .made_film import make_film
from .stages import measure_encoder, measure_stages

SIZES = {"480p": Size(854, 480), "1080p": Size(1920, 1080)}
"""Films that are measured."""
_FRAMES, _WARM_UP, _CODED = 24, 4, 12
"""Frames of a film, those that go first unmeasured, and those that other encoder settings get."""
_WORK_SIZE = 144
"""Smaller work size that is tried."""


@dataclass(frozen=True, slots=True)
class SpeedReport:
    """What was measured. Times are processor time, which other programs hardly change.

    Attributes:
        cores: of the processor that may be used.
        memory: free bytes; None where the system does not say.
        load: programs that ran beside on average before, None likewise.
        device: that the networks are on.
        milliseconds: processor time a frame of each stage, by size of the film.
        frames_a_second: what a run may reach when nothing else runs, likewise.
        changes: what makes it faster, the best first, likewise.
        seconds: that measuring took.
    """

    cores: int
    memory: int | None
    load: float | None
    device: str
    milliseconds: dict[str, dict[str, float]]
    frames_a_second: dict[str, float]
    changes: dict[str, list[Change]]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """As values JSON can hold."""
        return asdict(self)


def check_speed(
    config: RunConfig | None = None,
    sizes: dict[str, Size] | None = None,
    frames: int = _FRAMES,
    on_step: Callable[[str], None] | None = None,
) -> SpeedReport:
    """Measures with a film that is made up; takes half a minute on two cores.

    Args:
        config: settings of the runs that are meant.
        sizes: of films, by name; None = `SIZES`.
        frames: of each film.
        on_step: told what is measured next.

    Raises:
        ConfigError, WeightsError: the settings cannot be met.
        MediaError: nothing can be written to the temporary folder.
    """
    began = time.monotonic()
    config, cores, memory = config or RunConfig(), available_cores(), free_memory()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    say = on_step or (lambda _: None)
    milliseconds, rates, advice = {}, {}, {}
    with _one_thread(), TemporaryDirectory(prefix="vidcolor-") as folder:
        work = Path(folder)
        say("loading the networks")
        parts = build(config)
        smaller = None
        for name, size in (sizes or SIZES).items():
            say(f"measuring {name}")
            film = make_film(work, size, frames)
            # the first frames take longer: memory and kernels are made ready
            measure_stages(film, work, replace(config, end=str(_WARM_UP)), parts)
            stages = measure_stages(film, work, config, parts)
            encoders = {
                words: measure_encoder(film, work, _with(config, words)) for words in ENCODER_COSTS
            }
            if smaller is None:
                tried = replace(config, work_size=_WORK_SIZE, end=str(_CODED))
                smaller = measure_stages(film, work, tried, parts)
            small = {n: smaller.seconds[n] for n in ("lightness", "flow", "refine")}
            found = Measured(
                size.width * size.height,
                stages,
                encoders,
                replace(stages, seconds=stages.seconds | small),
                _WORK_SIZE,
            )
            milliseconds[name] = {k: round(1000 * v, 2) for k, v in stages.seconds.items()}
            rates[name] = round(stages.frames_a_second(cores), 2)
            advice[name] = changes(found, cores, memory)
    return SpeedReport(
        cores, memory, load, parts.device, milliseconds, rates, advice, time.monotonic() - began
    )


def speed_text(report: SpeedReport) -> str:
    """The report as lines for the terminal."""
    names = list(report.milliseconds)
    lines = [f"{'ms a frame':<12}" + "".join(f"{name:>9}" for name in names)]
    for stage in report.milliseconds[names[0]]:
        cells = "".join(f"{report.milliseconds[name][stage]:9.1f}" for name in names)
        lines.append(f"{stage:<12}{cells}")
    rates = "".join(f"{report.frames_a_second[name]:9.1f}" for name in names)
    lines.append(f"{'frames/s':<12}{rates}")
    lines.append(
        f"processor time of one thread; frames/s: what {report.cores} "
        f"core{'s' if report.cores > 1 else ''} ({report.device}) may reach with nothing beside"
    )
    if report.load is not None and report.load > 0.5 * report.cores:
        lines.append(f"other programs are running (load {report.load:.1f}): runs are slower now")
    for name in names:
        for change in report.changes[name]:
            lines.append(
                f"{name}: {change.words} for about {change.frames_a_second:.1f} frames/s "
                f"({change.cost})"
            )
        if not report.changes[name]:
            lines.append(f"{name}: no setting makes it much faster here")
    return "\n".join(lines)


def free_memory() -> int | None:
    """Bytes that programs can have, None where the system does not say."""
    try:
        text = Path("/proc/meminfo").read_text()
    except OSError:
        return None
    rows = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    kilobytes = rows.get("MemAvailable", "").split()
    return int(kilobytes[0]) * 1024 if kilobytes else None


def _with(config: RunConfig, words: str) -> RunConfig:
    """The settings with an encoder's words added; few frames of it do."""
    option, value = words.removeprefix("--").split()
    few = replace(config, end=str(_CODED))
    return replace(few, preset=value) if option == "preset" else replace(few, codec=value)


@contextmanager
def _one_thread() -> Iterator[None]:
    """torch and OpenCV with one thread each, so that their time is that of the thread."""
    before = torch.get_num_threads(), cv2.getNumThreads()
    try:
        torch.set_num_threads(1)
        cv2.setNumThreads(1)
        yield
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])
