"""A whole film, top to bottom: open, analyze, plan, color unit by unit, assemble, verify."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import __version__
from .analysis.film_analysis import FilmAnalysis, read_analysis, write_analysis
from .analysis.notes import color_notes
from .components import Parts, build
from .config import RunConfig
from .errors import ConfigError, MemoryLimitError, StoppedError, VerifyError
from .film import Film, open_film
from .jobs import color_here, color_in_processes
from .out_of_memory import free_memory, is_out_of_memory, reduced_settings
from .timecode import as_clock
from .units import Span, Unit, plan_units
from .video.mux.mux import assemble
from .video.plan.place import finished_path
from .video.plan.plan import OutputPlan, plan_output
from .video.plan.room import check_room
from .video.segments.fingerprint import fingerprint_of, source_mark
from .video.segments.segment import Segment
from .video.segments.segments import Limits, Segments, is_own_film, work_folder
from .video.verify.verify import verify

if TYPE_CHECKING:
    from .types import Progress

ShouldStop = Callable[[], bool]
"""Asked after every finished unit, and while the film is analyzed: True ends the run there."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did.

    Attributes:
        output: the film.
        frames: frames in it.
        shots: shots found in it.
        resumed_at: frames taken over from an earlier, unfinished run.
        seconds: duration of this run.
        frames_per_second: frames colored in this run over its duration.
        notes: what was chosen or left out; one line each.
        warnings: what was found damaged, or could not be done as asked; one line each.
        damaged: seconds from the film's start at which frames are damaged, in order.
        analysis: of the film; says where its shots begin.
    """

    output: Path
    frames: int
    shots: int
    resumed_at: int
    seconds: float
    frames_per_second: float
    notes: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    damaged: tuple[float, ...] = ()
    analysis: FilmAnalysis | None = None


def colorize_video(
    source: Path | str,
    output: Path | str,
    config: RunConfig | None = None,
    *,
    overwrite: bool = False,
    restart: bool = False,
    check: bool = True,
    jobs: int = 1,
    parts: Parts | None = None,
    analysis: FilmAnalysis | Path | None = None,
    progress: Progress | None = None,
    analysis_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> RunResult:
    """Colors a film; everything but its chroma stays as it is.

    An interrupted run resumes when the same call is made again, and gives a bit-identical film.
    When memory runs out, it continues with a smaller batch, then with a smaller working size, and
    says so.

    Args:
        source: the film.
        output: the film to write; its ending chooses the container.
        config: settings, the defaults if None.
        overwrite: replace an existing `output`.
        restart: discard an unfinished run.
        check: compare the finished film with its source, packet by packet.
        jobs: units colored side by side, each in a process of its own if more than one.
        parts: networks that the caller keeps loaded (see `components.build`); None = built here.
        analysis: of the film, or a JSON file of one (`vidcolor probe --analysis`); None = found
            with unfinished work, or made by a pass over the film.
        progress: called after every colored frame.
        analysis_progress: called after every analyzed frame.
        should_stop: see `ShouldStop`.

    Raises:
        ConfigError, PluginError, WeightsError: the settings cannot be met.
        MediaError: `source` cannot be read or `output` not be written.
        MemoryLimitError: memory does not even suffice for the smallest settings.
        ResumeError: unfinished work was begun with other settings.
        StoppedError: `should_stop` said so.
        VerifyError: the finished film lacks something of its source; it is kept.
    """
    began = time.monotonic()
    config = config or RunConfig()
    if jobs < 1:
        raise ConfigError(f"--jobs {jobs}: at least 1")
    source, output = Path(source), Path(output)
    finished = finished_path(output)
    folder = work_folder(finished)
    overwrite = overwrite or is_own_film(finished, folder)
    with _report_out_of_memory(), open_film(source, config.film) as film:
        plan = plan_output(
            film.info,
            output,
            config.encode,
            overwrite=overwrite,
            made_by=signature(config),
        )
        check_room(film.info, plan, folder, is_lossless=config.crf == 0)
        parts = parts or build(config)
        fingerprint = fingerprint_of(source, plan, _settings(config, parts))
        with Segments.open(folder, fingerprint, output=finished, restart=restart) as segments:
            resumed_at = sum(s.frames for s in segments.finished)
            if analysis is None:
                known = _analysis_of(film, segments, analysis_progress, should_stop)
            else:
                known = _given_analysis(film, analysis)
            segments.bind(known.color_hash())
            run = _UnitRunner(film, known, segments, plan, parts, jobs, progress, should_stop)
            run.color(config)
            written = (film.info, plan, segments.finished)
            starts, ends = config.start is not None, config.end is not None
            warnings = [*segments.notes, *known.warnings, *segments.limits.said]
            if not segments.is_published:
                publish = partial(segments.publish, overwrite=overwrite)
                warnings += assemble(*written, trim_start=starts, trim_end=ends, publish=publish)
            if check:
                problems = verify(
                    *written, trim_start=starts, trim_end=ends, is_intact=known.is_intact
                )
                _check(problems, finished)
            segments.discard()
    seconds = time.monotonic() - began
    own = color_notes(known, keep=config.keep_color)
    return RunResult(
        output=finished,
        frames=known.frames,
        shots=len(known.shots),
        resumed_at=resumed_at,
        seconds=seconds,
        frames_per_second=(known.frames - resumed_at) / seconds,
        notes=(*parts.notes, *plan.notes, *known.notes, *own),
        warnings=tuple(warnings),
        damaged=known.damaged_seconds,
        analysis=known,
    )


def _settings(config: RunConfig, parts: Parts) -> dict[str, Any]:
    """Everything that decides the colors, as values JSON can hold."""
    return config.to_dict() | {
        "version": __version__,
        "device": parts.device,
        "flow": parts.flow.name if parts.flow else "none",
        "weights": dict(parts.weights),
    }


def _analysis_of(
    film: Film, segments: Segments, progress: Progress | None, should_stop: ShouldStop | None
) -> FilmAnalysis:
    """The analysis stored with unfinished work, or a new one, stored there."""
    path = segments.analysis_path
    if path.exists():
        try:
            return _fitting(read_analysis(path), film)
        except ConfigError:
            segments.notes.append(f"{path.name} of earlier work does not fit: made again")

    def show(done: int, total: int | None) -> None:
        if progress is not None:
            progress(done, total)
        if should_stop is not None and should_stop():
            raise StoppedError(
                "stopped while the film was analyzed", hint="the same command begins again"
            )

    found = film.analyze(show)
    write_analysis(found, path)
    return found


def _given_analysis(film: Film, analysis: FilmAnalysis | Path) -> FilmAnalysis:
    if isinstance(analysis, FilmAnalysis):
        return _fitting(analysis, film)
    return _fitting(read_analysis(analysis), film)


def _fitting(analysis: FilmAnalysis, film: Film) -> FilmAnalysis:
    """The same, if it is of this film with these settings.

    Raises:
        ConfigError: it is of another one.
    """
    if dict(analysis.source) != source_mark(film.path):
        raise ConfigError(
            "the analysis is of another film, or the film has changed since",
            hint="make it again with vidcolor probe --analysis",
        )
    settings = asdict(film.settings)
    differing = [k for k in settings if analysis.settings.get(k) != settings[k]]
    if differing:
        raise ConfigError(f"the analysis was made with other settings: {', '.join(differing)}")
    width, height = film.info.geometry.coded
    for shot in analysis.shots:
        left, top, right, bottom = shot.area
        if not (0 <= left < right <= width and 0 <= top < bottom <= height):
            raise ConfigError(
                f"shot {shot.number}: the area {list(shot.area)} is not in {width}x{height}",
                hint="an area is [left, top, right, bottom] in pixels as stored in the file",
            )
    return analysis


class _UnitRunner:
    """Colors the units of a film that are not there yet.

    Args:
        film, analysis: the film.
        segments: where finished units are counted.
        plan: how they are written.
        parts: the networks.
        jobs, progress, should_stop: as for `colorize_video`.
    """

    def __init__(
        self,
        film: Film,
        analysis: FilmAnalysis,
        segments: Segments,
        plan: OutputPlan,
        parts: Parts,
        jobs: int,
        progress: Progress | None,
        should_stop: ShouldStop | None,
    ) -> None:
        self._film, self._analysis, self._segments = film, analysis, segments
        self._plan, self._parts, self._jobs = plan, parts, jobs
        self._progress, self._should_stop = progress, should_stop
        self._done = 0

    def color(self, config: RunConfig) -> None:
        """Colors what is missing, with less where memory runs out."""
        segments = self._segments
        spans = plan_units(self._analysis, config.unit_frames)
        limits = segments.limits
        config = replace(
            config,
            batch=limits.batch or config.batch,
            work_size=limits.work_size or config.work_size,
        )
        while not segments.is_published:
            missing = [span for span in spans if span.number not in segments]
            if not missing:
                return
            self._done = sum(s.frames for s in segments.finished)
            try:
                self._color(missing, config)
            except Exception as err:
                smaller = reduced_settings(config)
                if smaller is None or not is_out_of_memory(err):
                    raise
            else:
                return
            # Only here, behind the handler, does the error let go of the frames it holds.
            free_memory()
            said = (*segments.limits.said, self._lowered(config, smaller, missing))
            config = smaller
            # At once, for a resumed run must make the same film.
            segments.limit(Limits(config.batch, config.work_size, said))

    def _color(self, spans: list[Span], config: RunConfig) -> None:
        make_unit = partial(self._unit, config=config)
        if self._jobs == 1:
            segments = color_here(spans, make_unit, self._parts, self._count)
        else:
            segments = color_in_processes(spans, make_unit, config, self._jobs, self._count)
        with closing(segments):
            for number, segment in enumerate(segments, start=1):
                self._segments.add(segment)
                if number < len(spans):
                    self._stop_if_asked(segment)

    def _unit(self, span: Span, config: RunConfig) -> Unit:
        state = self._segments.state_after(span.number - 1) if span.continues else None
        return Unit(
            span=span,
            source=self._film.path,
            config=config,
            analysis=self._analysis.part(span.start, span.end),
            plan=self._plan,
            weights=self._parts.weights,
            folder=self._segments.folder,
            state=state,
        )

    def _count(self, frames: int) -> None:
        self._done += frames
        if self._progress is not None:
            self._progress(self._done, self._analysis.frames)

    def _lowered(self, config: RunConfig, smaller: RunConfig, missing: list[Span]) -> str:
        """What is reduced, in one line."""
        frame = next((s.start for s in missing if s.number not in self._segments), 0)
        where = f" from frame {frame} on" if frame else ""
        if smaller.batch != config.batch:
            return f"low memory: batch reduced from {config.batch} to {smaller.batch}{where}"
        return (
            f"low memory: work size reduced from {config.work_size} to {smaller.work_size}{where}"
        )

    def _stop_if_asked(self, last: Segment) -> None:
        if self._should_stop is not None and self._should_stop():
            info = self._film.info
            when = as_clock(last.last_pts * info.time_base - info.start_time)
            raise StoppedError(f"stopped at {when}", hint="the same command continues from there")


@contextmanager
def _report_out_of_memory() -> Iterator[None]:
    """Reports out-of-memory as `MemoryLimitError`."""
    try:
        yield
    except Exception as err:
        if not is_out_of_memory(err):
            raise
        raise MemoryLimitError(
            "not enough memory",
            hint="close other programs, or try --work-size 128, a smaller --model or --device cpu",
        ) from err


def _check(mismatches: list[str], output: Path) -> None:
    if mismatches:
        more = f" (and {len(mismatches) - 1} more)" if mismatches[1:] else ""
        raise VerifyError(
            f"{output}: verification failed: {mismatches[0]}{more}",
            hint="please report this; --no-verify skips the check",
        )


def signature(config: RunConfig) -> str:
    """One line for the film's comment: how its colors were made."""
    return (
        f"colored by vidcolor {__version__}: model {config.model}, refiner {config.refiner}, "
        f"flow {config.flow}, work size {config.work_size}, strength {config.strength:g}"
        + (", color that was there kept" if config.keep_color else "")
        + (", deinterlaced" if config.deinterlace else "")
    )
