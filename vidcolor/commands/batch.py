"""The command `vidcolor batch`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..config import RunConfig
from ..errors import ConfigError
from ..options import (
    Codec,
    Crf,
    Deinterlace,
    Depth,
    Device,
    EveryFrame,
    Flow,
    For,
    Fps,
    Identity,
    Jobs,
    Json,
    KeepColor,
    KeepWork,
    Model,
    Preset,
    Quiet,
    Ray,
    Refiner,
    Restart,
    ShardOption,
    Strength,
    Tracks,
    UnitFrames,
    Verify,
    Work,
)
from ..purposes import purpose
from ..terminal import count, say, stoppable

if TYPE_CHECKING:
    from ..batch.batch import BatchOptions
    from ..batch.board import Board
    from ..batch.films import BatchFilm
    from ..batch.journal import Journal
    from ..shards.share import Shard
    from ..workers.workers import Workers

_DEFAULTS = RunConfig()
SOME_FAILED = 9
"""Exit status of a batch in which films have failed."""


def batch(
    inputs: Annotated[
        list[Path],
        typer.Argument(
            metavar="INPUT",
            help="Folders, films, quoted patterns such as 'films/*.mp4', and lists (.csv, .json) "
            "with settings for each film.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="Folder to write to; the tree of folders is kept in it."
        ),
    ],
    model: Model = _DEFAULTS.model,
    refiner: Refiner = _DEFAULTS.refiner,
    flow: Flow = _DEFAULTS.flow,
    fps: Fps = None,
    work_size: Work = _DEFAULTS.work_size,
    strength: Strength = _DEFAULTS.strength,
    deinterlace: Deinterlace = False,
    keep_color: KeepColor = False,
    identity: Identity = _DEFAULTS.identity,
    every_frame: EveryFrame = False,
    device: Device = _DEFAULTS.device,
    crf: Crf = None,
    codec: Codec = _DEFAULTS.codec,
    preset: Preset = _DEFAULTS.preset,
    depth: Depth = None,
    use: For = None,
    tracks: Tracks = _DEFAULTS.tracks,
    ending: Annotated[
        str | None,
        typer.Option(
            "--to",
            help="Ending of all outputs, such as .mkv (default: that of --for, or of each film).",
        ),
    ] = None,
    unit_frames: UnitFrames = _DEFAULTS.unit_frames,
    jobs: Jobs = 1,
    shard: ShardOption = None,
    ray: Ray = None,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            help="Keep running; color films that appear in the folders once they stop growing.",
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="List the films with frames, time and disk space, and those that cannot be "
            "colored (exit status 9); color nothing.",
        ),
    ] = False,
    keep_work: KeepWork = None,
    with_report: Annotated[
        bool, typer.Option("--report", help="Write a report on every finished film.")
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", "-y", help="Replace outputs that no batch has written."),
    ] = False,
    restart: Restart = False,
    check: Verify = True,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Colorizes many films. Those that fail are reported and do not stop the rest.

    Run the same command again to resume, to retry failed films, or to add new ones: films that
    are done are skipped unless the film, the settings or the weights have changed.
    """
    config = RunConfig(
        model=model,
        refiner=refiner,
        flow=flow,
        work_size=work_size,
        strength=strength,
        deinterlace=deinterlace,
        keep_color=keep_color,
        identity=identity,
        every_frame=every_frame,
        device=device,
        fps=fps,
        codec=codec,
        crf=crf,
        preset=preset,
        depth=depth,
        tracks=tracks,
        unit_frames=unit_frames,
    )
    from ..batch.batch import BatchOptions
    from ..batch.films import FEWEST_PICTURES, find_films, without_films
    from ..processors import share_threads
    from ..shards.share import Shard
    from ..video.plan.place import check_can_write, check_means_folder
    from ..workers.choose import choose_workers

    check_means_folder(output)
    check_can_write(output)

    def find() -> Sequence[BatchFilm]:
        return find_films(inputs, output, config, ending, purpose(use))

    films = find()
    few = f"numbered images are a film where there are {FEWEST_PICTURES} or more"
    if not films and not watch:
        raise ConfigError(
            "no films found",
            hint=f"give folders, films, patterns or lists; {few}",
        )
    for folder in [] if watch or quiet else without_films(inputs, films):
        say(f"warning: {folder}: no film in it; {few}")
    share = None if shard is None else Shard.parse(shard)
    if share is not None and ray is not None:
        raise ConfigError("--shard and --ray exclude each other")
    if share is not None and (watch or restart):
        raise ConfigError("--shard cannot be combined with --watch or --restart")
    share_threads()
    if dry_run:
        _dry_run(films, output, config, as_json=as_json)
        return
    options = BatchOptions(
        overwrite=overwrite, restart=restart, check=check, keep_work=bool(keep_work)
    )
    if with_report:
        from ..batch.reports import write_film_report

        options = replace(options, report=write_film_report)
    if share is not None:
        films, options = _share(films, share, options)
    with choose_workers(jobs, ray) as workers:
        # an unknown name or missing weights are no film's own fault
        workers.facts(config)
        _run(films, find, output, workers, options, watch=watch, quiet=quiet, as_json=as_json)


