"""What is in a film, what a run will do with it, and how long that takes here."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..components import build
from ..config import RunConfig
from ..errors import ConfigError, MediaError
from ..pipeline import working_size
from ..types import VideoInfo
from ..video.plan.contents import Contents, read_contents
from ..video.plan.place import default_output
from ..video.plan.plan import OutputPlan, plan_output
from ..video.read.source import FrameSource
from .speed import Speed, measure_speed
from .survey import Survey, survey


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a run will do.

    Attributes:
        output: the film it writes.
        container, codec, pix_fmt: how.
        working_size: (width, height) of the picture that flow and refiner see.
        device, model, refiner, flow: what colors it; flow None where none is needed.
        notes: what is left out or converted, what is chosen; one line each.
        refused: why a run to `output` would end before it begins, None = it would not. What is
            said of container, codec and notes then is of a Matroska file in its place.
        speed: None where it was not measured.
        seconds: a whole run's time here, by `speed`; None where that or the length is unknown.
    """

    output: Path
    container: str
    codec: str
    pix_fmt: str
    working_size: tuple[int, int]
    device: str | None
    model: str
    refiner: str
    flow: str | None
    notes: tuple[str, ...]
    refused: str | None
    speed: Speed | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Probe:
    """All that is to be said of a film.

    Attributes:
        info: of its picture track.
        contents: of its file.
        survey: how its pictures look.
        outlook: what a run will do.
    """

    info: VideoInfo
    contents: Contents
    survey: Survey
    outlook: Outlook

    def to_dict(self) -> dict[str, Any]:
        """As values JSON can hold."""
        info, seen, outlook = self.info, self.survey, self.outlook
        return {
            "file": str(info.path),
            "contents": asdict(self.contents),
            "picture": {
                "codec": info.codec,
                "width": info.width,
                "height": info.height,
                "pix_fmt": info.pix_fmt,
                "depth": info.tags.depth,
                "matrix": info.tags.matrix,
                "full_range": info.tags.full_range,
                "rate": None if info.rate is None else float(info.rate),
                "constant_rate": seen.constant_rate,
                "frames": seen.frames if seen.is_whole else info.frame_count,
                "frames_counted": seen.is_whole,
                "sample_aspect_ratio": _text(info.sample_aspect_ratio),
                "rotation": info.rotation,
                "field_order": info.field_order,
            },
            "looks": asdict(seen)
            | {
                "shots": seen.shots(info.frame_count),
                "film_rate": None if info.rate is None else float(seen.rhythm.film_rate(info.rate)),
            },
            "run": asdict(outlook) | {"output": str(outlook.output)},
        }


def probe(
    source: Path,
    output: Path | None = None,
    config: RunConfig | None = None,
    *,
    quick: bool = False,
) -> Probe:
    """Looks at a film. Writes nothing but a temporary file, to time the encoder.

    Args:
        source: the film.
        output: what a run would write, if None what it would choose.
        config: the run's settings.
        quick: leave out the timing.

    Raises:
        ConfigError, PluginError, WeightsError: the settings cannot be met.
        MediaError: the film cannot be read.
    """
    config = config or RunConfig()
    output = output or default_output(source)
    with FrameSource(source, rate=config.rate) as film:
        info, notes = film.info, film.notes
    contents = read_contents(source, info.stream_index, info.rate)
    seen = survey(source, info)
    if seen.is_whole:
        info = replace(info, frame_count=seen.frames)
    plan, refused = _plan(info, output, config)
    speed = parts = None
    if not quick:
        parts = build(config)
        speed = measure_speed(source, info, plan, parts, config)
        notes = [*notes, *parts.notes]
    seconds = None
    if speed is not None and info.frame_count is not None:
        seconds = speed.seconds_per_frame * info.frame_count
    height, width = working_size(info, config.work_size)
    flow = config.flow if parts is None else parts.flow.name if parts.flow else None
    return Probe(
        info,
        contents,
        seen,
        Outlook(
            output=output,
            container=plan.container,
            codec=plan.encoding.codec,
            pix_fmt=plan.encoding.pix_fmt,
            working_size=(width, height),
            device=None if parts is None else parts.device,
            model=config.model,
            refiner=config.refiner,
            flow=flow,
            notes=(*notes, *plan.notes),
            refused=refused,
            speed=speed,
            seconds=seconds,
        ),
    )


def _plan(info: VideoInfo, output: Path, config: RunConfig) -> tuple[OutputPlan, str | None]:
    """The plan of a run, or why it would refuse and the plan of one that would not."""
    try:
        return plan_output(info, output, config.encode), None
    except (ConfigError, MediaError) as err:
        refused = f"{err}; {err.hint}" if err.hint else str(err)
    try:
        return plan_output(info, output, config.encode, overwrite=True), refused
    except (ConfigError, MediaError):
        # anywhere, for nothing is written: Matroska holds every film
        film = info.path.with_name(f"{info.path.stem}.probe.mkv")
        auto = replace(config.encode, codec="auto")
        return plan_output(info, film, auto, overwrite=True), refused


def _text(value: object) -> str | None:
    return None if value is None else str(value)
