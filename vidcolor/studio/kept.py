"""Images that were made once, kept on the disk: the next server shows them without its networks.

A cache: an image that cannot be written or read is made again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__, registry
from ..files import mark_of
from ..weights.files import file_of_entry

if TYPE_CHECKING:
    from ..config import RunConfig
    from .project import State

MOST_BYTES, _LEAST_FREE = 256 << 20, 256 << 20
_JPEG_END = b"\xff\xd9"


class KeptImages:
    """JPEGs by what decides them; may be used by several threads.

    Args:
        folder: of the files; made where missing.
        film: its size and date decide, beside the settings and the colorizer's weights.
        config: settings of coloring.
        most: bytes of all files; those that were used longest ago go first.
    """

    def __init__(self, folder: Path, film: Path, config: RunConfig, most: int = MOST_BYTES) -> None:
        self._folder, self._most = folder, most
        weights = file_of_entry(registry.find("colorizer", config.model))
        self._film, self._mark = film, mark_of(film)
        made_of = [__version__, config.to_dict(), self._mark, weights and mark_of(weights)]
        self._made_of = json.dumps(made_of, default=str)
        self._bytes = 0
        try:
            folder.mkdir(exist_ok=True)
            self._bytes = sum(path.stat().st_size for path in folder.glob("*.jpg"))
        except OSError:
            return

    @property
    def is_current(self) -> bool:
        """Whether the film is still the file that it was at the beginning."""
        return mark_of(self._film) == self._mark

    def get(self, state: State, kind: str, frame: int, look: str) -> bytes | None:
        """An image, None where it is not kept; `look` = what names its shot's colors."""
        path = self._path(state, kind, frame, look)
        try:
            data = path.read_bytes()
            path.touch()
        except OSError:
            return None
        # one that a crash cut off is none
        return data if data.endswith(_JPEG_END) else None

    def put(self, state: State, kind: str, frame: int, look: str, data: bytes) -> None:
        """Keeps an image, but none of another file under the film's name."""
        if not self.is_current:
            return
        path = self._path(state, kind, frame, look)
        new = path.with_suffix(".new")
        try:
            # what a person says needs the last space more
            if shutil.disk_usage(self._folder).free < _LEAST_FREE:
                return
            new.write_bytes(data)
            new.replace(path)
            self._bytes += len(data)
            if self._bytes > self._most:
                self._make_room()
        except OSError:
            with suppress(OSError):
                new.unlink()

    def _path(self, state: State, kind: str, frame: int, look: str) -> Path:
        area = list(state.analysis.shot_at(frame).area)
        text = json.dumps([self._made_of, kind, frame, area, look if kind != "before" else ""])
        return self._folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.jpg"

    def _make_room(self) -> None:
        files = [(path, path.stat()) for path in self._folder.glob("*.jpg")]
        files.sort(key=lambda found: found[1].st_mtime)
        self._bytes = sum(status.st_size for _, status in files)
        for path, status in files:
            # not one at every turn
            if self._bytes <= 0.8 * self._most:
                return
            path.unlink(missing_ok=True)
            self._bytes -= status.st_size
