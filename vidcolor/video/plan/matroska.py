"""The display size of a Matroska film, which PyAV has no way to set.

The muxer leaves it open, and formats whose frames do not say it themselves (VP9, FFV1) are then
shown with square pixels. It is written into the finished header: the few bytes that it needs are
taken from the padding that the muxer leaves in front of it, so that nothing behind it moves.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

from ...geometry import Size

_SEGMENT, _SEEK_HEAD, _SEEK = 0x18538067, 0x114D9B74, 0x4DBB
_SEEK_ID, _SEEK_POSITION = 0x53AB, 0x53AC
_VOID, _CRC, _INFO, _TRACKS = 0xEC, 0xBF, 0x1549A966, 0x1654AE6B
_TRACK_ENTRY, _VIDEO = 0xAE, 0xE0
_DISPLAY_WIDTH, _DISPLAY_HEIGHT, _DISPLAY_UNIT = 0x54B0, 0x54BA, 0x54B2
_MOST_PIXELS = 16384
_HEAD_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class _Element:
    """One element: where it, its payload and its end lie."""

    name: int
    start: int
    payload: int
    end: int


def display_size(size: Size, aspect: Fraction) -> Size:
    """The size at which a film is shown: exact where that needs no absurd numbers.

    Args:
        size: coded size of a frame.
        aspect: width/height of one pixel.
    """
    shape = Fraction(size.width, size.height) * aspect
    if max(shape.numerator, shape.denominator) <= _MOST_PIXELS:
        times = max(1, round(size.height / shape.denominator))
        return Size(shape.numerator * times, shape.denominator * times)
    return Size(max(1, round(size.width * aspect)), size.height)


def set_display_size(file: BinaryIO, number: int, size: Size) -> None:
    """Writes the display size into a film as libav's muxer leaves it.

    Args:
        file: the complete film, open for reading and writing.
        number: of the track among all tracks, from 0.
        size: see `display_size`.

    Raises:
        ValueError: the header is not built as expected; nothing is changed.
    """
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    segment = _child(head, 0, len(head), _SEGMENT)
    parts = {e.name: e for e in _elements(head, segment.payload, len(head), until=_TRACKS)}
    if not parts.keys() >= {_SEEK_HEAD, _VOID, _INFO, _TRACKS}:
        raise ValueError("unexpected Matroska header")
    seek, void, info, tracks = (parts[n] for n in (_SEEK_HEAD, _VOID, _INFO, _TRACKS))
    if not seek.end == void.start < void.end <= info.start < tracks.start:
        raise ValueError("unexpected Matroska header")
    new_tracks = _changed_tracks(head, tracks, number, size)
    growth = len(new_tracks) - (tracks.end - tracks.start)
    room = void.end - void.start - growth - 9
    if room < 0:
        raise ValueError("no room in the Matroska header")
    moved = (
        _moved_seek_head(head, seek, growth)
        + bytes([_VOID])
        + _length(room, 8)
        + bytes(room)
        + head[void.end : tracks.start]
        + new_tracks
    )
    assert len(moved) == tracks.end - seek.start
    file.seek(seek.start)
    file.write(moved)


def _changed_tracks(head: bytes, tracks: _Element, number: int, size: Size) -> bytes:
    entries = [e for e in _elements(head, tracks.payload, tracks.end) if e.name == _TRACK_ENTRY]
    entry = entries[number]
    video = _child(head, entry.payload, entry.end, _VIDEO)
    stated = (_DISPLAY_WIDTH, _DISPLAY_HEIGHT, _DISPLAY_UNIT)
    kept = b"".join(
        head[e.start : e.end]
        for e in _elements(head, video.payload, video.end)
        if e.name not in stated
    )
    kept += _number(_DISPLAY_WIDTH, size.width) + _number(_DISPLAY_HEIGHT, size.height)
    new_entry = head[entry.payload : video.start] + _element(_VIDEO, kept)
    new_entry += head[video.end : entry.end]
    payload = head[tracks.payload : entry.start]
    payload += _element(_TRACK_ENTRY, new_entry) + head[entry.end : tracks.end]
    return _element(_TRACKS, _checked(payload))


def _moved_seek_head(head: bytes, seek_head: _Element, growth: int) -> bytes:
    """The table of contents with info and tracks `growth` bytes nearer to the beginning."""
    data = bytearray(head[seek_head.start : seek_head.end])
    for seek in _elements(head, seek_head.payload, seek_head.end):
        if seek.name != _SEEK:
            continue
        name = _child(head, seek.payload, seek.end, _SEEK_ID)
        place = _child(head, seek.payload, seek.end, _SEEK_POSITION)
        if int.from_bytes(head[name.payload : name.end], "big") in (_INFO, _TRACKS):
            value = int.from_bytes(head[place.payload : place.end], "big") - growth
            at = place.payload - seek_head.start
            data[at : at + place.end - place.payload] = value.to_bytes(
                place.end - place.payload, "big"
            )
    at = seek_head.payload - seek_head.start
    return bytes(data[:at]) + _checked(bytes(data[at:]))


def _checked(payload: bytes) -> bytes:
    """A payload with its checksum made new, if it begins with one."""
    if payload[:2] != bytes([_CRC, 0x84]):
        return payload
    return payload[:2] + struct.pack("<I", zlib.crc32(payload[6:])) + payload[6:]


def _elements(data: bytes, start: int, end: int, until: int | None = None) -> Iterator[_Element]:
    while start < end:
        name_bytes = _width(data, start)
        payload = start + name_bytes + _width(data, start + name_bytes)
        name = int.from_bytes(data[start : start + name_bytes], "big")
        bits = 7 * (payload - start - name_bytes)
        size = int.from_bytes(data[start + name_bytes : payload], "big") & ((1 << bits) - 1)
        yield _Element(name, start, payload, payload + size)
        if name == until:
            return
        start = payload + size


def _child(data: bytes, start: int, end: int, name: int) -> _Element:
    for element in _elements(data, start, end, until=name):
        if element.name == name:
            return element
    raise ValueError("unexpected Matroska header")


def _width(data: bytes, at: int) -> int:
    """Bytes of a number whose leading zeros say how many it has."""
    if at >= len(data) or data[at] == 0:
        raise ValueError("unexpected Matroska header")
    return 9 - data[at].bit_length()


def _number(name: int, value: int) -> bytes:
    return _element(name, value.to_bytes(-(-value.bit_length() // 8) or 1, "big"))


def _element(name: int, payload: bytes) -> bytes:
    width = next(n for n in range(1, 9) if len(payload) < (1 << (7 * n)) - 1)
    encoded = name.to_bytes(-(-name.bit_length() // 8), "big")
    return encoded + _length(len(payload), width) + payload


def _length(size: int, width: int) -> bytes:
    return (size | 1 << (7 * width)).to_bytes(width, "big")
