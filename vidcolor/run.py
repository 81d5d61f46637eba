"""A whole film, top to bottom: open, analyze, plan, color unit by unit, assemble, verify."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import __version__
from .analysis.film_analysis import FilmAnalysis
from .analysis.notes import color_notes
from .analysis.small_film import SmallFilm
from .components import Parts
from .concurrent_rehearsal import rehearsed
from .config import RunConfig
from .errors import ConfigError, MemoryLimitError, VerifyError
from .film import open_film
from .identity.film_agreement import film_agreement, images_for
from .identity.film_questions import bank_questions
from .identity.questions import Question
from .known_film import analysis_of, given_analysis, known_before
from .machine_mark import unlike_machines
from .out_of_memory import is_out_of_memory
from .stopping import ShouldStop
from .told.current_guidance import CurrentGuidance, what_is_told
from .told.lock_results import LockResult, lock_results
from .unchanged import unchanged
from .unit_runner import UnitRunner
from .video.mux.mux import assemble
from .video.plan.place import finished_path
from .video.plan.plan import plan_output
from .video.plan.room import check_room
from .video.segments.fingerprint import fingerprint_of
from .video.segments.segments import Segments, is_own_film, work_folder
from .video.verify.verify import verify
from .workers.here import Here
from .workers.processes import Processes
from .workers.workers import NetworkFacts, Workers

if TYPE_CHECKING:
    from .guidance.guidance import Guidance
    from .types import Progress


_ASKED = 10
"""Questions that a run tells of."""


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
        locks: what the places that must have a color reached.
        questions: what is worth a person's minute, the most first, see `identity.questions`; none
            where shots do not agree (`RunConfig.identity`).
        kept_work: folder of the finished units, None where they were not kept.
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
    locks: tuple[LockResult, ...] = ()
    questions: tuple[Question, ...] = ()
    kept_work: Path | None = None


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
    workers: Workers | None = None,
    analysis: FilmAnalysis | Path | str | None = None,
    colors: Sequence[Path | str] = (),
    guidance: Guidance | None = None,
    keep_work: bool | None = None,
    progress: Progress | None = None,
    analysis_progress: Progress | None = None,
    identity_progress: Progress | None = None,
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
        workers: that color the units, kept by the caller; None = this process, or `jobs` others.
        analysis: of the film, or a JSON file of one (`vidcolor probe --analysis`); None = found
            with unfinished work, or made by a pass over the film.
        colors: files of colors and folders of stills; `movie.colors.json` beside `movie.mp4`
            counts too, see `told_colors.color_files`. Edits count from the next unit on.
        guidance: what is said of the film's colors, in the place of all files.
        keep_work: keep the finished units, so that after a change of `colors` only the units that
            it concerns are colored again; None = where anything was said of the colors.
        progress: called after every colored frame.
        analysis_progress: called after every analyzed frame.
        identity_progress: called after every key frame that was compared with the others.
        should_stop: see `ShouldStop`.

    Raises:
        ConfigError, PluginError, WeightsError: the settings cannot be met.
        EntriesError: entries of `colors` cannot be used; a line for each.
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
    with (
        _report_out_of_memory(),
        _workers(workers, jobs, parts) as workers,
        open_film(source, config.film) as film,
    ):
        plan = plan_output(
            film.info,
            output,
            config.encode,
            overwrite=overwrite,
            made_by=signature(config),
        )
        before = known_before(film, analysis, folder)
        told = what_is_told(film, config, colors, guidance, before)
        check_room(film.info, plan, folder, is_lossless=config.crf == 0)
        networks = workers.facts(config)
        fingerprint = fingerprint_of(source, plan, run_settings(config, networks))
        with (
            Segments.open(folder, fingerprint, output=finished, restart=restart) as segments,
            closing(SmallFilm(folder, film.info, config.work_size)) as small,
        ):
            images = images_for(film, config)
            wanted = check and not segments.finished
            mark = fingerprint["input"]
            with (
                unchanged(source, mark, "analyzed"),
                rehearsed(film.info, plan, analysis_progress, wanted=wanted) as seen,
            ):
                if analysis is None:
                    known = analysis_of(film, segments, seen, should_stop, images, small)
                else:
                    known = given_analysis(film, analysis)
            told.check(known)
            segments.bind(known.color_hash())
            agreement = film_agreement(
                film,
                known,
                config,
                networks,
                segments.folder,
                identity_progress,
                should_stop,
                images=images,
            )
            current = CurrentGuidance(told, known, agreement)
            run = UnitRunner(
                film, known, segments, plan, workers, networks, current, progress, should_stop
            )
            with unchanged(source, mark, "colored"):
                run.color(config)
            written = (film.info, plan, segments.finished)
            starts, ends = config.start is not None, config.end is not None
            warnings = [*segments.notes, *known.warnings, *segments.limits.said]
            warnings += [*unlike_machines(segments.finished), *current.warnings]
            if current and networks.flow == "none":
                warnings.append(f"refiner {config.refiner}: colors stay on the frames they are of")
            if not segments.is_published:
                publish = partial(segments.publish, overwrite=overwrite)
                warnings += assemble(*written, trim_start=starts, trim_end=ends, publish=publish)
            if check:
                problems = verify(
                    *written, trim_start=starts, trim_end=ends, is_intact=known.is_intact
                )
                _check(problems, finished)
            locks = lock_results(current.locks, segments.finished, known)
            keep_work = bool(current) if keep_work is None else keep_work
            if keep_work:
                segments.close()
            else:
                segments.discard()
    seconds = time.monotonic() - began
    own = color_notes(known, keep=config.keep_color)
    return RunResult(
        output=finished,
        frames=known.frames,
        shots=len(known.shots),
        resumed_at=run.taken_over,
        seconds=seconds,
        frames_per_second=(known.frames - run.taken_over) / seconds,
        notes=(*networks.notes, *plan.notes, *known.notes, *own, *current.notes),
        warnings=tuple(warnings),
        damaged=known.damaged_seconds,
        analysis=known,
        locks=locks,
        questions=tuple(bank_questions(agreement.bank, _ASKED)) if agreement else (),
        kept_work=folder if keep_work else None,
    )


@contextmanager
def _workers(given: Workers | None, jobs: int, parts: Parts | None) -> Iterator[Workers]:
    """The caller's workers, which stay, or others for one run."""
    if given is not None:
        yield given
        return
    with closing(Here(parts) if jobs == 1 else Processes(jobs)) as own:
        yield own


def run_settings(config: RunConfig, networks: NetworkFacts) -> dict[str, Any]:
    """Everything that decides the colors, as values JSON can hold."""
    return config.to_dict() | {
        "version": __version__,
        "device": networks.device,
        "flow": networks.flow,
        "weights": dict(networks.weights),
    }


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
