"""The films of a batch, one after another, or several at a time where the workers have room."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from ..run import RunResult, colorize_video
from ..shards.color_share import color_share
from ..shards.share import Shard
from .board import Board
from .journal import Journal
from .one_film import Outcome, WriteReport, color_film

if TYPE_CHECKING:
    from ..stopping import ShouldStop
    from ..workers.workers import Workers
    from .films import BatchFilm


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """What holds for all films of a batch and does not change their colors.

    Attributes:
        overwrite: replace outputs that are not the batch's own.
        restart: discard unfinished work.
        check: compare finished films with their sources.
        keep_work: keep the finished units of each film, see `colorize_video`.
        report: writes the report of a finished film; None = no reports.
        shard_of: which part of a film is this worker's; None = there are no other workers.
    """

    overwrite: bool = False
    restart: bool = False
    check: bool = True
    keep_work: bool = False
    report: WriteReport | None = None
    shard_of: Callable[[BatchFilm], Shard] | None = None


def color_batch(
    films: Iterable[BatchFilm],
    folder: Path,
    journal: Journal,
    workers: Workers,
    board: Board,
    options: BatchOptions,
    should_stop: ShouldStop | None = None,
    ended: Callable[[Outcome], None] | None = None,
) -> None:
    """Colors films; those that fail are recorded and do not stop the rest.

    Args:
        films: in the order in which they are begun.
        folder: output folder of the batch.
        journal: of that folder.
        workers: that color, with networks kept from film to film.
        board: counts along.
        options: of the batch.
        should_stop: see `ShouldStop`.
        ended: called after every film.

    Raises:
        StoppedError: `should_stop` said so; the same call resumes.
    """
    stopped = Event()

    def color(film: BatchFilm) -> None:
        if stopped.is_set():
            return
        if options.shard_of is not None:
            journal.reread()
        try:
            outcome = color_film(
                film,
                folder,
                journal,
                workers,
                partial(
                    _color, workers=workers, board=board, options=options, should_stop=asked_to_stop
                ),
                overwrite=options.overwrite,
                report=options.report,
            )
        except BaseException:
            stopped.set()
            raise
        board.ended(film.name, outcome)
        if ended is not None:
            ended(outcome)

    def asked_to_stop() -> bool:
        return stopped.is_set() or (should_stop is not None and should_stop())

    if workers.films_at_once == 1:
        for film in films:
            color(film)
    else:
        _side_by_side(films, color, workers.films_at_once)


def _side_by_side(
    films: Iterable[BatchFilm], color: Callable[[BatchFilm], None], most: int
) -> None:
    """Calls a function for several films at a time; the first error ends it, after the others."""
    with ThreadPoolExecutor(most) as pool:
        running: set[Future[None]] = set()
        for film in films:
            running.add(pool.submit(color, film))
            while len(running) >= most:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
        for future in running:
            future.result()


def _color(
    film: BatchFilm,
    output: Path,
    overwrite: bool,
    *,
    workers: Workers,
    board: Board,
    options: BatchOptions,
    should_stop: ShouldStop | None,
) -> RunResult | None:
    common: dict[str, Any] = {
        "overwrite": overwrite,
        "check": options.check,
        "analysis": film.analysis,
        "colors": film.given_colors,
        "keep_work": options.keep_work,
        "progress": partial(board.coloring, film.name),
        "analysis_progress": partial(board.analyzing, film.name),
        "should_stop": should_stop,
    }
    if options.shard_of is None:
        return colorize_video(
            film.source, output, film.config, restart=options.restart, workers=workers, **common
        )
    shard = options.shard_of(film)
    result = color_share(film.source, output, film.config, shard, workers, **common)
    return result if isinstance(result, RunResult) else None
