"""Undo and redo without limit, for a few files that are changed together.

Every state of the files is kept, compressed and named by its hash. A log says what was done: its
line is on the disk before the files change, and another one after that. A change that was cut
short by a crash is therefore finished when the history is opened again, and files that somebody
else changed meanwhile are taken up as one more change.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from ..files import sync_file, write_whole

Contents = Mapping[str, bytes | None]
"""Bytes of each file by its name in the history, None = it is not there."""

OUTSIDE = "changed outside of the studio"


@dataclass(frozen=True, slots=True)
class Step:
    """A state of the files.

    Attributes:
        what: the change that led to it, for people.
        hashes: of every file, None = it is not there.
    """

    what: str
    hashes: Mapping[str, str | None]


class History:
    """States of some files.

    Args:
        folder: of the log and the kept states; made where missing.
        files: path of each file, by the name it has in the log.

    Raises:
        ConfigError: the log is damaged.
        OSError: the folder cannot be made or written to.
    """

    def __init__(self, folder: Path, files: Mapping[str, Path]) -> None:
        self._folder, self._files = folder, dict(files)
        self._log = folder / "log.jsonl"
        self._steps: list[Step] = []
        self._place = -1
        self._is_finished = True
        self._marks: list[tuple[int, int, int] | None] = []
        folder.mkdir(parents=True, exist_ok=True)
        self._is_finished = self._replay()
        self.look()

    @property
    def can_undo(self) -> str | None:
        """What `undo` would take back, None = nothing."""
        return self._steps[self._place].what if self._place > 0 else None

    @property
    def can_redo(self) -> str | None:
        """What `redo` would do again, None = nothing."""
        after = self._place + 1
        return self._steps[after].what if after < len(self._steps) else None

    @property
    def version(self) -> str:
        """Names the state that the files are in."""
        return _name(self._steps[self._place].hashes)

    def before(self) -> dict[str, bytes | None]:
        """The files as they were before the last change that counts."""
        return self._contents(self._steps[max(0, self._place - 1)])

    def look(self) -> bool:
        """Takes up what somebody else changed; says whether there was anything.

        Raises:
            OSError: a change that could not be written still cannot.
        """
        if not self._is_finished:
            self._finish()
        marks = [_mark(path) for path in self._files.values()]
        if marks == self._marks:
            return False
        contents = self._read()
        hashes = {name: _hash(data) for name, data in contents.items()}
        if self._place >= 0 and hashes == dict(self._steps[self._place].hashes):
            self._marks = marks
            return False
        self._keep(contents)
        what = OUTSIDE if self._place >= 0 else "opened"
        self._append({"do": what, "hashes": hashes}, {"done": True})
        self._steps = [*self._steps[: self._place + 1], Step(what, hashes)]
        self._place += 1
        self._marks = marks
        return True

    def change(self, contents: Contents, what: str) -> None:
        """Writes files.

        Args:
            contents: of all files.
            what: a few words for people.

        Raises:
            OSError: it cannot be written; either nothing was changed, or the change is finished by
                the next call that finds room.
        """
        hashes = {name: _hash(data) for name, data in contents.items()}
        self._keep(contents)
        self._go([*self._steps[: self._place + 1], Step(what, hashes)], self._place + 1, what)

    def undo(self) -> bool:
        """Goes back by one change; False = there is none."""
        if self._place <= 0:
            return False
        self._go(self._steps, self._place - 1, None)
        return True

    def redo(self) -> bool:
        """Goes forward again by one change; False = there is none."""
        if self._place + 1 >= len(self._steps):
            return False
        self._go(self._steps, self._place + 1, None)
        return True

    def _go(self, steps: list[Step], place: int, what: str | None) -> None:
        line = {"to": place} if what is None else {"do": what, "hashes": steps[place].hashes}
        self._append(line)
        self._steps, self._place, self._is_finished = steps, place, False
        self._finish()

    def _finish(self) -> None:
        """Makes the files what the log says they are."""
        for name, data in self._contents(self._steps[self._place]).items():
            path = self._files[name]
            if data is None:
                path.unlink(missing_ok=True)
            elif _bytes_of(path) != data:
                write_whole(path, data)
        self._append({"done": True})
        self._is_finished = True

    def _replay(self) -> bool:
        """Reads the log; says whether the last change was finished."""
        if not self._log.exists():
            return True
        data = self._log.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        if whole != data:
            # a line that was being written in a crash
            write_whole(self._log, whole)
        finished = True
        for number, line in enumerate(whole.splitlines(), start=1):
            try:
                values: dict[str, Any] = json.loads(line)
                finished = "done" in values
                if "to" in values:
                    self._place = values["to"]
                elif "do" in values:
                    step = Step(values["do"], values["hashes"])
                    self._steps = [*self._steps[: self._place + 1], step]
                    self._place += 1
            except (ValueError, TypeError, KeyError) as err:
                raise ConfigError(
                    f"{self._log}: line {number} is damaged",
                    hint=f"delete {self._folder}: what can be undone is lost, and nothing else",
                ) from err
        return finished

    def _append(self, *lines: Mapping[str, Any]) -> None:
        data = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        size = self._log.stat().st_size if self._log.exists() else 0
        try:
            with self._log.open("ab") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            if self._log.exists():
                os.truncate(self._log, size)
            raise

    def _read(self) -> dict[str, bytes | None]:
        return {name: _bytes_of(path) for name, path in self._files.items()}

    def _keep(self, contents: Contents) -> None:
        for data in contents.values():
            path = self._folder / f"{_hash(data)}.z"
            if data is not None and not path.exists():
                write_whole(path, zlib.compress(data))
        sync_file(self._folder)

    def _contents(self, step: Step) -> dict[str, bytes | None]:
        return {
            name: None if digest is None else zlib.decompress(self._kept(digest))
            for name, digest in step.hashes.items()
        }

    def _kept(self, digest: str) -> bytes:
        return (self._folder / f"{digest}.z").read_bytes()


def _mark(path: Path) -> tuple[int, int, int] | None:
    """Another one when the file is another or was written to; None where there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _hash(data: bytes | None) -> str | None:
    return None if data is None else hashlib.sha256(data).hexdigest()[:32]


def _name(hashes: Mapping[str, str | None]) -> str:
    text = json.dumps(dict(hashes), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
