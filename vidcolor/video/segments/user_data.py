"""User data of frames (closed captions, active format) in coded H.264 and HEVC."""

from __future__ import annotations

from collections.abc import Sequence

_H264, _HEVC = "h264", "hevc"
_START = b"\x00\x00\x01"
_T35 = 4  # SEI payload: user data registered by ITU-T T.35 (H.264 D.1.6, H.265 D.2.6)


def with_user_data(packet: bytes, codec: str, payloads: Sequence[bytes]) -> bytes:
    """A coded frame with user data in front of its first slice.

    Args:
        packet: in Annex B form, as encoders give it.
        codec: of the encoder, by libav's name.
        payloads: T.35 messages.
    """
    kind = _HEVC if "265" in codec or "hevc" in codec else _H264
    place = _first_slice(packet, kind)
    if place is None:
        return packet
    units = b"".join(_unit(payload, kind) for payload in payloads)
    return packet[:place] + units + packet[place:]


def _first_slice(packet: bytes, kind: str) -> int | None:
    """Where the start code of the first coded slice lies."""
    place = packet.find(_START)
    while 0 <= place < len(packet) - 3:
        head = packet[place + 3]
        is_slice = 1 <= (head & 0x1F) <= 5 if kind == _H264 else (head >> 1) & 0x3F < 32
        if is_slice:
            return place - 1 if place and packet[place - 1] == 0 else place
        place = packet.find(_START, place + 3)
    return None


def _unit(payload: bytes, kind: str) -> bytes:
    """One NAL unit with one message, a byte put in wherever a start code would come about."""
    size = b"\xff" * (len(payload) // 255) + bytes([len(payload) % 255])
    body = bytes([_T35]) + size + payload + b"\x80"
    safe, zeros = bytearray(), 0
    for byte in body:
        if zeros >= 2 and byte <= 3:
            safe.append(3)
            zeros = 0
        safe.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    header = b"\x06" if kind == _H264 else b"\x4e\x01"
    return b"\x00" + _START + header + bytes(safe)
