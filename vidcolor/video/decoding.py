"""Packets to pictures: damage is survived and counted, seeking is left to the caller to check."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av.error
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..errors import MediaError
from .clock import as_clock
from .containers import MAX_PIXELS, open_input, picture_track, reason, start_time

_ERRORS = (av.error.FFmpegError, OSError)
_PATIENCE = 8
"""Read errors in a row after which the rest of a file is given up."""


class PictureDecoder:
    """Decodes the picture track of a film in order of presentation.

    Attributes:
        container, stream: the open file and its picture track.
        start_time: seconds at which the film begins.
        time_base: seconds per tick of the pictures' timestamps.
        rate: frames per second, None where the file does not say.
        damaged: timestamps of packets and pictures found damaged.
        read_error: why the rest of the file was given up, None while it was not.
        is_cut_short: the file is shorter than its own index says.

    Raises:
        MediaError: the file cannot be opened or has no picture track.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.container = open_input(path)
        try:
            self.stream: VideoStream = picture_track(path, self.container)
        except MediaError:
            self.container.close()
            raise
        self.start_time = start_time(self.container)
        # libav's own rationals lose precision when multiplied with each other: all are made exact
        self.time_base = Fraction(self.stream.time_base or Fraction(1, 1000))
        rate = self.stream.average_rate or self.stream.guessed_rate
        self.rate = Fraction(rate) if rate else None
        self.damaged: set[int | None] = set()
        self.read_error: str | None = None
        context = self.stream.codec_context
        context.options = {"max_pixels": str(MAX_PIXELS)}
        # Threads over frames hide errors next to good pictures, and even some pictures. Where
        # the file is seen to lack its end, the slower and more truthful way is taken.
        self.is_cut_short = _lacks_its_end(path, self.stream)
        self.stream.thread_type = "SLICE" if self.is_cut_short else "AUTO"

    def pictures(self) -> Iterator[VideoFrame]:
        """Pictures from where the file stands to its end."""
        for packet in self._packets():
            # around decode() of one packet: an error inside container.decode() would end it all
            try:
                decoded = packet.decode()
            except av.error.EOFError:
                continue
            except _ERRORS:
                self.damaged.add(packet.pts)
                continue
            if packet.is_corrupt:
                self.damaged.add(packet.pts)
            for picture in decoded:
                if picture.is_corrupt:
                    self.damaged.add(picture.pts)
                yield picture

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

    def notes(self, start: Fraction) -> list[str]:
        """What was damaged, one line each; `start` is the film's start in seconds."""
        notes = []
        if self.damaged:
            times = sorted(p * self.time_base - start for p in self.damaged if p is not None)
            where = ""
            if times:
                where = f" at {as_clock(times[0])}"
                if as_clock(times[-1]) != as_clock(times[0]):
                    where = f" between {as_clock(times[0])} and {as_clock(times[-1])}"
            count = len(self.damaged)
            notes.append(f"{count} damaged frame{'s' if count > 1 else ''}{where}")
        if self.read_error:
            notes.append(f"the rest of the file cannot be read ({self.read_error})")
        return notes

    def _packets(self) -> Iterator[Packet[VideoStream]]:
        failures = 0
        packets = self.container.demux(self.stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
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


def _lacks_its_end(path: Path, stream: VideoStream) -> bool:
    """Whether the container's index points behind the end of the file."""
    entries = stream.index_entries
    if len(entries) == 0:
        return False
    last = entries[-1]
    return bool(last.pos + last.size > path.stat().st_size)
