"""Work that can be resumed: a film is written in segments, one per unit, each whole or absent.

Next to the output `film.mp4` a folder `film.mp4.vidcolor` holds the segments, the caller's state
after each of them, and a manifest that is only ever replaced as a whole. Segments may be finished
in any order; a run that is never interrupted makes the same ones as a run that was, so both films
are the same to the bit.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from ...errors import BusyError, ConfigError, EntriesError, ResumeError, StoppedError
from ...files import (
    fitting_name,
    lock_file,
    mark_of,
    remove,
    replace_whole,
    sha256_of,
    sync_file,
    write_whole,
)
from .fingerprint import compare
from .records import from_entry, read_records, record_paths, to_entry
from .segment import Segment
from .sink import write_error
from .work import FORMAT, Limits, Work

_KINDS = (".nut", ".part", ".state", ".new", ".json", ".npz")
"""Endings of the files of work in its folder."""


class Segments(Work):
    """The segments of one output as the only run at it has them; see `Work`.

    Open with `Segments.open`; a context manager.
    """

    def __init__(self, folder: Path, lock: IO[bytes], fingerprint: Mapping[str, Any]) -> None:
        super().__init__(folder, lock, fingerprint)
        self._published: list[list[int]] = []
        self._was_begun = False

    @classmethod
    def open(
        cls,
        folder: Path,
        fingerprint: Mapping[str, Any],
        *,
        output: Path | None = None,
        restart: bool = False,
    ) -> Segments:
        """Begins work in a folder or takes it up again.

        Args:
            folder: see `work_folder`; made where missing.
            fingerprint: see `fingerprint_of`.
            output: the film that is made of the work.
            restart: earlier work is thrown away.

        Raises:
            ResumeError: earlier work was done with other settings.
            BusyError: another run is at it.
            MediaError: the folder cannot be written to.
        """
        try:
            folder.mkdir(exist_ok=True)
            lock = lock_file(folder / "lock")
        except BlockingIOError as err:
            raise BusyError(
                f"another run is at work in {folder.name}", hint="wait for it, or stop it"
            ) from err
        except OSError as err:
            raise write_error(err, folder) from err
        try:
            segments = cls(folder, lock, fingerprint)
            if restart:
                segments._clear()
            else:
                segments._read(output)
            segments._was_begun = segments.analysis_path.exists()
        except OSError as err:
            lock.close()
            raise write_error(err, folder) from err
        except BaseException:
            lock.close()
            raise
        return segments

    def __enter__(self) -> Segments:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # the same command will follow, after an edit of the entries
        is_useful = isinstance(error, (KeyboardInterrupt, StoppedError, EntriesError))
        is_useful = is_useful or (isinstance(error, ConfigError) and self._was_begun)
        if self._done or (is_useful and self.analysis_path.exists()):
            self.close()
        else:
            self.discard()

    def add(self, segment: Segment) -> None:
        """Counts a segment that `finish_segment` made: a killed run does not do it again.

        Raises:
            MediaError: the disk is full or the folder cannot be written to.
        """
        self._done[segment.number] = segment
        try:
            self._write_manifest()
        except BaseException:
            del self._done[segment.number]
            raise

    def forget(self, numbers: Collection[int]) -> None:
        """Segments that are to be made anew, before the first of them is; the film will be too.

        Raises:
            MediaError: the folder cannot be written to.
        """
        kept = [s for s in self.finished if s.number not in numbers]
        if self.is_published:
            self._done, self.is_published = {}, False
            self._keep_intact(kept)
        else:
            self._done = {s.number: s for s in kept}
        self._write_manifest()

    def bind(self, analysis_hash: str) -> None:
        """Ties the work to an analysis: with other shots, segments would be other ones.

        Raises:
            ResumeError: finished segments were made with another analysis.
        """
        old = self._fingerprint.get("analysis", analysis_hash)
        if self._done and old != analysis_hash:
            raise ResumeError(
                f"the work in {self.folder.name} was begun with another analysis of the film",
                hint="--restart discards it",
            )
        self._fingerprint["analysis"] = analysis_hash

    def limit(self, limits: Limits) -> None:
        """Keeps what had to be reduced, for the next segments and for a resumed run."""
        self.limits = limits
        self._write_manifest()

    def publish(self, part: Path, output: Path, *, overwrite: bool = True) -> None:
        """Gives the finished film its name; a run that is killed after this knows it by its mark.

        Raises:
            ConfigError: an output has appeared since the work was begun.
            OSError: it cannot be renamed.
        """
        is_empty_folder = output.is_dir() and not any(output.iterdir())
        if output.exists() and not is_empty_folder and not overwrite:
            raise ConfigError(f"{output}: exists already", hint="--overwrite replaces it")
        sync_file(part)
        # Until it has its name, the film of an earlier run is the one that is known.
        marks = [mark for mark in (mark_of(part), mark_of(output)) if mark is not None]
        self._published = [mark for mark in marks if mark == marks[0] or mark in self._published]
        self._write_manifest()
        replace_whole(part, output)
        self.is_published = True

    def discard(self) -> None:
        """Removes the folder, after the film has been put together; files of a person stay in it.

        The manifest goes last: a run that is killed on the way still finds out that the film is
        done, and removes what is left.
        """
        self._lock.close()
        manifest = self.folder / "manifest.json"
        for path in self.folder.glob("*"):
            if path != manifest and _is_own(path):
                _remove(path)
        _remove(manifest)
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def _clear(self) -> None:
        # the manifest goes first: segments without it are nothing
        (self.folder / "manifest.json").unlink(missing_ok=True)
        for path in self.folder.iterdir():
            if path.suffix in _KINDS:
                remove(path)
        self._done, self.limits, self._published = {}, Limits(), []

    def _read(self, output: Path | None) -> None:
        for part in (*self.folder.glob("*.part"), *self.folder.glob("*.new")):
            remove(part)
        path = self.folder / "manifest.json"
        if not path.exists():
            return
        try:
            manifest = json.loads(path.read_bytes())
            if manifest["format"] != FORMAT:
                raise ValueError("another version of vidcolor")
            old = manifest["fingerprint"]
            segments = [from_entry(entry, self.folder) for entry in manifest["segments"]]
            limits = Limits(**manifest["limits"] | {"said": tuple(manifest["limits"]["said"])})
            published = [list(map(int, mark)) for mark in manifest["published"]]
        except (ValueError, KeyError, TypeError):
            self.notes.append(f"{path.name} of earlier work is damaged: starting over")
            self._clear()
            return
        compare(old, json.loads(json.dumps(self._fingerprint)), self.folder)
        self._fingerprint["analysis"] = old.get("analysis")
        self.limits = limits
        self._published = published
        if output is not None and published and published[0] == mark_of(output):
            # some of the segments may be removed already: nobody needs them any more
            self._done, self.is_published = {s.number: s for s in segments}, True
        else:
            self._keep_intact([*read_records(self.folder), *segments])
            self._adopt_records()

    def _adopt_records(self) -> None:
        """From here on, the manifest alone counts."""
        records = record_paths(self.folder)
        if records:
            self._write_manifest()
        for path in records:
            remove(path)

    def _keep_intact(self, segments: list[Segment]) -> None:
        """Takes over every segment that is neither missing nor damaged."""
        for segment in segments:
            if segment.number in self._done:
                continue
            try:
                state = segment.path.with_suffix(".state").read_bytes()
                intact = (
                    segment.path.stat().st_size == segment.size
                    and hashlib.sha256(state).hexdigest() == segment.state_sha256
                    and sha256_of(segment.path) == segment.sha256
                )
            except FileNotFoundError:
                intact = False
            if intact:
                self._done[segment.number] = segment
            else:
                end = segment.first_frame + segment.frames
                self.notes.append(
                    f"earlier work is damaged in frames {segment.first_frame}:{end}: "
                    "that part is done again"
                )

    def _write_manifest(self) -> None:
        manifest = {
            "format": FORMAT,
            "fingerprint": self._fingerprint,
            "segments": [to_entry(s) for s in self.finished],
            "limits": asdict(self.limits),
            "published": self._published,
        }
        try:
            write_whole(self.folder / "manifest.json", json.dumps(manifest, indent=1).encode())
        except OSError as err:
            raise write_error(err, self.folder) from err


def is_own_film(output: Path, folder: Path) -> bool:
    """Whether an output was put there by work in a folder that was killed before it was removed.

    Also removes the folder where nothing but its name is left.
    """
    with contextlib.suppress(OSError):
        folder.rmdir()
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes())
        return mark_of(output) in manifest["published"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _is_own(path: Path) -> bool:
    # what begins with a dot was put there by a system: .DS_Store, .nfs0001
    return path.suffix in (*_KINDS, ".lock") or path.name == "lock" or path.name.startswith(".")


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        remove(path)


def work_folder(output: Path) -> Path:
    """The folder beside an output that holds its unfinished work."""
    return output.with_name(fitting_name(output.name, ".vidcolor"))
