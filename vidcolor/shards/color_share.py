"""One worker's share of a film, put together by the last of them to finish."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..analysis.film_analysis import write_analysis
from ..analysis.small_film import SmallFilm
from ..config import RunConfig
from ..errors import BusyError, ConfigError, UnfinishedError
from ..film import open_film
from ..identity.film_agreement import film_agreement, images_for
from ..known_film import analysis_of, given_analysis, known_before
from ..run import RunResult, colorize_video, run_settings, signature
from ..stopping import ShouldStop, stop_if
from ..told.current_guidance import CurrentGuidance, what_is_told
from ..unchanged import unchanged
from ..unit_runner import UnitRunner
from ..units import plan_units
from ..video.plan.place import finished_path
from ..video.plan.plan import plan_output
from ..video.plan.room import check_room
from ..video.read.comment import film_comment
from ..video.segments.fingerprint import fingerprint_of
from ..video.segments.segments import is_own_film, work_folder
from ..video.segments.shared import SharedSegments
from ..video.verify.rehearsal import rehearse
from .job import Job, is_job, read_job
from .nobody import Nobody
from .share import Shard

if TYPE_CHECKING:
    from ..analysis.film_analysis import FilmAnalysis
    from ..types import Progress
    from ..workers.workers import Workers


@dataclass(frozen=True, slots=True)
class ShareResult:
    """What one worker did of a film that is not finished yet, or that others finish.

    Attributes:
        output: the film.
        shard: the worker.
        units: of its share.
        frames: of its share.
        colored: frames that it colored now.
        seconds: how long that took.
        missing: units that are missing in the whole film; 0 = others put it together.
        note: what is to be done, one line.
    """

    output: Path
    shard: Shard
    units: int
    frames: int
    colored: int
    seconds: float
    missing: int
    note: str


def color_share(
    source: Path,
    output: Path,
    config: RunConfig,
    shard: Shard,
    workers: Workers,
    *,
    overwrite: bool = False,
    check: bool = True,
    analysis: Path | None = None,
    colors: Sequence[Path | str] = (),
    keep_work: bool | None = None,
    progress: Progress | None = None,
    analysis_progress: Progress | None = None,
    identity_progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> RunResult | ShareResult:
    """Colors a worker's share of a film; whoever finishes last puts it together.

    The film is the same to the bit as one of a single run. Workers share the folder of unfinished
    work; two that have the same share do no harm. One of them analyzes the film, the others wait
    for that. Where the file system cannot lock files, `join` puts the film together.

    Args:
        source, output, config, overwrite, check, analysis, colors, keep_work, progress,
        analysis_progress, identity_progress, should_stop: as for `colorize_video`, the same for
        all workers.
        shard: which worker this is.
        workers: that color the units of the share.

    Raises:
        BusyError: a single run is at work on the film.
        See `colorize_video` for the others.
    """
    began = time.monotonic()
    finished = finished_path(output)
    folder = work_folder(finished)
    own = is_own_film(finished, folder)
    if not folder.exists() and not overwrite and film_comment_is(finished, config):
        return _by_others(finished, shard, began, "the film is there already")
    given = tuple(Path(path) for path in colors)
    with open_film(source, config.film) as film:
        plan = plan_output(
            film.info,
            output,
            config.encode,
            overwrite=overwrite or own,
            made_by=signature(config),
        )
        told = what_is_told(film, config, colors, analysis=known_before(film, analysis, folder))
        check_room(film.info, plan, folder, is_lossless=config.crf == 0)
        networks = workers.facts(config)
        fingerprint = fingerprint_of(source, plan, run_settings(config, networks))
        try:
            opened = SharedSegments.open(folder, fingerprint)
        except BusyError:
            if not is_job(folder):
                raise
            return _by_others(finished, shard, began, "another worker puts the film together")
        with opened as segments:
            if own and not overwrite and not (folder / "manifest.json").exists():
                # the others have put it together since, and removed their work
                segments.remove()
                return _by_others(finished, shard, began, "the film is there already")
            SmallFilm(folder, film.info, config.work_size).close()
            waiting = partial(stop_if, should_stop, "another worker analyzes the film")
            with segments.one_at_a_time(waiting):
                if check and not (segments.analysis_path.exists() or segments.finished):
                    rehearse(film.info, plan)
                images = images_for(film, config)
                if analysis is None:
                    known = analysis_of(film, segments, analysis_progress, should_stop, images)
                else:
                    known = given_analysis(film, analysis)
                    write_analysis(known, segments.analysis_path)  # for `join`
                told.check(known)
                segments.bind(known.color_hash())
                agreement = film_agreement(
                    film,
                    known,
                    config,
                    networks,
                    folder,
                    identity_progress,
                    should_stop,
                    images=images,
                )
            Job(source, output, config, given, networks).write(folder)
            run = UnitRunner(
                film,
                known,
                segments,
                plan,
                workers,
                networks,
                CurrentGuidance(told, known, agreement),
                progress,
                should_stop,
            )
            spans = plan_units(known, config.unit_frames)
            mine = shard.units(spans)
            before = sum(s.end - s.start for s in mine if s.number in segments)
            with unchanged(source, fingerprint["input"], "colored"):
                run.color(config, shard.units)
            segments.refresh()
            missing = sum(span.number not in segments for span in spans)
            can_lock = segments.can_lock
    frames = sum(span.end - span.start for span in mine)
    share = ShareResult(
        finished,
        shard,
        units=len(mine),
        frames=frames,
        colored=frames - before,
        seconds=time.monotonic() - began,
        missing=missing,
        note=f"{missing} of {len(spans)} units of the film are missing: other shards color them",
    )
    if missing:
        return share
    if not can_lock:
        note = "this file system cannot lock files: run `vidcolor join` when all shards are done"
        return replace(share, note=note)
    by_others = replace(share, note="another worker puts the film together")
    try:
        return colorize_video(
            source,
            output,
            config,
            overwrite=overwrite,
            check=check,
            workers=Nobody(networks),
            analysis=known,
            colors=colors,
            keep_work=keep_work,
        )
    except BusyError:
        return by_others
    except (ConfigError, UnfinishedError):
        # the others were quicker, and the work is gone by now
        if film_comment_is(finished, config):
            return by_others
        raise


def join(
    output: Path,
    *,
    overwrite: bool = False,
    check: bool = True,
    analysis: FilmAnalysis | Path | None = None,
) -> RunResult:
    """Puts a film together that shards have colored.

    Args:
        output: the film, or the folder of its unfinished work.
        overwrite, check, analysis: as for `colorize_video`.

    Raises:
        ConfigError: no shards have been at work there.
        BusyError: some still are.
        UnfinishedError: units are missing; the line says which.
    """
    if not output.name:
        raise ConfigError(f"{output}: no shards have been at work there")
    folder = output if output.suffix == ".vidcolor" else work_folder(finished_path(output))
    job = read_job(folder)
    # the folder may have another name on this machine
    target = folder.parent / job.output.name
    if finished_path(job.output) != job.output:
        target = folder.parent / job.output.parent.name / job.output.name
    return colorize_video(
        job.source,
        target,
        job.config,
        overwrite=overwrite,
        check=check,
        workers=Nobody(job.networks),
        analysis=analysis,
        colors=job.colors,
    )


def film_comment_is(film: Path, config: RunConfig) -> bool:
    """Whether a film is there that says it was made with these settings."""
    return film.is_file() and signature(config) in film_comment(film)


def _by_others(output: Path, shard: Shard, began: float, note: str) -> ShareResult:
    return ShareResult(output, shard, 0, 0, 0, time.monotonic() - began, 0, note)