def _share(
    films: Sequence[BatchFilm], shard: Shard, options: BatchOptions
) -> tuple[list[BatchFilm], BatchOptions]:
    """The films of one of several workers: some as a whole, and its part of the largest."""
    from ..batch.estimate import source_bytes
    from ..shards.share import Shard, divide

    large, owner = divide(source_bytes(films), shard.count)
    mine = [film for film in films if owner.get(film.name, shard.number) == shard.number]
    # workers begin with different films, so that none waits while another analyzes
    first = (shard.number - 1) * len(mine) // shard.count
    mine = mine[first:] + mine[:first]
    return mine, replace(options, shard_of=lambda f: shard if f.name in large else Shard())


def _run(
    films: Sequence[BatchFilm],
    find: Callable[[], Sequence[BatchFilm]],
    output: Path,
    workers: Workers,
    options: BatchOptions,
    *,
    watch: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    from ..batch.batch import color_batch
    from ..batch.board import Board
    from ..batch.estimate import source_bytes
    from ..batch.journal import Journal
    from ..batch.live import Live

    board = Board({} if watch else source_bytes(films))
    began = time.monotonic()
    with (
        Journal.open(output, shared=options.shard_of is not None) as journal,
        stoppable(
            "run the same command again to resume", "stopping after the current unit of work"
        ) as should_stop,
    ):
        live = Live(board, quiet or as_json, should_stop)
        board.changed = live.draw
        if watch and not (quiet or as_json):
            say("watching for films; Ctrl-C ends")
        todo = _watched(find, should_stop, board, journal) if watch else films
        try:
            color_batch(todo, output, journal, workers, board, options, should_stop, live.ended)
        finally:
            _finish(board, journal, time.monotonic() - began, quiet=quiet, as_json=as_json)
    if board.failed:
        raise typer.Exit(SOME_FAILED)


def _watched(
    find: Callable[[], Sequence[BatchFilm]],
    should_stop: Callable[[], bool],
    board: Board,
    journal: Journal,
) -> Iterator[BatchFilm]:
    from ..batch.estimate import source_bytes
    from ..batch.index import write_index
    from ..batch.watch import watch as watch_folders

    written = 0

    def idle() -> None:
        nonlocal written
        if len(board.finished) != written:
            write_index(journal.records(), journal.folder)
            written = len(board.finished)

    for film in watch_folders(find, should_stop, idle=idle):
        board.add(film.name, source_bytes([film])[film.name])
        yield film


def _finish(board: Board, journal: Journal, seconds: float, *, quiet: bool, as_json: bool) -> None:
    """The index, and what is printed at the end, also of a batch that was stopped."""
    from ..batch.board import duration
    from ..batch.index import write_index

    journal.reread()
    index = write_index(journal.records(), journal.folder)
    outcomes = list(board.finished.values())
    before = [o for o in outcomes if o.was_done]
    failed, shared = board.failed, sum(o.is_shared for o in outcomes)
    done = len(outcomes) - len(before) - len(failed) - shared
    if as_json:
        values: dict[str, Any] = {
            "done": done,
            "done_before": len(before),
            "failed": len(failed),
            "shared": shared,
            "left": len(board.sizes) - len(outcomes),
            "seconds": seconds,
            "index": str(index),
            "films": [
                asdict(o.record) | {"was_done": o.was_done, "frames_now": o.frames}
                for o in outcomes
            ],
        }
        typer.echo(json.dumps(values, default=str))
    elif not quiet:
        frames = sum(o.frames for o in outcomes)
        say(
            f"{count(done, 'film')} colored ({count(frames, 'frame')}), {len(before)} done before, "
            f"{len(failed)} failed, {duration(seconds)}"
        )
        if shared:
            say(f"{count(shared, 'film')} shared with other shards, which finish them")
        for outcome in failed:
            say(f"failed: {outcome.record.failure}")
            if outcome.record.hint:
                say(f"hint: {outcome.record.hint}")
        say(f"wrote {index}")


def _dry_run(films: Sequence[BatchFilm], output: Path, config: RunConfig, *, as_json: bool) -> None:
    from ..batch.estimate import estimate
    from ..batch.estimate_text import estimate_lines, estimate_values
    from ..workers.networks import LoadedNetworks

    networks = LoadedNetworks()
    # an unknown name or missing weights are no film's own fault
    networks.get(config)
    with stoppable("nothing was written"):
        estimates = estimate(films, lambda film: networks.get(film.config))
    if as_json:
        typer.echo(json.dumps(estimate_values(estimates, output)))
    else:
        for line in estimate_lines(estimates, output):
            typer.echo(line)
    if any(found.error is not None for found in estimates):
        raise typer.Exit(SOME_FAILED)
