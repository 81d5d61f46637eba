"""The process that works on a studio's queue: `python -m vidcolor.studio.rendering JOBS`.

A job is a run of `run.colorize_video` with the film's files of colors and shots, so that only what
changed is colored again. The process belongs to nobody: it goes on when the page is closed and
when the server ends, and leaves when the queue is empty.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..analysis.film_analysis import FilmAnalysis, read_analysis
from ..config import RunConfig
from ..errors import StoppedError, VidcolorError
from ..files import lock_file
from ..film import open_film
from ..identity.film_agreement import film_agreement
from ..processors import share_threads
from ..result_lines import lock_lines, report_lines
from ..run import RunResult, colorize_video
from ..told.current_guidance import CurrentGuidance, what_is_told
from ..workers.here import Here
from .jobs import MOST_ATTEMPTS, Job, is_paused, read_jobs, wants_stop, write_state

if TYPE_CHECKING:
    from ..guidance.guidance import Guidance

_EVERY = 0.4
"""Seconds between two notes of how far a job is."""
_TRIES = 20


def main(folder: Path) -> None:
    """Does all jobs of a folder, one after another."""
    lock = _lock(folder)
    if lock is None:
        return
    with lock:
        os.nice(5)
        share_threads()
        while not is_paused(folder):
            job = next((j for j in read_jobs(folder) if not j.is_over), None)
            if job is None:
                return
            _do(job, folder)


def _lock(folder: Path) -> IO[bytes] | None:
    """The lock of the queue, None where another process is at it."""
    for _ in range(_TRIES):
        try:
            return lock_file(folder / "lock")
        except BlockingIOError:
            # a server looks now and then whether anybody holds it
            time.sleep(0.1)
    return None


def _do(job: Job, folder: Path) -> None:
    attempts = job.state.get("attempts", 0) + 1
    begun = {"is": "running", "attempts": attempts, "pid": os.getpid()}
    if wants_stop(folder, job.number):
        write_state(folder, job.number, {**job.state, "is": "stopped"})
        return
    if attempts > MOST_ATTEMPTS:
        said = "the process that colors ended several times without a word; see jobs/log.txt"
        write_state(folder, job.number, {**job.state, "is": "failed", "message": said})
        return
    notes = _Notes(folder, job.number, begun)
    try:
        state = _rendered(job.spec, notes)
    except StoppedError:
        is_stopped = wants_stop(folder, job.number)
        state = notes.state | {"is": "stopped" if is_stopped else "waiting", "attempts": 0}
    except VidcolorError as err:
        state = {"is": "failed", "message": "; ".join(err.lines), "hint": err.hint}
    except Exception as err:
        traceback.print_exc()
        state = {"is": "failed", "message": f"{type(err).__name__}: {err}"}
    write_state(folder, job.number, state)


class _Notes:
    """Writes how far a job is, now and then, and ends it where that is asked for."""

    def __init__(self, folder: Path, number: int, state: Mapping[str, Any]) -> None:
        self.state = dict(state)
        self._folder, self._number = folder, number
        self._first: tuple[float, int] | None = None
        self._last = 0.0
        self.doing("starting")

    def doing(self, what: str) -> None:
        self.state |= {"doing": what, "done": 0, "total": None, "left": None}
        self._first = None
        write_state(self._folder, self._number, self.state)

    def progress(self, done: int, total: int | None) -> None:
        now = time.monotonic()
        if self._first is None:
            self._first = now, done
        if now - self._last < _EVERY and done != total:
            return
        self._last = now
        began, at = self._first
        left = None
        if total is not None and done > at and now > began:
            left = round((total - done) * (now - began) / (done - at), 1)
        # frames that get done show that this attempt is no failure
        self.state |= {"done": done, "total": total, "left": left, "attempts": 0}
        write_state(self._folder, self._number, self.state)
        if wants_stop(self._folder, self._number):
            raise StoppedError("stopped", hint="what is finished is kept")

    def should_stop(self) -> bool:
        return is_paused(self._folder) or wants_stop(self._folder, self._number)


def _rendered(spec: Mapping[str, Any], notes: _Notes) -> dict[str, Any]:
    source, output = Path(spec["film"]), Path(spec["output"])
    config = RunConfig(**spec["config"])
    analysis = read_analysis(Path(spec["analysis"]))
    common: dict[str, Any] = {"progress": notes.progress, "should_stop": notes.should_stop}
    notes.doing("coloring")
    if spec["kind"] == "shot":
        output.parent.mkdir(exist_ok=True)
        shot = analysis.shots[spec["shot"]]
        said = _said(source, config, analysis, output.parent.parent).part(shot.start, shot.end)
        part, settings = _one_shot(analysis, spec["shot"], config)
        result = colorize_video(
            source, output, settings, analysis=part, guidance=said, overwrite=True, restart=True,
            keep_work=False, **common,
        )  # fmt: skip
        return _done(result)
    result = colorize_video(
        source,
        output,
        config,
        analysis=analysis,
        overwrite=spec.get("overwrite", False),
        restart=spec["kind"] == "film",
        keep_work=True,
        **common,
    )
    state = _done(result)
    if spec.get("report"):
        from ..report.command import report_on_run
        from ..report.output import report_path

        notes.doing("measuring")
        page = report_path(output)
        report_on_run(
            output,
            source,
            config,
            page,
            overwrite=True,
            quiet=True,
            analysis=analysis,
            notes=report_lines(result),
        )
        state["report"] = str(page)
    return state


def _done(result: RunResult) -> dict[str, Any]:
    return {
        "is": "done",
        "done": result.frames,
        "total": result.frames,
        "taken_over": result.resumed_at,
        "seconds": round(result.seconds, 1),
        "locks": lock_lines(result.locks),
        "notes": list(result.notes),
        "warnings": list(result.warnings),
    }


def _said(source: Path, config: RunConfig, analysis: FilmAnalysis, folder: Path) -> Guidance:
    """What is said of the whole film, so that other shots count in a single one too."""
    with open_film(source, config.film) as film:
        told = what_is_told(film, config, (), analysis=analysis)
        agreement = film_agreement(film, analysis, config, Here().facts(config), folder)
        return CurrentGuidance(told, analysis, agreement).all


def _one_shot(
    analysis: FilmAnalysis, number: int, config: RunConfig
) -> tuple[FilmAnalysis, RunConfig]:
    shot = analysis.shots[number]
    config = replace(config, start=str(shot.start), end=str(shot.end))
    part = analysis.part(shot.start, shot.end)
    return replace(part, settings=asdict(config.film)), config


if __name__ == "__main__":
    main(Path(sys.argv[1]))
