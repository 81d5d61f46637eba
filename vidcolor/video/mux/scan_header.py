"""What a scan or a photograph says of itself, taken over from the file that was read.

libav writes none of it. DPX: film and television headers (SMPTE ST 268).
JPEG: orientation, camera, place and words (Exif, XMP, IPTC), color profiles left out where they
are of gray images.
"""

from __future__ import annotations

import struct
from pathlib import Path

_DPX_MAGIC = (b"SDPX", b"XPDS")
# (first, end) bytes of a DPX header: creator, project, copyright; orientation of the image
_DPX_TEXT, _DPX_ORIENTATION = (160, 660), (1408, 1664)
_DPX_SHORT, _DPX_HEADER = 1664, 2048  # without and with the film and television headers
_JPEG_START = b"\xff\xd8"
_KEPT_SEGMENTS = (*range(0xE1, 0xF0), 0xFE)  # APP1 to APP15 but for Adobe's, comments
_ADOBE = 0xEE


def with_header_of(source: Path | None, picture: bytes, ending: str) -> bytes:
    """A picture file with the words of the one that it was made of.

    Args:
        source: the file that was read, None = there is none.
        picture: the file that is written.
        ending: of its name.
    """
    if source is None or source.suffix.lower() not in _kinds(ending):
        return picture
    if ending == ".dpx":
        return _dpx(source, picture)
    if ending in (".jpg", ".jpeg"):
        return _jpeg(source.read_bytes(), picture)
    return picture


def _kinds(ending: str) -> tuple[str, ...]:
    return (".jpg", ".jpeg") if ending in (".jpg", ".jpeg") else (ending,)


def _dpx(source: Path, picture: bytes) -> bytes:
    with source.open("rb") as file:
        head = file.read(_DPX_HEADER)
    if len(head) < _DPX_HEADER or head[:4] not in _DPX_MAGIC or head[:4] != picture[:4]:
        return picture  # numbers in the other order of bytes, or no DPX at all
    number = struct.Struct(">I" if picture[:4] == b"SDPX" else "<I")
    made = bytearray(picture)
    for begin, end in (_DPX_TEXT, _DPX_ORIENTATION):
        made[begin:end] = head[begin:end]
    if number.unpack_from(head, 4)[0] < _DPX_HEADER or number.unpack_from(made, 4)[0] != _DPX_SHORT:
        return bytes(made)
    # libav's images begin where the film and television headers should be
    made[_DPX_SHORT:_DPX_SHORT] = head[_DPX_SHORT:_DPX_HEADER]
    for place, value in (
        (4, _DPX_HEADER),
        (16, len(made)),
        (28, _DPX_HEADER - _DPX_SHORT),
        (808, _DPX_HEADER),
    ):
        number.pack_into(made, place, value)
    return bytes(made)


def _jpeg(source: bytes, picture: bytes) -> bytes:
    if not (source.startswith(_JPEG_START) and picture.startswith(_JPEG_START)):
        return picture
    kept, place = b"", 2
    while place + 4 <= len(source) and source[place] == 0xFF:
        marker, length = source[place + 1], struct.unpack_from(">H", source, place + 2)[0]
        if marker in (0xDA, 0xD9):
            break
        segment = source[place : place + 2 + length]
        if marker in _KEPT_SEGMENTS and marker != _ADOBE and not _is_gray_profile(segment):
            kept += segment
        place += 2 + length
    # JFIF asks to be the first
    at = 2
    if picture[2:4] == b"\xff\xe0":
        at = 4 + struct.unpack_from(">H", picture, 4)[0]
    return picture[:at] + kept + picture[at:]


def _is_gray_profile(segment: bytes) -> bool:
    """Whether a segment is part of an ICC profile of gray images, which says nothing of color."""
    return segment[4:15] == b"ICC_PROFILE" and b"GRAY" in segment[18:58]
