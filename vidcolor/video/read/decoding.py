"""Packets to pictures: damage is survived and counted, seeking is left to the caller to check."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ...errors import MediaError
from ...timecode import as_clock
from .containers import MAX_PIXELS, open_input, picture_track, reason, start_time
from .rate import usual_rate

_ERRORS = (av.error.FFmpegError, OSError)
_PATIENCE = 8
"""Read errors in a row after which the rest of a file is given up."""

_PICTURE_A_PACKET = frozenset(["h264", "hevc", "mpeg2video", "av1", "vp9", "ffv1", "prores"])
"""Codecs whose every packet is one picture that is shown (fields of one picture aside)."""


class PictureDecoder:
    """Decodes the picture track of a film in order of presentation.

    Args:
        path: the film.
        rate: frames a second where the film has no times, see `open_input`.

    Attributes:
        container, stream: the open file and its picture track.
        start_time: seconds at which the film begins.
        time_base: seconds per tick of the pictures' timestamps.
        rate: frames per second, None where the file does not say.
        damaged: timestamps of packets and pictures found damaged.
        read_error: why the rest of the file was given up, None while it was not.
        track_start: timestamp at which the header lets the track begin.
        is_cut_short: the file is shorter than its own index says.

    Raises:
        MediaError: the file cannot be opened or has no picture track.
    """

    def __init__(self, path: Path, rate: Fraction | None = None) -> None:
        self._path = path
        self.container = open_input(path, rate)
        try:
            self.stream: VideoStream = picture_track(path, self.container)
        except MediaError:
            self.container.close()
            raise
        self.start_time = start_time(self.container)
        # libav makes one up later, of the first packet with a decoding time
        self.track_start: int = self.stream.start_time or 0
        # libav's own rationals lose precision when multiplied with each other: all are made exact
        self.time_base = Fraction(self.stream.time_base or Fraction(1, 1000))
        self.rate = usual_rate(path, self.stream)
        self.damaged: set[int | None] = set()
        self.read_error: str | None = None
        context = self.stream.codec_context
        context.options = {"max_pixels": str(MAX_PIXELS)}
        # More threads hide errors and even pictures, and repair damaged pictures differently
        # each time, so that a run taken up again would end in another film. Encoding takes many
        # times as long anyway.
        context.thread_count = 1
        self.is_cut_short = _lacks_its_end(self.container, self.stream)
        self._sent: list[int] | None = [] if context.name in _PICTURE_A_PACKET else None

    def pictures(self) -> Iterator[VideoFrame]:
        """Pictures from where the file stands to its end."""
        first: int | None = None
        if self._sent:
            self._sent.clear()
        for packet in self._packets():
            if self._sent is not None and packet.pts is not None and not packet.is_discard:
                heapq.heappush(self._sent, packet.pts)
            # around decode() of one packet: an error inside container.decode() would end it all
            try:
                decoded = packet.decode()
            except av.error.EOFError:
                continue
            except MemoryError:
                raise  # no damage of the film
            except _ERRORS:
                self.damaged.add(packet.pts)
                continue
            if packet.is_corrupt:
                self.damaged.add(packet.pts)
            for picture in decoded:
                if picture.is_corrupt:
                    self.damaged.add(picture.pts)
                first = picture.pts if first is None else first
                self._miss(first, picture)
                yield picture
        self._miss(first, None)

    def seek(self, pts: int) -> bool:
        """Asks libav to go to the last key frame before `pts`; where it lands must be checked."""
        try:
            self.container.seek(pts, stream=self.stream, backward=True)
        except _ERRORS:
            return False
        return True

    def close(self) -> None:
        """Closes the file; pictures already handed out stay valid."""
        self.container.close()

    def damaged_times(self) -> list[Fraction]:
        """Seconds from the film's start at which something is damaged, in order."""
        times = (p * self.time_base - self.start_time for p in self.damaged if p is not None)
        return sorted(times)

    def warnings(self) -> list[str]:
        """What was damaged, one line each."""
        warnings = []
        if self.damaged:
            where = ""
            if times := self.damaged_times():
                first, last = as_clock(times[0]), as_clock(times[-1])
                where = f" at {first}" + (f"-{last}" if last != first else "")
            count = len(self.damaged)
            warnings.append(f"{count} damaged frame{'s' if count > 1 else ''}{where}")
        if self.read_error:
            warnings.append(f"the rest of the file cannot be read ({self.read_error})")
        return warnings

    def _miss(self, first: int | None, shown: VideoFrame | None) -> None:
        """Counts pictures as damaged that went in before `shown` and will not come out.

        Args:
            first: timestamp of the first picture that came out; those before it lean on pictures
                that are not in the file, or were jumped over.
            shown: the picture that has come out, None at the end of the file.
        """
        if self._sent is None or first is None:
            return
        if shown is not None and (shown.pts is None or shown.interlaced_frame):
            self._sent = None  # every field may be a packet of its own
            return
        while self._sent and (shown is None or self._sent[0] <= cast(int, shown.pts)):
            pts = heapq.heappop(self._sent)
            if pts > first and (shown is None or pts != shown.pts):
                self.damaged.add(pts)

    def _packets(self) -> Iterator[Packet[VideoStream]]:
        failures = 0
        packets = self.container.demux(self.stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except MemoryError:
                raise  # no damage of the film
            except _ERRORS as err:
                failures += 1
                if failures >= _PATIENCE:
                    self.read_error = reason(err)
                    break
                # the generator is dead after an error, the container is not
                packets = self.container.demux(self.stream)
                continue
            failures = 0
            yield packet
        flush = Packet()
        flush.stream = self.stream
        yield cast("Packet[VideoStream]", flush)


def _lacks_its_end(container: InputContainer, stream: VideoStream) -> bool:
    """Whether the container's index points behind the end of the file."""
    entries = stream.index_entries
    if len(entries) == 0:
        return False
    last = entries[-1]
    return bool(last.pos + last.size > container.size)
