"""Packets of one track, small enough to keep those of a whole film."""

from __future__ import annotations

import contextlib
import hashlib
import re
from array import array
from collections.abc import Collection
from fractions import Fraction
from typing import cast

import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from ..mux.timeline import may_restart
from ..plan.tracks import codec_name

_LEAD_S = 30
"""Tracks of a file are interleaved within this."""

_NO_TEXT_BYTES = 2

_JUMP_S = Fraction(1, 10)
"""A step back by more than this is another clock, less is jitter. As the reader has it."""


class TrackPackets:
    """What is compared of a track's packets, 16 bytes each.

    Args:
        stream: the track.

    Attributes:
        base: seconds per tick.
        ticks: times at which packets are shown or heard.
        marks: hashes of their bytes, empty where those are not compared.
        restarts: the clock jumps back: the reader then lets frames go on without a gap.
        is_pcm: samples without frames, whose grouping into packets is up to every muxer.
        sizes: bytes of each packet, of PCM only.
        samples: hash of the bytes of all packets, of PCM only.
        byte_rate: bytes a second of PCM, None where it is not known.
    """

    def __init__(self, stream: Stream) -> None:
        self.base = Fraction(stream.time_base or 1)
        self.ticks = array("q")
        self.marks = array("Q")
        self.restarts = False
        self.is_pcm = stream.type == "audio" and codec_name(stream).startswith("pcm_")
        self.sizes = array("q")
        self.samples = hashlib.blake2b()
        self.byte_rate = _byte_rate(cast(AudioStream, stream)) if self.is_pcm else None
        self._last: int | None = None

    def add(self, packet: Packet, ticks: int, *, marked: bool) -> None:
        """Takes note of a packet."""
        self.ticks.append(ticks)
        if packet.dts is not None:
            back = 0 if self._last is None else self._last - packet.dts
            self.restarts = self.restarts or back * self.base > _JUMP_S
            self._last = packet.dts
        if marked:
            digest = hashlib.blake2b(packet, digest_size=8).digest()
            self.marks.append(int.from_bytes(digest, "little"))
        if self.is_pcm:
            self.sizes.append(packet.size)
            self.samples.update(packet)

    def time(self, number: int) -> Fraction:
        """Seconds at which a packet is shown or heard."""
        return self.ticks[number] * self.base

    def in_order(self, first: Fraction | None = None, last: Fraction | None = None) -> TrackPackets:
        """Sorted by time, only those from `first` to `last` seconds."""
        self.ticks = array("q", sorted(t for t in self.ticks if self._is_within(t, first, last)))
        return self

    def has_any(self, first: Fraction | None = None, last: Fraction | None = None) -> bool:
        """Whether a packet lies between two times in seconds."""
        return any(self._is_within(t, first, last) for t in self.ticks)

    def _is_within(self, ticks: int, first: Fraction | None, last: Fraction | None) -> bool:
        time = ticks * self.base
        return (first is None or time >= first) and (last is None or time <= last)


def _byte_rate(stream: AudioStream) -> int | None:
    """By the bits of a sample that the codec is named after: pcm_s24le is decoded to 32."""
    bits = re.match(r"pcm_(?:[suf](\d+)(?:le|be)?(?:_planar)?|(?:alaw|mulaw))$", codec_name(stream))
    if bits is None:
        return None
    context = stream.codec_context
    return int(bits[1] or 8) // 8 * context.layout.nb_channels * context.sample_rate or None


def read_packets(
    film: InputContainer,
    indices: Collection[int],
    colored: int,
    near: tuple[Fraction | None, Fraction | None] = (None, None),
    *,
    near_only: bool = False,
) -> dict[int, TrackPackets]:
    """Reads the packets of some tracks.

    Args:
        film: an open file, read to its end.
        indices: of the tracks.
        colored: index of the video track whose bytes are not compared.
        near: seconds from and to which packets are wanted; some around them are read too, all of a
            file whose clock may start anew.
        near_only: such a file is not read further than others.

    Raises:
        FFmpegError: the file cannot be read.
    """
    found = {index: TrackPackets(film.streams[index]) for index in indices}
    begin, end = near if near_only or not may_restart(film) else (None, None)
    if begin is not None and begin > _LEAD_S:
        with contextlib.suppress(av.error.FFmpegError):
            film.seek(int((begin - _LEAD_S) * 1_000_000), backward=True)
    for packet in film.demux([film.streams[index] for index in found]):
        ticks = packet.pts if packet.pts is not None else packet.dts
        if packet.size == 0 or ticks is None:
            continue
        if packet.stream.type == "subtitle" and packet.size <= _NO_TEXT_BYTES:
            continue  # MP4 has packets for the times without a text
        if packet.is_discard and packet.stream.type == "video":
            continue  # hidden by an edit list; in sound that is the encoder's priming
        if end is not None and ticks * packet.time_base > end + _LEAD_S:
            break
        index = packet.stream.index
        found[index].add(packet, ticks, marked=index != colored)
    return found
