"""What a run would color and what it would take over, without coloring anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from .config import RunConfig
from .film import Film, open_film
from .identity.film_agreement import film_agreement
from .known_film import known_before
from .run import run_settings, signature
from .terminal import count
from .told.current_guidance import CurrentGuidance, what_is_told
from .unit_runner import outdated_units
from .units import Span, plan_units
from .video.plan.place import finished_path
from .video.plan.plan import plan_output
from .video.segments.fingerprint import fingerprint_of
from .video.segments.segments import Segments, is_own_film, work_folder
from .workers.here import Here

if TYPE_CHECKING:
    from .analysis.film_analysis import FilmAnalysis
    from .guidance.guidance import Guidance
    from .types import Progress
    from .video.plan.plan import OutputPlan


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """A unit of work.

    Attributes:
        number: from 0.
        start, end: its first frame and the one after its last.
        is_kept: it is finished and stays as it is.
    """

    number: int
    start: int
    end: int
    is_kept: bool


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a run would do.

    Attributes:
        output: the film it would write.
        units: all of them, in the order of the film.
        frames: how many it would color.
        notes: what was found, one line each.
    """

    output: Path
    units: tuple[PlannedUnit, ...]
    frames: int
    notes: tuple[str, ...]


def dry_run(
    source: Path | str,
    output: Path | str,
    config: RunConfig | None = None,
    *,
    overwrite: bool = False,
    analysis: FilmAnalysis | Path | None = None,
    colors: Sequence[Path | str] = (),
    guidance: Guidance | None = None,
    analysis_progress: Progress | None = None,
) -> DryRun:
    """Says what `run.colorize_video` would do with the same arguments; nothing is written.

    Args, Raises: see there.
    """
    config = config or RunConfig()
    source, output = Path(source), Path(output)
    finished = finished_path(output)
    folder = work_folder(finished)
    overwrite = overwrite or is_own_film(finished, folder)
    with open_film(source, config.film) as film:
        plan = plan_output(
            film.info, output, config.encode, overwrite=overwrite, made_by=signature(config)
        )
        before = known_before(film, analysis, folder)
        told = what_is_told(film, config, colors, guidance, before)
        segments = _earlier_work(film, plan, config, folder, finished)
        try:
            known = before or film.analyze(analysis_progress)
            agreement = None
            if segments is not None and segments.finished:
                networks = Here().facts(config)
                agreement = film_agreement(film, known, config, networks, folder, keep=False)
            current = CurrentGuidance(told, known, agreement)
            spans = plan_units(known, config.unit_frames)
            kept = set() if segments is None else _kept(spans, segments, known, current)
        finally:
            if segments is not None:
                segments.close()
    units = tuple(PlannedUnit(s.number, s.start, s.end, s.number in kept) for s in spans)
    frames = sum(u.end - u.start for u in units if not u.is_kept)
    notes = () if segments is None else tuple(segments.notes)
    return DryRun(finished, units, frames, (*notes, *plan.notes, *known.notes, *current.notes))


def plan_text(plan: DryRun) -> str:
    """The plan for people: stretches of units that are kept or colored, then the notes."""
    lines = []
    for is_kept, group in groupby(plan.units, key=lambda unit: unit.is_kept):
        units = list(group)
        first, last = units[0], units[-1]
        numbers = f"unit {first.number}"
        if len(units) > 1:
            numbers = f"units {first.number} to {last.number}"
        what = "kept" if is_kept else "to be colored"
        lines.append(f"{numbers}, frames {first.start}:{last.end}: {what}")
    total = sum(unit.end - unit.start for unit in plan.units)
    lines.append(f"{plan.frames} of {count(total, 'frame')} to be colored for {plan.output}")
    return "\n".join(lines + [f"note: {note}" for note in plan.notes])


def _earlier_work(
    film: Film, plan: OutputPlan, config: RunConfig, folder: Path, output: Path
) -> Segments | None:
    if not folder.is_dir():
        return None
    settings = run_settings(config, Here().facts(config))
    return Segments.open(folder, fingerprint_of(film.path, plan, settings), output=output)


def _kept(
    spans: Sequence[Span], segments: Segments, known: FilmAnalysis, current: CurrentGuidance
) -> set[int]:
    """Raises `ResumeError` where the work was begun with another analysis."""
    segments.bind(known.color_hash())
    outdated = outdated_units(spans, segments, current)
    return {s.number for s in spans if s.number in segments} - outdated
