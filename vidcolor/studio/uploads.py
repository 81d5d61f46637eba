"""Images that come over the network, looked at before anything decodes them."""

from __future__ import annotations

import hashlib
import re
import struct
from pathlib import Path

import cv2
import numpy as np

from ..files import write_whole

MOST_BYTES = 32 << 20
_MOST_PIXELS = 50_000_000
# Markers of JPEG's frame headers (ITU-T T.81, table B.1), which state the size.
_SOF = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


def kept_image(data: bytes, name: str, folder: Path) -> Path:
    """Keeps a photograph under a name of its own.

    Args:
        data: of a PNG, JPEG or WebP file.
        name: as the sender calls it; only letters and digits of it are used.
        folder: made where missing.

    Raises:
        ValueError: it is none, is too large, or has no color; says which.
        OSError: it cannot be written.
    """
    if len(data) > MOST_BYTES:
        raise ValueError(f"more than {MOST_BYTES >> 20} MB")
    ending, width, height = _kind(data)
    if not 0 < width * height <= _MOST_PIXELS:
        raise ValueError(f"{width}x{height}: more than {_MOST_PIXELS // 1_000_000} megapixels")
    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as err:
        raise ValueError("cannot be read as an image") from err
    if found is None:
        raise ValueError("cannot be read as an image")
    if int((found.max(-1).astype(int) - found.min(-1)).max()) < 2:
        raise ValueError("a gray image says nothing of colors")
    words = re.sub(r"[^a-z0-9]+", "-", Path(name).stem.lower()).strip("-")[:40] or "image"
    path = folder / f"{words}-{hashlib.sha256(data).hexdigest()[:8]}{ending}"
    folder.mkdir(exist_ok=True)
    write_whole(path, data)
    return path


def _kind(data: bytes) -> tuple[str, int, int]:
    """Ending, width and height of an image, as its header says.

    Raises:
        ValueError: it is of no kind that is taken.
    """
    try:
        if data[:8] == b"\x89PNG\r\n\x1a\n":
            return (".png", *struct.unpack(">II", data[16:24]))
        if data[:2] == b"\xff\xd8":
            return (".jpg", *_jpeg_size(data))
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return (".webp", *_webp_size(data))
    except (struct.error, IndexError) as err:
        raise ValueError("cannot be read as an image") from err
    raise ValueError("neither PNG, JPEG nor WebP")


def _jpeg_size(data: bytes) -> tuple[int, int]:
    place = 2
    while True:
        if data[place] != 0xFF:
            raise ValueError("cannot be read as an image")
        marker = data[place + 1]
        if marker in _SOF:
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            return width, height
        if marker == 0xFF:
            place += 1
            continue
        place += 2 + struct.unpack(">H", data[place + 2 : place + 4])[0]


def _webp_size(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[n : n + 3], "little") + 1 for n in (24, 27))
        return width, height
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", data[26:30])
    return width & 0x3FFF, height & 0x3FFF
