"""The units of a film that are missing, colored one after another or side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from .errors import StoppedError
from .out_of_memory import free_memory, is_out_of_memory, reduced_settings
from .timecode import as_clock
from .units import Span, Unit, plan_units
from .video.segments.work import Limits

if TYPE_CHECKING:
    from .analysis.film_analysis import FilmAnalysis
    from .config import RunConfig
    from .film import Film
    from .stopping import ShouldStop
    from .told.current_guidance import CurrentGuidance
    from .types import Progress
    from .video.plan.plan import OutputPlan
    from .video.segments.segment import Segment
    from .video.segments.work import Work
    from .workers.workers import NetworkFacts, Workers


def outdated_units(spans: Sequence[Span], segments: Work, guidance: CurrentGuidance) -> set[int]:
    """Numbers of finished units that were told other colors, or continue a shot from such a one."""
    outdated: set[int] = set()
    other_start = False
    for span in spans:
        told = segments.told(span.number)
        other_start = other_start and span.continues
        if told is not None and (other_start or told != guidance.of(span).digest()):
            outdated.add(span.number)
            other_start = True
    return outdated


class UnitRunner:
    """Colors the units of a film that are not there yet.

    Args:
        film, analysis: the film.
        segments: where finished units are counted.
        plan: how they are written.
        workers, networks: who colors, with what.
        guidance: what is said of its colors.
        progress, should_stop: as for `colorize_video`.

    Attributes:
        taken_over: frames of units that were there already.
    """

    def __init__(
        self,
        film: Film,
        analysis: FilmAnalysis,
        segments: Work,
        plan: OutputPlan,
        workers: Workers,
        networks: NetworkFacts,
        guidance: CurrentGuidance,
        progress: Progress | None,
        should_stop: ShouldStop | None,
    ) -> None:
        self._film, self._analysis, self._segments = film, analysis, segments
        self._plan, self._workers, self._networks = plan, workers, networks
        self._guidance = guidance
        self._progress, self._should_stop = progress, should_stop
        self._done = self._total = self.taken_over = 0
        self._making = Lock()

    def color(
        self, config: RunConfig, wanted: Callable[[Sequence[Span]], Sequence[Span]] = list
    ) -> None:
        """Colors what is missing, with less where memory runs out.

        Args:
            config: settings.
            wanted: units of this run among all of the film.
        """
        segments = self._segments
        spans = plan_units(self._analysis, config.unit_frames)
        limits = segments.limits
        config = replace(
            config,
            batch=limits.batch or self._networks.batch(config),
            work_size=limits.work_size or config.work_size,
        )
        outdated = outdated_units(spans, segments, self._guidance)
        if outdated or (segments.is_published and not all(s.number in segments for s in spans)):
            segments.forget(outdated)
        self.taken_over = sum(s.frames for s in segments.finished)
        while not segments.is_published:
            missing = [span for span in wanted(spans) if span.number not in segments]
            if not missing:
                return
            self._total = sum(span.end - span.start for span in wanted(spans))
            self._done = self._total - sum(span.end - span.start for span in missing)
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
        with closing(self._workers.color(spans, make_unit, config, self._count)) as segments:
            for number, segment in enumerate(segments, start=1):
                self._segments.add(segment)
                if number < len(spans):
                    self._stop_if_asked(segment)

    def _unit(self, span: Span, state: bytes | None = None, *, config: RunConfig) -> Unit:
        if not span.continues:
            state = None
        elif state is None:
            state = self._segments.state_after(span.number - 1)
        with self._making:
            self._guidance.refresh()
            guidance = self._guidance.of(span)
        return Unit(
            span=span,
            source=self._film.path,
            config=self._networks.resolved(config),
            analysis=self._analysis.part(span.start, span.end),
            plan=self._plan,
            weights=self._networks.weights,
            folder=self._segments.folder,
            state=state,
            guidance=guidance,
        )

    def _count(self, frames: int) -> None:
        self._done += frames
        if self._progress is not None:
            self._progress(self._done, self._total)

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
