"""Recordings in one file, one after the other: where each begins, how far its clock is moved.

The reader continues without a gap where the clock of the frames jumps back. Audio and subtitles
must move with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from av.container import InputContainer
from av.packet import Packet

from ...types import VideoInfo
from ..read.containers import open_input
from .frame_clock import usual_step
from .timeline import may_restart

_JUMP_S = Fraction(1, 10)
"""A step back by more than this is another clock, less is jitter. As the reader has it."""

_NEAR_BYTES = 1 << 20
"""Tracks of a recording begin within this of each other."""

_SPARE_S = 60
"""More than the tracks of a file lie apart."""


@dataclass(frozen=True, slots=True)
class _Recording:
    """One of the recordings in a file.

    Attributes:
        position: byte of its first frame in the file.
        shift: seconds added to its times.
    """

    position: int
    shift: Fraction


class ClockJumps:
    """Moves the packets of other tracks as the reader moves the frames.

    Args:
        info: the film that is read.
        source: it, open. Files of one recording cost nothing; of others, the video is scanned.
        until: seconds after which no packet is asked for, with some to spare; None = all are.
    """

    def __init__(
        self, info: VideoInfo, source: InputContainer, until: Fraction | None = None
    ) -> None:
        self._recordings = _find(info, until) if may_restart(source) else []
        self._last: dict[int, Fraction] = {}
        self._number: dict[int, int] = {}

    def move(self, packet: Packet) -> None:
        """Changes a packet's times in place; packets of a track come in the file's order."""
        if len(self._recordings) < 2:
            return
        ticks = packet.dts if packet.dts is not None else packet.pts
        if ticks is None:
            return
        index, when = packet.stream.index, ticks * packet.time_base
        number = self._number.get(index, 0)
        last = self._last.get(index)
        has_jumped = last is not None and last - when > _JUMP_S
        while number + 1 < len(self._recordings):
            begin = self._recordings[number + 1].position
            behind = (packet.pos or 0) - begin
            if not (has_jumped and behind > -_NEAR_BYTES) and behind < _NEAR_BYTES:
                break
            number, has_jumped = number + 1, False
        self._number[index], self._last[index] = number, when
        shift = round(self._recordings[number].shift / packet.time_base)
        if packet.pts is not None:
            packet.pts += shift
        if packet.dts is not None:
            packet.dts += shift


def _find(info: VideoInfo, until: Fraction | None) -> list[_Recording]:
    """The recordings of a file, by the decoding times of its frames."""
    step = usual_step(info)
    recordings: list[_Recording] = []
    last: int | None = None
    shift = end = 0
    with open_input(info.path, info.rate) as source:
        for packet in source.demux(source.streams[info.stream_index]):
            if packet.size == 0 or packet.pts is None or packet.dts is None:
                continue
            if last is None or (last - packet.dts) * info.time_base > _JUMP_S:
                if recordings:
                    shift = end + step - packet.pts
                recordings.append(_Recording(packet.pos or 0, shift * info.time_base))
                end = packet.pts + shift
            end = max(end, packet.pts + shift)
            last = packet.dts
            if until is not None and end * info.time_base > until + _SPARE_S:
                break
    return recordings
