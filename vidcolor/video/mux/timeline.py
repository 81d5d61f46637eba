"""Times of the finished film: coded pictures of all segments as one track, and its common shift."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import av.error
from av.container import InputContainer
from av.packet import Packet

from ...errors import MediaError
from ...types import VideoInfo
from ..read.containers import open_input
from ..segments.segment import Segment
from .frame_clock import FrameClock, usual_step

_MAY_RESTART = 0x0200  # AVFMT_TS_DISCONT: transport streams start their clock anywhere
_SEARCH_PACKETS = 2000


def picture_packets(
    segments: Sequence[Segment], clock: FrameClock, end_pts: int, *, fill_end: bool
) -> Iterator[Packet]:
    """Packets of all segments in decoding order, with the film's own times.

    Decoding times are made anew: the k-th packet is decoded when the picture `reorder` places
    before the k-th is shown. Those of the encoder are right within a segment only, and may run
    backwards where two segments with different frame intervals meet.

    Args:
        segments: all segments of the film in order.
        clock: in whose ticks pts, dts and durations are given.
        end_pts: where the last frame ends, in ticks of the source.
        fill_end: the muxer adds up decoding intervals to get the length of the track (mp4, mov);
            with B-frames and uneven intervals it would come out too short, so that players stop
            before the end. The last packet is then given what is missing.
    """
    delay = max(segment.reorder for segment in segments)
    first, last = (clock.ticks(p) for p in (segments[0].first_pts, segments[-1].last_pts))
    end, step = clock.ticks(end_pts), clock.step
    waiting: list[int] = []
    held: Packet | None = None
    for number, packet in enumerate(_coded(segments, clock.source_base)):
        assert packet.pts is not None
        packet.pts, packet.time_base = clock.ticks(packet.pts), clock.time_base
        heapq.heappush(waiting, packet.pts)
        if number < delay:
            packet.dts = first - (delay - number) * step
        else:
            packet.dts = heapq.heappop(waiting)
        packet.duration = end - last if packet.pts == last else step
        if held is not None:
            yield held
        held = packet
    if held is None:
        return
    pts, dts, duration = held.pts or 0, held.dts or 0, held.duration or 0
    if fill_end and dts + duration + delay * step < end:
        held.dts, held.duration = pts, end - pts
    yield held


def may_restart(source: InputContainer) -> bool:
    """Whether a film's clock may start anywhere, and again within the film."""
    return bool(source.format.flags & _MAY_RESTART)


def end_of_picture(info: VideoInfo, last_pts: int) -> int:
    """When the frame shown at `last_pts` ends: at the next frame of the source, or as it says.

    Falls back on the usual step where the source does not tell, as with made-up timestamps.
    """
    fallback = last_pts + usual_step(info)
    following: int | None = None
    duration = 0
    with open_input(info.path, info.rate) as source:
        stream = source.streams[info.stream_index]
        try:
            source.seek(last_pts, stream=stream, backward=True)
            for count, packet in enumerate(source.demux(stream)):
                if packet.size == 0 or packet.pts is None:
                    continue
                if packet.pts == last_pts:
                    duration = packet.duration or 0
                elif packet.pts > last_pts:
                    following = min(packet.pts, following or packet.pts)
                is_past = packet.dts is not None and packet.dts > last_pts
                if (following is not None and is_past) or count > _SEARCH_PACKETS:
                    break
        except av.error.FFmpegError:
            return fallback
    if following is not None:
        return following
    return last_pts + duration if duration > 0 else fallback


@dataclass(frozen=True, slots=True)
class Span:
    """The part of the source that is written, and where its times go. All in seconds.

    Attributes:
        begin: where tracks are cut at the front, None = not at all.
        end: where tracks are cut at the back, None = not at all.
        shift: added to every timestamp of every track.
    """

    begin: Fraction | None
    end: Fraction | None
    shift: Fraction

    def holds(self, start: Fraction, end: Fraction) -> bool:
        """Whether something from `start` to `end` is heard or seen within the span."""
        if self.begin is not None and end <= self.begin and start < self.begin:
            return False
        return self.end is None or start < self.end

    def clip(self, start: Fraction, end: Fraction) -> tuple[Fraction, Fraction]:
        """`start` and `end`, not before the span's begin and not after its end."""
        if self.begin is not None:
            start = max(start, self.begin)
        return start, end if self.end is None else min(end, self.end)


def film_span(
    info: VideoInfo, first_pts: int, end_pts: int, *, trim_start: bool, trim_end: bool
) -> Span:
    """The span of a film whose pictures are shown from `first_pts` to `end_pts`.

    A range begins at 0; transport streams, whose clock starts anywhere, too. All other films keep
    their times, unless a picture is shown before 0, where containers cannot hold it.
    """
    first = first_pts * info.time_base
    with open_input(info.path, info.rate) as source:
        shift = -info.start_time if may_restart(source) else Fraction(0)
    if trim_start or first + shift < 0:
        shift = -first
    return Span(
        begin=first if trim_start else None,
        end=end_pts * info.time_base if trim_end else None,
        shift=shift,
    )


def _coded(segments: Sequence[Segment], time_base: Fraction) -> Iterator[Packet]:
    """Packets of all segments with the film's pts."""
    for segment in segments:
        count = 0
        with open_input(segment.path) as file:
            stream = file.streams.video[0]
            assert stream.time_base is not None
            scale = stream.time_base / time_base
            offset: int | None = None
            for packet in file.demux(stream):
                if packet.size == 0 or packet.pts is None:
                    continue
                if offset is None:
                    offset = packet.pts
                packet.pts = segment.first_pts + round((packet.pts - offset) * scale)
                packet.time_base = time_base
                count += 1
                yield packet
        if count != segment.frames:
            raise MediaError(
                f"{segment.path}: {count} of {segment.frames} pictures can be read",
                hint="run the same command again: damaged parts are done again",
            )
