"""What is in a film, what a run will do with it, and how long that takes here."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from ..analysis.film_analysis import FilmAnalysis
from ..components import build
from ..config import FilmSettings, RunConfig
from ..errors import ConfigError, MediaError
from ..film import Film, open_film
from ..types import Progress, VideoInfo
from ..video.plan.contents import Contents, read_contents
from ..video.plan.place import default_output
from ..video.plan.plan import OutputPlan, plan_output
from ..video.read.source import FrameSource
from ..video.verify.rehearsal import rehearse
from .speed import Speed, measure_speed
from .survey import Survey, is_short, most_frames, survey


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a run will do.

    Attributes:
        output: the film it writes.
        container, codec, pix_fmt: how.
        working_size: (width, height) of the image that flow and refiner see.
        frames: frames it colors; None where that is unknown.
        device, model, refiner, flow: what colors it; flow None where none is needed.
        tracks: the film's other tracks that are kept, as messages call them.
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
    frames: int | None
    device: str | None
    model: str
    refiner: str
    flow: str | None
    tracks: tuple[str, ...]
    notes: tuple[str, ...]
    refused: str | None
    speed: Speed | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Probe:
    """All that is to be said of a film.

    Attributes:
        info: of its video track, all of it.
        contents: of its file.
        survey: how its frames look.
        outlook: what a run will do.
        analysis: of the frames that a run colors; None where it would take longer than seconds
            and was not asked for.
    """

    info: VideoInfo
    contents: Contents
    survey: Survey
    outlook: Outlook
    analysis: FilmAnalysis | None

    @property
    def shots(self) -> int | None:
        """Shots of the film: counted by the analysis, or estimated; None = unknown."""
        if self.analysis is not None:
            return len(self.analysis.shots)
        return self.survey.estimated_shots(self.outlook.frames)

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
                "shots": self.shots,
                "film_rate": None if info.rate is None else float(seen.rhythm.film_rate(info.rate)),
            },
            "run": asdict(outlook) | {"output": str(outlook.output)},
            "analysis": None if self.analysis is None else self.analysis.to_dict(),
        }


def probe(
    source: Path,
    output: Path | None = None,
    config: RunConfig | None = None,
    *,
    quick: bool = False,
    analyze: bool = False,
    progress: Progress | None = None,
) -> Probe:
    """Looks at a film. Writes nothing but a temporary file, to time the encoder.

    The survey is of the whole file, the outlook and the analysis of the frames that a run colors.

    Args:
        source: the film.
        output: what a run would write, if None what it would choose.
        config: the run's settings.
        quick: leave out the timing.
        analyze: make the analysis however long the film is.
        progress: called after every analyzed frame.

    Raises:
        ConfigError, PluginError, WeightsError: the settings cannot be met.
        MediaError: the film cannot be read.
    """
    config = config or RunConfig()
    output = output or default_output(source)
    with open_film(source, config.film) as film:
        analysis = _analysis(film, progress, always=analyze)
        info = film.info
        if analysis is not None:
            info, notes = replace(info, frame_count=analysis.frames), list(analysis.notes)
        else:
            with film.frames() as frames:
                notes = frames.notes
    with FrameSource(source, rate=config.film.rate) as file:
        whole = file.info
    contents = read_contents(source, whole.stream_index, whole.rate)
    seen = survey(source, whole, analysis if _is_whole(config.film) else None)
    if seen.is_whole:
        whole = replace(whole, frame_count=seen.frames)
    plan, refused = _plan(info, output, config)
    speed = parts = None
    if not quick:
        parts = build(config)
        speed = measure_speed(source, info, plan, parts, config)
        notes = [*notes, *parts.notes]
    seconds = None
    if speed is not None and info.frame_count is not None:
        seconds = speed.seconds_per_frame * info.frame_count
    width, height = info.geometry.working_size(config.work_size)
    flow = config.flow if parts is None else parts.flow.name if parts.flow else None
    return Probe(
        whole,
        contents,
        seen,
        Outlook(
            output=output,
            container=plan.container,
            codec=plan.encoding.codec,
            pix_fmt=plan.encoding.pix_fmt,
            working_size=(width, height),
            frames=info.frame_count,
            device=None if parts is None else parts.device,
            model=config.model,
            refiner=config.refiner,
            flow=flow,
            tracks=tuple(track.label for track in plan.tracks),
            notes=(*notes, *plan.notes),
            refused=refused,
            speed=speed,
            seconds=seconds,
        ),
        analysis,
    )


class _LongerError(Exception):
    """There are far more frames than the header says."""


def _analysis(film: Film, progress: Progress | None, *, always: bool) -> FilmAnalysis | None:
    """The film's analysis, unless it would take long."""
    if not always and not is_short(film.info):
        return None
    most = most_frames(film.info)

    def show(done: int, total: int | None) -> None:
        if progress is not None:
            progress(done, total)
        if not always and done >= most:
            raise _LongerError

    try:
        return film.analyze(show)
    except _LongerError:
        return None


def _is_whole(settings: FilmSettings) -> bool:
    """Whether a film's frames are those of its file."""
    return settings.start is None and settings.end is None and not settings.deinterlace


def _plan(info: VideoInfo, output: Path, config: RunConfig) -> tuple[OutputPlan, str | None]:
    """The plan of a run, or why it would refuse and the plan of one that would not."""
    try:
        plan = plan_output(info, output, config.encode)
        rehearse(info, plan)
        return plan, None
    except (ConfigError, MediaError) as err:
        refused = f"{err}; {err.hint}" if err.hint else str(err)
    try:
        return plan_output(info, output, config.encode, overwrite=True), refused
    except (ConfigError, MediaError):
        # anywhere, for nothing is written
        place = Path(gettempdir(), f"probe{output.suffix}")
    try:
        return plan_output(info, place, config.encode, overwrite=True), refused
    except (ConfigError, MediaError):
        # Matroska holds every film
        auto = replace(config.encode, codec="auto")
        return plan_output(info, place.with_suffix(".mkv"), auto, overwrite=True), refused


def _text(value: object) -> str | None:
    return None if value is None else str(value)
