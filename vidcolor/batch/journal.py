"""What has become of the films of a batch: a line a film in a file that survives any interruption.

Lines are only ever added, the last one of a film counts, and a line that a killed process left
half written is ignored. Several workers write files of their own into the same folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import IO, Any

from ..errors import BusyError, MediaError
from ..files import lock_file, write_whole

FOLDER = "vidcolor-batch"
"""Folder of the batch's own files in its output folder."""

BEGUN, DONE, FAILED = "begun", "done", "failed"


@dataclass(frozen=True, slots=True)
class Record:
    """A film of a batch and what has become of it.

    Attributes:
        name: of its output in the folder of the batch, with slashes.
        state: `BEGUN`, `DONE` or `FAILED`.
        source: the film.
        mark: what identifies its file, see `video.segments.fingerprint.source_mark`.
        settings: what decides its colors, weights included.
        film: size and date of the finished film, see `film_mark`.
        frames: frames in it.
        length: its length in seconds.
        seconds: how long it took.
        notes, warnings: one line each; what locks reached comes first.
        error, hint, exit_status: what ended it, where it failed.
        time: when this was written, seconds since 1970.
        report: name of its report in the folder of the batch, None where there is none.
        thumbnail: name of an image of it in the batch's own folder, likewise.
    """

    name: str
    state: str
    source: str
    mark: Mapping[str, Any]
    settings: Mapping[str, Any]
    film: tuple[int, int] | None = None
    frames: int = 0
    length: float = 0.0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    error: str | None = None
    hint: str | None = None
    exit_status: int = 0
    time: float = field(default_factory=time.time)
    report: str | None = None
    thumbnail: str | None = None

    def is_of(self, mark: Mapping[str, Any], settings: Mapping[str, Any]) -> bool:
        """Whether it is of this very file with these very settings."""
        return dict(self.mark) == plain(mark) and dict(self.settings) == plain(settings)

    @property
    def failure(self) -> str:
        """What ended it, with the film's name, in one line."""
        error = self.error or ""
        return error if self.source in error else f"{self.source}: {error}"


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as they come back from JSON."""
    return json.loads(json.dumps(values, default=str))


def film_mark(output: Path) -> tuple[int, int] | None:
    """Size and date of a film, or of a folder of images; None where there is none."""
    try:
        status = output.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


class Journal:
    """The records of a batch. Open with `Journal.open`; a context manager.

    Attributes:
        folder: of the batch's own files.
    """

    def __init__(self, folder: Path, file: IO[bytes], lock: IO[bytes]) -> None:
        self.folder = folder
        self._file, self._lock = file, lock
        self._records: dict[str, Record] = {}
        self._writing = Lock()

    @classmethod
    def open(cls, output: Path, *, shared: bool = False) -> Journal:
        """Opens the journal of the batch that writes to a folder; makes both where missing.

        Args:
            output: folder of the batch.
            shared: other workers use it at the same time.

        Raises:
            BusyError: another process is at work on the same batch.
            MediaError: the folder cannot be written to.
        """
        folder = output / FOLDER
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = lock_file(folder / "lock", shared=shared)
        except BlockingIOError as err:
            raise BusyError(
                f"another batch is at work in {output}", hint="wait for it, or stop it"
            ) from err
        except OSError as err:
            raise MediaError(f"{folder}: cannot be written ({err.strerror})") from err
        records = read_records(folder)
        path = folder / (f"state.{secrets.token_hex(4)}.jsonl" if shared else "state.jsonl")
        try:
            if not shared:
                # one file again, a line a film
                write_whole(path, b"".join(map(_line, records.values())))
                for other in (*folder.glob("state.*.jsonl"), *folder.glob("*.new")):
                    other.unlink(missing_ok=True)
            file = path.open("ab")
        except OSError as err:
            lock.close()
            raise MediaError(f"{path}: cannot be written ({err.strerror})") from err
        journal = cls(folder, file, lock)
        journal._records = records
        return journal

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *reason: object) -> None:
        # what a full disk did not take was told when it was added
        with contextlib.suppress(OSError):
            self._file.close()
        self._lock.close()

    def get(self, name: str) -> Record | None:
        """The last record of a film."""
        return self._records.get(name)

    def records(self) -> list[Record]:
        """The last records of all films, by name."""
        return [self._records[name] for name in sorted(self._records)]

    def reread(self) -> None:
        """Takes over what other workers have written."""
        self._records = read_records(self.folder)

    def add(self, record: Record) -> None:
        """Writes a record, and waits until it is on the disk.

        Raises:
            MediaError: it cannot be written.
        """
        try:
            with self._writing:
                self._file.write(_line(record))
                self._file.flush()
                os.fsync(self._file.fileno())
                self._records[record.name] = record
        except OSError as err:
            raise MediaError(f"{self._file.name}: cannot be written ({err.strerror})") from err


def read_records(folder: Path) -> dict[str, Record]:
    """The last record of every film in a batch's own folder, by the name of its output."""
    found: dict[str, Record] = {}
    for path in sorted(folder.glob("state*.jsonl")):
        for record in _records_in(path):
            if record.name not in found or record.time >= found[record.name].time:
                found[record.name] = record
    return found


def _records_in(path: Path) -> Iterator[Record]:
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError:
        return
    for line in lines:
        try:
            values = json.loads(line)
            values |= {key: tuple(values[key]) for key in ("notes", "warnings")}
            values["film"] = None if values["film"] is None else tuple(values["film"])
            yield Record(**values)
        except (ValueError, TypeError, KeyError):
            continue


def _line(record: Record) -> bytes:
    # begins with a line break as well: the line before may be torn
    return b"\n" + json.dumps(asdict(record), default=str).encode() + b"\n"
