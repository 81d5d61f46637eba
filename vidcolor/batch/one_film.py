"""One film of a batch: skipped if done, else colored, with a record of what became of it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import MediaError, StoppedError, VidcolorError
from ..files import sha256_of
from ..film import open_film
from ..result_lines import lock_lines
from ..run import RunResult, run_settings
from ..told.told_colors import color_files
from ..video.plan.place import finished_path
from ..video.segments.fingerprint import source_mark
from ..video.segments.segments import work_folder
from .journal import BEGUN, DONE, FAILED, Journal, Record, film_mark, plain
from .thumbnail import write_thumbnail

if TYPE_CHECKING:
    from ..workers.workers import Workers
    from .films import BatchFilm

_HANDLED_LATER = ("version",)
"""Settings that let unfinished work be refused, but no finished film."""

ColorFilm = Callable[["BatchFilm", Path, bool], "RunResult | None"]
"""Colors a film into a path, which it may replace or not; None: others finish it."""

WriteReport = Callable[["BatchFilm", Path, RunResult], Path]
"""Writes the report of a finished film and returns where it is."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a film in this batch.

    Attributes:
        record: of it.
        was_done: it was done before.
        frames: frames colored now.
        is_shared: its other parts are left to other workers, and the record is not yet final.
    """

    record: Record
    was_done: bool = False
    frames: int = 0
    is_shared: bool = False


def color_film(
    film: BatchFilm,
    folder: Path,
    journal: Journal,
    workers: Workers,
    color: ColorFilm,
    *,
    overwrite: bool = False,
    report: WriteReport | None = None,
) -> Outcome:
    """Colors a film unless it is done and still what it was; any error becomes part of the record.

    Args:
        film: the film.
        folder: output folder of the batch.
        journal: where records are kept.
        workers: that know the networks.
        color: colors it.
        overwrite: outputs may be replaced that are not the batch's own.
        report: writes its report; None = no report.

    Raises:
        StoppedError: the batch was stopped; what is unfinished is resumed by the next one.
    """
    output = film.output(folder)
    old = journal.get(film.name)
    record = Record(film.name, BEGUN, str(film.source), {}, {}, old.film if old else None)
    began = time.monotonic()
    try:
        record = replace(record, **_identity(film, workers))
        done = _finished_before(record, old, output)
        if done is not None:
            if done is not old:
                done = _with_page_and_thumbnail(done, film, folder, journal, None, None)
                journal.add(done)
            return Outcome(done, was_done=True)
        journal.add(record)
        output.parent.mkdir(parents=True, exist_ok=True)
        own = record.film is not None and record.film == film_mark(finished_path(output))
        result = color(film, output, overwrite or own)
        if result is None:
            return _by_others(record, film, folder, journal)
        record = replace(
            record,
            state=DONE,
            film=film_mark(result.output),
            frames=result.frames,
            seconds=result.seconds,
            notes=(*lock_lines(result.locks), *result.notes),
            warnings=result.warnings,
            time=time.time(),
        )
        record = _with_page_and_thumbnail(record, film, folder, journal, result, report)
        journal.add(record)
        return Outcome(record, frames=result.frames - result.resumed_at)
    except StoppedError:
        raise
    except Exception as err:
        record = _failed(record, err, time.monotonic() - began)
        _remove_empty(output.parent, folder)
        journal.add(record)
        return Outcome(record)


def _identity(film: BatchFilm, workers: Workers) -> Mapping[str, Any]:
    """What must be the same for a finished film to be what would be made now."""
    try:
        mark = source_mark(film.source)
    except FileNotFoundError as err:
        raise MediaError(f"{film.source}: no such file") from err
    except OSError as err:
        raise MediaError(f"{film.source}: cannot be read ({err.strerror})") from err
    settings = run_settings(film.config, workers.facts(film.config))
    settings = {k: v for k, v in settings.items() if k not in _HANDLED_LATER}
    if film.analysis is not None and film.analysis.is_file():
        settings["analysis"] = sha256_of(film.analysis)
    if told := color_files(film.source, film.given_colors):
        settings["colors"] = [_content(path) for path in told]
    return {"mark": plain(mark), "settings": plain(settings)}


def _by_others(record: Record, film: BatchFilm, folder: Path, journal: Journal) -> Outcome:
    """A film that other workers finish, or have finished by now."""
    journal.reread()
    latest = journal.get(film.name) or record
    done = _finished_before(record, latest, film.output(folder))
    if done is None:
        return Outcome(record, is_shared=True)
    if done is not latest:
        done = _with_page_and_thumbnail(done, film, folder, journal, None, None)
        journal.add(done)
    return Outcome(done, was_done=True)


def _content(path: Path) -> str:
    """Changes where a file does, or the files of a folder."""
    if path.is_file():
        return sha256_of(path)
    files = sorted(p for p in path.rglob("*") if p.is_file())
    states = [(str(p.relative_to(path)), p.stat().st_size, p.stat().st_mtime_ns) for p in files]
    return hashlib.sha256(repr(states).encode()).hexdigest()


def _finished_before(record: Record, old: Record | None, output: Path) -> Record | None:
    """The record of a film that is done and still what it was; None where it must be colored."""
    finished = finished_path(output)
    now = film_mark(finished)
    if old is None or now is None or not old.is_of(record.mark, record.settings):
        return None
    if old.state == DONE:
        return old if old.film == now else None
    if old.state == BEGUN and old.film != now and not work_folder(finished).exists():
        # killed when the film was finished and checked, before this was written down
        return replace(old, state=DONE, film=now, time=time.time())
    return None


def _with_page_and_thumbnail(
    record: Record,
    film: BatchFilm,
    folder: Path,
    journal: Journal,
    result: RunResult | None,
    report: WriteReport | None,
) -> Record:
    """A record with what is for people; a failure here is a warning, the film is there."""
    output = finished_path(film.output(folder))
    warnings = list(record.warnings)
    try:
        with open_film(output) as opened:
            info = opened.info
        frames = record.frames or info.frame_count or 0
        length = float(frames / info.rate) if info.rate else 0.0
        record = replace(record, frames=frames, length=length)
        name = write_thumbnail(output, journal.folder, film.name)
        record = replace(record, thumbnail=name)
    except (VidcolorError, OSError, IndexError) as err:
        warnings.append(f"no thumbnail: {err}")
    if report is not None and result is not None:
        try:
            page = report(film, output, result)
            record = replace(record, report=page.relative_to(folder).as_posix())
        except StoppedError:
            raise
        except VidcolorError as err:
            warnings.append(f"no report: {err}")
    return replace(record, warnings=tuple(warnings))


def _failed(record: Record, err: Exception, seconds: float) -> Record:
    if os.environ.get("VIDCOLOR_DEBUG") == "1":
        traceback.print_exception(err)
    known = isinstance(err, VidcolorError)
    return replace(
        record,
        state=FAILED,
        seconds=seconds,
        error=str(err) if known else f"unexpected: {type(err).__name__}: {err}",
        hint=err.hint if isinstance(err, VidcolorError) else None,
        exit_status=err.exit_status if isinstance(err, VidcolorError) else 1,
        time=time.time(),
    )


def _remove_empty(folder: Path, top: Path) -> None:
    """Removes folders that were made for a film that failed."""
    while folder != top and folder.is_relative_to(top):
        with contextlib.suppress(OSError):
            folder.rmdir()
        folder = folder.parent
