"""The queue: jobs as files, and the process that works on them, which outlives the server.

jobs/0001.json        what is to be done; written once by the server
jobs/0001.state.json  how far it is; written by the process that does it
jobs/0001.stop        it is to be stopped
jobs/pause            nothing is to be begun, and what is in work ends after a unit of work
jobs/lock             held by the process that works
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from ..files import lock_file, write_whole

KINDS = ("shot", "changed", "film")
FINAL = ("done", "failed", "stopped")
MOST_ATTEMPTS = 3
"""A process that ends so often without a word is not started again."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job and how far it is.

    Attributes:
        number: from 1.
        spec: what is to be done, see `rendering`.
        state: how far it is; `state["is"]` is "waiting", "running" or one of `FINAL`.
    """

    number: int
    spec: Mapping[str, Any]
    state: Mapping[str, Any]

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.state["is"] in FINAL


def read_jobs(folder: Path) -> Iterator[Job]:
    """All jobs in their order; files that cannot be read are left out."""
    for path in sorted(folder.glob("[0-9]*[0-9].json")):
        spec = _values(path)
        if spec is not None and path.stem.isdigit():
            state = _values(path.with_suffix(".state.json")) or {"is": "waiting"}
            yield Job(int(path.stem), spec, state)


def write_state(folder: Path, number: int, state: Mapping[str, Any]) -> None:
    """Says how far a job is."""
    write_whole(folder / f"{number:04d}.state.json", json.dumps(state).encode())


def wants_stop(folder: Path, number: int) -> bool:
    """Whether a job is to be stopped."""
    return (folder / f"{number:04d}.stop").exists()


def is_paused(folder: Path) -> bool:
    """Whether the queue rests."""
    return (folder / "pause").exists()


class Queue:
    """What the server does with jobs.

    Args:
        folder: of the jobs; made where missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._worker: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, spec: Mapping[str, Any]) -> int:
        """Puts a job at the end and starts the process that does it; gives its number."""
        with self._lock:
            number = 1 + max((job.number for job in read_jobs(self._folder)), default=0)
            write_whole(self._folder / f"{number:04d}.json", json.dumps(spec).encode())
        self.keep_going()
        return number

    def stop(self, number: int) -> None:
        """Stops a job; what was finished of it is kept. Raises `ValueError` where it is over."""
        with self._lock:
            job = next((j for j in read_jobs(self._folder) if j.number == number), None)
            if job is None or job.is_over:
                raise ValueError(f"there is no job {number} to stop")
            (self._folder / f"{number:04d}.stop").touch()
            if not self.is_working():
                write_state(self._folder, number, {**job.state, "is": "stopped"})

    def pause(self, wanted: bool) -> None:
        """Rests or goes on."""
        if wanted:
            (self._folder / "pause").touch()
        else:
            (self._folder / "pause").unlink(missing_ok=True)
            self.keep_going()

    def view(self) -> dict[str, Any]:
        """All jobs, as a page shows them."""
        self.keep_going()
        paused, working = is_paused(self._folder), self.is_working()
        jobs = []
        for job in read_jobs(self._folder):
            state = dict(job.state)
            if not job.is_over and not working:
                state["is"] = "waiting"
            if not job.is_over and wants_stop(self._folder, job.number):
                state["is"] = "stopping"
            jobs.append({"number": job.number, **job.spec, "state": state})
        return {"paused": paused, "working": working, "jobs": jobs}

    def is_working(self) -> bool:
        """Whether a process is at it, of this server or of an earlier one."""
        if self._worker is not None and self._worker.poll() is not None:
            self._worker = None
        try:
            lock_file(self._folder / "lock", shared=True).close()
        except BlockingIOError:
            return True
        return self._worker is not None

    def keep_going(self) -> None:
        """Starts a process where there is work and none is at it, after a crash too."""
        with self._lock:
            if is_paused(self._folder) or self.is_working():
                return
            if all(job.is_over for job in read_jobs(self._folder)):
                return
            with (self._folder / "log.txt").open("ab") as log:
                self._worker = subprocess.Popen(
                    [sys.executable, "-m", "vidcolor.studio.rendering", str(self._folder)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    # it goes on when the server ends, and Ctrl-C does not reach it
                    start_new_session=True,
                    env=os.environ
                    | {
                        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                        "PYTHONSAFEPATH": "1",
                    },
                )


def _values(path: Path) -> dict[str, Any] | None:
    try:
        values = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return values if isinstance(values, dict) else None
