"""A film's luma at the working size, kept on disk from its analysis until it is colored.

Networks see no more of a film than this: with it, the film need not be decoded once more to look
ahead of the frames that are being colored.
"""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import cv2
import numpy as np

from ..geometry import Size
from ..shots.thumbnail import halved
from ..types import Frame, VideoInfo

_MOST_BYTES = 1 << 30
"""On disk: eleven minutes of 16:9 with 8 bits. Later frames are decoded to be looked at."""
_MOST_OF_FREE = 0.1
"""Share of the free space that this may be: else nothing is kept."""
_HEADER = struct.Struct("<q")
"""Number of the first frame."""


def working_luma(y: np.ndarray, size: Size) -> np.ndarray:
    """Luma codes `(H, W)` at the working size before turning, same dtype; itself if it fits."""
    if y.shape == size.shape:
        return y
    # not to less than twice the size, which would soften the image
    small = halved(y, (2 * size.width, 2 * size.height), whole=True)
    shrink = cv2.INTER_AREA if small.shape[0] >= size.height else cv2.INTER_LINEAR
    return cv2.resize(small, size, interpolation=shrink)


class SmallFilm:
    """The file that holds a film's first frames at the working size.

    Written once, by the run that analyzes the film, and removed by it: it is never taken over from
    an earlier run.

    Args:
        folder: of unfinished work.
        info: of the film.
        work_size: of the run.
    """

    def __init__(self, folder: Path, info: VideoInfo, work_size: int) -> None:
        self._size = info.geometry.before_turning(info.geometry.working_size(work_size))
        self._dtype = np.dtype(np.uint8 if info.tags.depth == 8 else np.uint16)
        # a name by which what a killed run left is cleared away
        self._path = folder / f"luma-{self._size.width}x{self._size.height}.part"

    def kept(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """Passes the film's frames on, the first of them kept as far as there is room."""
        with ExitStack() as open_files:
            file = self._begin(open_files)
            left = _MOST_BYTES
            for frame in frames:
                if file is not None and left > 0:
                    try:
                        left -= self._add(file, frame)
                    except OSError:
                        # it is only there to save time
                        file = None
                        self.close()
                yield frame

    def frames(self, start: int, end: int) -> Generator[Frame, None, None] | None:
        """Frames with nothing but their number and small luma; None where they are not kept.

        Args:
            start, end: numbers of the first and the one after the last.
        """
        try:
            with self._path.open("rb") as file:
                first = _HEADER.unpack(file.read(_HEADER.size))[0]
                count = (os.fstat(file.fileno()).st_size - _HEADER.size) // self._bytes
        except (OSError, struct.error):
            return None
        return self._read(start, end, first) if first <= start and end <= first + count else None

    def close(self) -> None:
        """Removes the file, or what a run that was killed left of it."""
        self._path.unlink(missing_ok=True)

    def _begin(self, open_files: ExitStack) -> IO[bytes] | None:
        try:
            free = shutil.disk_usage(self._path.parent).free
            if free * _MOST_OF_FREE < _MOST_BYTES:
                return None
            # unbuffered: what cannot be written is known at once
            return open_files.enter_context(self._path.open("wb", buffering=0))
        except OSError:
            return None

    def _read(self, start: int, end: int, first: int) -> Generator[Frame, None, None]:
        with self._path.open("rb") as file:
            file.seek(_HEADER.size + (start - first) * self._bytes)
            for number in range(start, end):
                codes = np.frombuffer(file.read(self._bytes), self._dtype)
                yield Frame(number, number, codes.reshape(self._size.shape))

    def _add(self, file: IO[bytes], frame: Frame) -> int:
        if file.tell() == 0:
            file.write(_HEADER.pack(frame.index))
        return file.write(working_luma(frame.y, self._size).tobytes())

    @property
    def _bytes(self) -> int:
        return self._size.width * self._size.height * self._dtype.itemsize
