"""Many picture files as one QuickTime file that exists in no place.

A header is made here, and behind it come the picture files as they lie on the disk: nothing is
copied, and no more than one of them is open.
"""

from __future__ import annotations

import bisect
import io
import os
import struct
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import IO

_IDENTITY = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)


class JoinedFile(io.RawIOBase):
    """A QuickTime header with all pictures behind it, read as one file.

    Args:
        pictures: the files, in order of presentation.
        code: QuickTime's code of their kind.
        size: width and height in pixels; the pictures' own headers say more.
        rate: frames per second.
    """

    def __init__(
        self, pictures: Sequence[Path], code: bytes, size: tuple[int, int], rate: Fraction
    ) -> None:
        self._pictures = pictures
        sizes = [p.stat().st_size for p in pictures]
        self._head = _header(code, size, sizes, rate)
        self._ends = list(accumulate(sizes, initial=len(self._head)))
        self._place = 0
        self._open: tuple[int, IO[bytes]] | None = None  # number of a picture, its file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._ends[-1]}[whence]
        self._place = max(0, base + offset)
        return self._place

    def read(self, size: int = -1) -> bytes:
        if self._place < len(self._head):
            data = self._head[self._place :][: size if size >= 0 else None]
        elif self._place >= self._ends[-1]:
            return b""
        else:
            number = bisect.bisect_right(self._ends, self._place) - 1
            room = self._ends[number + 1] - self._place
            file = self._file(number)
            file.seek(self._place - self._ends[number])
            data = file.read(min(room, size) if size >= 0 else room)
        self._place += len(data)
        return data

    def close(self) -> None:
        self._close_picture()
        super().close()

    def _file(self, number: int) -> IO[bytes]:
        if self._open is None or self._open[0] != number:
            self._close_picture()
            self._open = number, self._pictures[number].open("rb")
        return self._open[1]

    def _close_picture(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None


def _box(kind: bytes, *parts: bytes) -> bytes:
    data = b"".join(parts)
    return struct.pack(">I4s", 8 + len(data), kind) + data


def _header(code: bytes, size: tuple[int, int], sizes: list[int], rate: Fraction) -> bytes:
    """A QuickTime file up to its first picture (Apple, QuickTime File Format, chapter 2)."""
    kind = _box(b"ftyp", b"qt  ", struct.pack(">I", 0), b"qt  ")
    media = struct.pack(">I4sQ", 1, b"mdat", 16 + sum(sizes))
    length = len(kind + _movie(code, size, sizes, rate, 0) + media)
    return kind + _movie(code, size, sizes, rate, length) + media


def _movie(
    code: bytes, size: tuple[int, int], sizes: list[int], rate: Fraction, first: int
) -> bytes:
    count, tick = len(sizes), rate.denominator
    times = struct.pack(">2I", rate.numerator, count * tick)
    width, height = (min(side, 0xFFFF) for side in size)
    sample = _box(
        code, bytes(6), struct.pack(">H", 1), bytes(16), struct.pack(">2H", width, height),
        struct.pack(">4I", 72 << 16, 72 << 16, 0, 1 << 16), bytes(30), struct.pack(">2h", 24, -1),
    )  # fmt: skip
    table = _box(
        b"stbl",
        _box(b"stsd", struct.pack(">2I", 0, 1), sample),
        _box(b"stts", struct.pack(">4I", 0, 1, count, tick)),
        _box(b"stsc", struct.pack(">5I", 0, 1, 1, count, 1)),
        _box(b"stsz", struct.pack(">3I", 0, 0, count), struct.pack(f">{count}I", *sizes)),
        _box(b"co64", struct.pack(">2IQ", 0, 1, first)),
    )
    media = _box(
        b"mdia",
        _box(b"mdhd", bytes(12), times, bytes(4)),
        _box(b"hdlr", bytes(4), b"mhlr", b"vide", bytes(13)),
        _box(
            b"minf",
            _box(b"vmhd", struct.pack(">I", 1), bytes(8)),
            _box(b"dinf", _box(b"dref", struct.pack(">2I", 0, 1), _box(b"url ", b"\0\0\0\1"))),
            table,
        ),
    )
    track = _box(
        b"tkhd", struct.pack(">I", 3), bytes(8), struct.pack(">3I", 1, 0, count * tick), bytes(16),
        _IDENTITY, struct.pack(">2I", width << 16, height << 16),
    )  # fmt: skip
    movie = _box(
        b"mvhd", bytes(12), times, struct.pack(">IH", 1 << 16, 256), bytes(10), _IDENTITY,
        bytes(24), struct.pack(">I", 2),
    )  # fmt: skip
    return _box(b"moov", movie, _box(b"trak", track, media))
