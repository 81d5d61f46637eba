"""Work on one film that several processes, on several machines even, do at the same time.

They share a folder and hold a lock that lets no single run in. Each writes the record of a segment
when it is finished; two that make the same segment write the same bytes, and each file appears as a
whole. A single run (`Segments.open`) then takes all of it over.
"""

from __future__ import annotations

import contextlib
import errno
import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from ...errors import BusyError, MemoryLimitError, ResumeError
from ...files import lock_file, remove, write_whole
from .fingerprint import compare
from .records import from_entry, read_records, write_record
from .segment import Segment
from .sink import write_error
from .work import FORMAT, Limits, Work

_CANNOT_LOCK = (errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOLCK, errno.EINVAL)
_POLL_S = 0.5
_ANALYSIS_LOCK = "analysis.lock"


class SharedSegments(Work):
    """The segments of one output as one of several workers sees them. Open with `open`.

    Attributes:
        can_lock: whether the file system keeps single runs out while workers are there.
        others: see `Work`; as far as a worker knows, the film is never published.
    """

    def __init__(
        self, folder: Path, lock: IO[bytes], fingerprint: Mapping[str, Any], *, can_lock: bool
    ) -> None:
        super().__init__(folder, lock, fingerprint)
        self.can_lock = can_lock
        self._forgotten: set[tuple[int, str]] = set()

    @classmethod
    def open(cls, folder: Path, fingerprint: Mapping[str, Any]) -> SharedSegments:
        """Joins the work in a folder, or begins it.

        Raises:
            ResumeError: it was begun with other settings.
            BusyError: a single run is at it.
            MediaError: the folder cannot be written to.
        """
        can_lock = True
        try:
            folder.mkdir(exist_ok=True)
            try:
                lock = lock_file(folder / "lock", shared=True, required=True)
            except BlockingIOError:
                raise
            except OSError as err:
                if err.errno not in _CANNOT_LOCK:
                    raise
                lock, can_lock = lock_file(folder / "lock", shared=True), False
        except BlockingIOError as err:
            raise BusyError(
                f"another run is at work in {folder.name}", hint="wait for it, or stop it"
            ) from err
        except OSError as err:
            raise write_error(err, folder) from err
        segments = cls(folder, lock, fingerprint, can_lock=can_lock)
        try:
            segments.refresh()
        except BaseException:
            segments.close()
            raise
        return segments

    def __enter__(self) -> SharedSegments:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        if error is not None and self.can_lock:
            self._remove_empty()

    def remove(self) -> None:
        """Leaves the folder, and removes it if nothing but its locks is there."""
        self.close()
        self._remove_empty()

    def _remove_empty(self) -> None:
        """Removes the folder if nobody is there and nothing but locks is."""
        with contextlib.suppress(OSError):
            # looked at first: whoever holds the lock keeps others out
            if self._is_empty():
                with lock_file(self.folder / "lock"):
                    if self._is_empty():
                        remove(self.folder)

    def _is_empty(self) -> bool:
        return {path.name for path in self.folder.iterdir()} <= {"lock", _ANALYSIS_LOCK}

    def refresh(self) -> None:
        """Takes over what the others have finished.

        Raises:
            ResumeError: the work was begun with other settings.
        """
        found = read_records(self.folder)
        path = self.folder / "manifest.json"
        if path.exists():
            try:
                manifest = json.loads(path.read_bytes())
                if manifest["format"] != FORMAT:
                    raise ResumeError(
                        f"the work in {self.folder.name} is of another version of vidcolor",
                        hint="remove the folder, or use that version",
                    )
                compare(
                    manifest["fingerprint"], json.loads(json.dumps(self._fingerprint)), self.folder
                )
                limits = manifest["limits"]
                self.limits = Limits(**limits | {"said": tuple(limits["said"])})
                found = [from_entry(e, self.folder) for e in manifest["segments"]] + found
            except (ValueError, KeyError, TypeError) as err:
                raise ResumeError(
                    f"{path}: damaged", hint="run the same command once without --shard"
                ) from err
        self._done = {
            s.number: s
            for s in found
            if s.path.exists() and (s.number, s.told) not in self._forgotten
        }

    def add(self, segment: Segment) -> None:
        """Says that a segment is finished.

        Raises:
            MediaError: the disk is full or the folder cannot be written to.
        """
        write_record(segment, self.folder)
        self._done[segment.number] = segment

    def forget(self, numbers: Collection[int]) -> None:
        """Segments that are out of date: they do not count as finished."""
        for number in numbers:
            self._forgotten.add((number, self._done.pop(number).told))

    def limit(self, limits: Limits) -> None:
        """Workers of one film must all use the same settings.

        Raises:
            MemoryLimitError: always.
        """
        raise MemoryLimitError(
            "not enough memory",
            hint="settings are not reduced in shards, for all must use the same; give a smaller "
            "--work-size to all of them",
        )

    def bind(self, analysis_hash: str) -> None:
        """Ties the work to an analysis, which all workers must share.

        Raises:
            ResumeError: it was begun with another analysis.
            MediaError: the folder cannot be written to.
        """
        path = self.folder / "manifest.json"
        self._fingerprint["analysis"] = analysis_hash
        if path.exists():
            old = json.loads(path.read_bytes())["fingerprint"].get("analysis", analysis_hash)
            if old != analysis_hash:
                raise ResumeError(
                    f"the work in {self.folder.name} was begun with another analysis of the film",
                    hint="give all shards the same --analysis",
                )
            return
        manifest = {
            "format": FORMAT,
            "fingerprint": self._fingerprint,
            "segments": [],
            "limits": {"batch": None, "work_size": None, "said": []},
            "published": [],
        }
        try:
            write_whole(path, json.dumps(manifest, indent=1).encode(), shared=True)
        except OSError as err:
            raise write_error(err, self.folder) from err

    @contextlib.contextmanager
    def one_at_a_time(self, should_stop: Callable[[], None]) -> Iterator[None]:
        """One worker after the other; where the file system cannot lock, all at once.

        Args:
            should_stop: asked while it waits; raises what ends the waiting.
        """
        while True:
            try:
                lock = lock_file(self.folder / _ANALYSIS_LOCK)
                break
            except BlockingIOError:
                should_stop()
                time.sleep(_POLL_S)
            except OSError as err:
                raise write_error(err, self.folder) from err
        with lock:
            yield
