"""Fills up transport streams that are too short to be recognized as such."""

from __future__ import annotations

from pathlib import Path

_PACKET_BYTES = 188
_LEAST_PACKETS = 100
_NULL_PACKET = b"\x47\x1f\xff\x10" + b"\xff" * (_PACKET_BYTES - 4)
"""Packets with this number are thrown away by every reader (ISO 13818-1)."""


def pad_transport_stream(path: Path) -> None:
    """Adds null packets to a film of a few kilobytes: it has no header that says what it is.

    Args:
        path: a complete MPEG-TS file.

    Raises:
        OSError: the disk is full.
    """
    missing = _LEAST_PACKETS - path.stat().st_size // _PACKET_BYTES
    if missing > 0:
        with path.open("ab") as file:
            file.write(missing * _NULL_PACKET)
