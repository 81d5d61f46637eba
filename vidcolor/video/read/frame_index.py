"""Which picture of a film is shown when: numbers of frames <-> timestamps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av.error
import numpy as np

from ...config import Position
from .clock import Clock
from .decoding import PictureDecoder

# Packets of VP8 may decode to nothing (hidden reference pictures).
_PACKET_IS_NO_PICTURE = ("vp8",)


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """Timestamps of all pictures of a film, in ticks, increasing.

    Attributes:
        pts: int64 `(frames,)`.
        time_base: seconds per tick.
        start_time: seconds of the film's start.
    """

    pts: np.ndarray
    time_base: Fraction
    start_time: Fraction

    def __len__(self) -> int:
        return len(self.pts)

    def number(self, position: Position) -> int:
        """Number of the frame at a position: for a time, the first shown at it or later."""
        if isinstance(position, int):
            return position
        ticks = (position + self.start_time) / self.time_base
        return int(np.searchsorted(self.pts, -(-ticks.numerator // ticks.denominator)))

    def shown(self, number: int) -> Fraction:
        """Seconds from the film's start at which a frame is shown."""
        return int(self.pts[number]) * self.time_base - self.start_time


def index_packets(
    path: Path, first_pts: int | None, rate: Fraction | None = None
) -> FrameIndex | None:
    """An index read from the packets alone: one pass through the file, nothing is decoded.

    Args:
        path: the film.
        first_pts: timestamp of the first picture the decoder gives; packets before it (leading
            pictures of an open group) are never shown.
        rate: see `open_input`.

    Returns:
        None where packets do not tell the pictures: timestamps missing, doubled or jumping back,
        damage, or a codec that hides pictures.
    """
    decoder = PictureDecoder(path, rate)
    try:
        stream = decoder.stream
        if first_pts is None or stream.codec_context.name in _PACKET_IS_NO_PICTURE:
            return None
        times: list[int] = []
        last_dts: int | None = None
        for packet in decoder.container.demux(stream):
            if packet.size == 0:
                continue
            if packet.pts is None or packet.is_corrupt:
                return None
            if packet.dts is not None:
                if last_dts is not None and packet.dts < last_dts:
                    return None
                last_dts = packet.dts
            if not packet.is_discard and packet.pts >= first_pts:
                times.append(packet.pts)
        return _checked(times, first_pts, decoder)
    except (av.error.FFmpegError, OSError):
        return None
    finally:
        decoder.close()


def index_pictures(path: Path, rate: Fraction | None = None) -> FrameIndex:
    """An index made by decoding the whole film: slow, and right for every file."""
    decoder = PictureDecoder(path, rate)
    try:
        clock = Clock(decoder.time_base, rate or decoder.rate, decoder.start_time)
        times = [clock.stamp(picture.pts) for picture in decoder.pictures()]
        return FrameIndex(np.array(times, np.int64), decoder.time_base, decoder.start_time)
    finally:
        decoder.close()


def index_film(path: Path, rate: Fraction | None = None) -> FrameIndex:
    """An index of a whole film, by its packets where they tell the pictures.

    Raises:
        MediaError: the film cannot be read.
    """
    decoder = PictureDecoder(path, rate)
    try:
        first = next(decoder.pictures(), None)
    finally:
        decoder.close()
    first_pts = None if first is None else first.pts
    return index_packets(path, first_pts, rate) or index_pictures(path, rate)


def _checked(times: Iterable[int], first_pts: int, decoder: PictureDecoder) -> FrameIndex | None:
    pts = np.sort(np.fromiter(times, np.int64))
    if len(pts) == 0 or pts[0] != first_pts or (np.diff(pts) <= 0).any():
        return None
    return FrameIndex(pts, decoder.time_base, decoder.start_time)
