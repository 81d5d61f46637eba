"""Work that can be taken up again: a film is written in segments, each finished or not there.

Beside the output `film.mp4` a folder `film.mp4.vidcolor` holds the segments, the caller's state
after each of them, and a manifest that is only ever replaced as a whole. A run that is never
interrupted makes the same segments as one that was, so both films are the same to the bit.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from ...errors import ConfigError, ResumeError
from ...files import (
    fitting_name,
    lock_file,
    remove,
    replace_whole,
    sha256_of,
    sync_file,
    write_whole,
)
from ..plan.plan import OutputPlan
from .fingerprint import compare
from .sink import SegmentWriter, write_error

_FORMAT = 2


@dataclass(frozen=True, slots=True)
class Segment:
    """A finished segment.

    Attributes:
        path: file of coded pictures.
        first_frame: number of its first frame in the film.
        frames: frames in it.
        first_pts, last_pts: pts of its first and last frame in the film's time base.
        reorder: frames by which decoding runs ahead of presentation.
        size: bytes of the file.
        sha256: of the file.
        state_sha256: of the state beside it.
        is_sound: nothing up to its end had to be mended in reading, so that reading may go on
            behind it without a look at what comes before.
    """

    path: Path
    first_frame: int
    frames: int
    first_pts: int
    last_pts: int
    reorder: int
    size: int
    sha256: str
    state_sha256: str
    is_sound: bool = True


class Segments:
    """The segments of one output. Open with `Segments.open`; a context manager.

    Attributes:
        folder: where they lie.
        finished: finished segments in order.
        notes: what happened to earlier work, one line each.
        complete: the last frame of the film is in `finished`.
        report: what the caller said when the last frame was written.
        limits: what the caller had to change of its settings on the way, empty for nothing.
        is_published: the film is there already; only its work folder was not yet removed.
    """

    def __init__(self, folder: Path, lock: IO[bytes], fingerprint: Mapping[str, Any]) -> None:
        self.folder = folder
        self.finished: list[Segment] = []
        self.notes: list[str] = []
        self.complete = False
        self.report: dict[str, Any] = {}
        self.limits: dict[str, Any] = {}
        self.is_published = False
        self._lock = lock
        self._fingerprint = dict(fingerprint)
        self._state: bytes | None = None

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
            ResumeError: earlier work was done with other settings, or another run is at it.
            MediaError: the folder cannot be written to.
        """
        try:
            folder.mkdir(exist_ok=True)
            lock = lock_file(folder / "lock")
        except BlockingIOError as err:
            raise ResumeError(
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
        except OSError as err:
            lock.close()
            raise write_error(err, folder) from err
        except BaseException:
            lock.close()
            raise
        return segments

    def __enter__(self) -> Segments:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.finished:
            self.close()
        else:
            self.discard()

    def close(self) -> None:
        """Lets another run use the folder; what is finished stays."""
        self._lock.close()

    @property
    def next_frame(self) -> int | None:
        """Number of the frame to go on with, None where nothing is finished."""
        if not self.finished:
            return None
        return self.finished[-1].first_frame + self.finished[-1].frames

    @property
    def state(self) -> bytes | None:
        """What the caller gave with the last finished segment, None where nothing is finished."""
        return self._state

    def writer(self, plan: OutputPlan) -> SegmentWriter:
        """A writer for the next segment; `commit` makes it count."""
        return SegmentWriter(plan, self._path(len(self.finished)).with_suffix(".nut.part"))

    def commit(
        self, writer: SegmentWriter, state: bytes = b"", *, is_sound: bool = True
    ) -> Segment:
        """Finishes a segment: after this a killed run goes on behind it.

        Args:
            writer: the writer of `writer()`, with at least one frame in it; is closed.
            state: what the caller needs to go on with the frame after the segment.
            is_sound: see `Segment`.

        Raises:
            MediaError: the disk is full or the folder cannot be written to.
        """
        writer.close()
        if writer.first_frame is None:
            raise ValueError("a segment needs at least one frame")
        path = self._path(len(self.finished))
        try:
            replace_whole(writer.path, path)
            write_whole(path.with_suffix(".state"), state)
            segment = Segment(
                path=path,
                first_frame=writer.first_frame,
                frames=writer.frames,
                first_pts=writer.first_pts,
                last_pts=writer.last_pts,
                reorder=writer.reorder,
                size=path.stat().st_size,
                sha256=sha256_of(path),
                state_sha256=hashlib.sha256(state).hexdigest(),
                is_sound=is_sound,
            )
        except OSError as err:
            raise write_error(err, self.folder) from err
        self.finished.append(segment)
        try:
            self._write_manifest()
        except BaseException:
            self.finished.pop()
            raise
        self._state = state
        return segment

    def limit(self, limits: Mapping[str, Any]) -> None:
        """Keeps what the caller has to change of its settings from the next segment on."""
        self.limits = dict(limits)
        self._write_manifest()

    def mark_complete(self, report: Mapping[str, Any] | None = None) -> None:
        """Says that the last frame is written: a later run only needs to put the film together.

        Args:
            report: what the caller wants to know then, as values JSON can hold.
        """
        self.report = dict(report or {})
        self.complete = True
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
        self._write_manifest(published=_mark(part))
        replace_whole(part, output)
        self.is_published = True

    def discard(self) -> None:
        """Removes the folder, after the film has been put together.

        The manifest goes last: a run that is killed on the way still finds out that the film is
        done, and removes what is left.
        """
        self._lock.close()
        manifest = self.folder / "manifest.json"
        for path in self.folder.glob("*"):
            if path != manifest:
                _remove(path)
        _remove(manifest)
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:05d}.nut"

    def _clear(self) -> None:
        # the manifest goes first: segments without it are nothing
        (self.folder / "manifest.json").unlink(missing_ok=True)
        for path in self.folder.iterdir():
            if path.suffix in (".nut", ".part", ".state", ".new"):
                remove(path)
        self.finished, self._state, self.complete = [], None, False
        self.report, self.limits = {}, {}

    def _read(self, output: Path | None) -> None:
        path = self.folder / "manifest.json"
        if not path.exists():
            self._clear()
            return
        try:
            manifest = json.loads(path.read_bytes())
            if manifest["format"] != _FORMAT:
                raise ValueError("another version of vidcolor")
            old = manifest["fingerprint"]
            segments = [
                Segment(**entry | {"path": self.folder / entry["path"]})
                for entry in manifest["segments"]
            ]
            complete = bool(manifest["complete"])
            report, limits = dict(manifest["report"]), dict(manifest["limits"])
            published = manifest["published"]
        except (ValueError, KeyError, TypeError):
            self.notes.append(f"{path.name} of earlier work is damaged: starting over")
            self._clear()
            return
        compare(old, json.loads(json.dumps(self._fingerprint)), self.folder)
        self.limits = limits
        if output is not None and published is not None and published == _mark(output):
            # some of the segments may be removed already: nobody needs them any more
            self.finished, self.is_published = segments, True
        else:
            self._keep_sound(segments)
        self.complete = complete and len(self.finished) == len(segments)
        self.report = report if self.complete else {}

    def _keep_sound(self, segments: list[Segment]) -> None:
        """Takes over segments up to the first that is missing or damaged."""
        for segment in segments:
            state_path = segment.path.with_suffix(".state")
            try:
                state = state_path.read_bytes()
                sound = (
                    segment.path.stat().st_size == segment.size
                    and hashlib.sha256(state).hexdigest() == segment.state_sha256
                    and sha256_of(segment.path) == segment.sha256
                )
            except FileNotFoundError:
                sound = False
            if not sound:
                self.notes.append(
                    f"earlier work is damaged from frame {segment.first_frame} on: "
                    "that part is done again"
                )
                return
            self.finished.append(segment)
            self._state = state

    def _write_manifest(self, *, published: list[int] | None = None) -> None:
        manifest = {
            "format": _FORMAT,
            "fingerprint": self._fingerprint,
            "segments": [asdict(s) | {"path": s.path.name} for s in self.finished],
            "complete": self.complete,
            "report": self.report,
            "limits": self.limits,
            "published": published,
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
        mark = manifest["published"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return mark is not None and mark == _mark(output)


def _mark(path: Path) -> list[int] | None:
    """What tells a file from others and stays when it is renamed; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        remove(path)


def work_folder(output: Path) -> Path:
    """The folder beside an output that holds its unfinished work."""
    return output.with_name(fitting_name(output.name, ".vidcolor"))
