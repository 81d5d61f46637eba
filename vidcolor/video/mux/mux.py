"""Puts the film together: colored video and all other tracks, in one pass over the source."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream

from ...errors import MediaError
from ...files import remove, replace_whole
from ...types import VideoInfo
from ..plan.matroska import set_display_size
from ..plan.place import IMAGES
from ..plan.plan import OutputPlan
from ..plan.tracks import Track
from ..read.containers import libav_name, open_input, reason
from ..segments.segment import Segment
from ..segments.sink import write_error
from .clock_jumps import ClockJumps
from .frame_clock import frame_clock
from .gif import write_gif
from .layout import Layout
from .padding import pad_transport_stream
from .picture_files import write_pictures
from .timeline import Span, end_of_picture, film_span, may_restart, picture_packets

_LEAD_S = 30
"""A subtitle that is shown when a range begins has not begun earlier than this before it."""

_SAMPLES: Mapping[str, int] = {"aac": 1024, "mp2": 1152, "mp3": 1152, "ac3": 1536, "eac3": 1536}
"""Samples in a packet of codecs where all packets hold as many."""

_TAIL_S = 10
"""Tracks of a file are interleaved within this; later packets cannot belong to a range."""


def assemble(
    info: VideoInfo,
    plan: OutputPlan,
    segments: Sequence[Segment],
    *,
    trim_start: bool = False,
    trim_end: bool = False,
    publish: Callable[[Path, Path], None] = replace_whole,
) -> list[str]:
    """Writes the finished film under its name, or nothing.

    Args:
        info: the film that was read.
        plan: what is to be written.
        segments: the colored frames, complete and in order.
        trim_start: the frames begin inside the film: other tracks are cut there, and all times
            shifted so that the range begins at 0.
        trim_end: the frames end inside the film: other tracks end with them.
        publish: renames the whole file (first path) to the output (second path).

    Returns:
        What was lost on the way, one line each.

    Raises:
        MediaError: no frames, a full disk, a damaged segment. The output is then as it was
            before, and the segments are still there.
    """
    if not segments:
        raise MediaError(f"{info.path}: no frame was written")
    end_pts = end_of_picture(info, segments[-1].last_pts)
    span = film_span(info, segments[0].first_pts, end_pts, trim_start=trim_start, trim_end=trim_end)
    part = segments[0].path.with_name(f"film{plan.output.suffix}.part")
    try:
        if plan.container in IMAGES:
            write_pictures(info, plan, segments, part)
            publish(part, plan.output)
            return []
        if plan.container == "gif":
            write_gif(plan, segments, end_pts, part)
            publish(part, plan.output)
            return []
        with contextlib.ExitStack() as stack:
            source = stack.enter_context(open_input(info.path, info.rate))
            output = av.open(
                libav_name(part),
                "w",
                format=plan.container,
                container_options=dict(plan.container_options),
            )
            stack.callback(_close_quietly, output)
            clock = frame_clock(info, segments, plan.container)
            plan = replace(plan, time_base=clock.time_base)
            layout = Layout(output, plan, info, source, segments, span)
            muxer = _Muxer(output, plan, layout, span, ClockJumps(info, source, span.end))
            pictures = picture_packets(
                segments, clock, end_pts, fill_end=plan.container in ("mp4", "mov")
            )
            muxer.write(pictures, source)
            output.close()
        if plan.container == "mpegts":
            pad_transport_stream(part)
        if plan.display_size is not None:
            with part.open("r+b") as file:
                set_display_size(file, layout.track_number, plan.display_size)
        publish(part, plan.output)
    except BaseException as err:
        remove(part)
        if isinstance(err, (av.error.FFmpegError, OSError, ValueError)):
            raise write_error(err, plan.output) from err
        raise
    return muxer.notes


class _Muxer:
    """Merges tracks by decoding time, so that the muxer has little to hold back."""

    def __init__(
        self,
        output: OutputContainer,
        plan: OutputPlan,
        layout: Layout,
        span: Span,
        clock_jumps: ClockJumps,
    ) -> None:
        self._output, self._plan, self._layout, self._span = output, plan, layout, span
        self._clock_jumps = clock_jumps
        self._last_dts: dict[int, int] = {}
        self._first: dict[int, Fraction] = {}
        self._last_sound: dict[int, Fraction] = {}
        self._lost: dict[str, int] = {}
        self._early_end: str | None = None

    @property
    def notes(self) -> list[str]:
        """What was lost on the way, one line each."""
        lost = [f"{label}: {n} damaged packets left out" for label, n in self._lost.items()]
        return lost + ([self._early_end] if self._early_end else [])

    def write(self, pictures: Iterator[Packet], source: InputContainer) -> None:
        """Writes all packets."""
        layout = self._layout
        for stream, packet in layout.covers:
            packet.stream, packet.pts, packet.dts = stream, 0, 0
            self._output.mux(packet)
        picture = next(pictures, None)
        for packet, track in self._other_packets(source):
            when = _seconds(packet, packet.dts)
            while picture is not None and _seconds(picture, picture.dts) <= when:
                self._put_picture(picture)
                picture = next(pictures, None)
            self._put_other(packet, track)
        for track in self._plan.tracks:
            if track.index in layout.converters:
                for packet in layout.converters[track.index].finish():
                    self._put_carefully(packet, track)
        while picture is not None:
            self._put_picture(picture)
            picture = next(pictures, None)

    def _other_packets(self, source: InputContainer) -> Iterator[tuple[Packet, Track]]:
        """Packets of the tracks that are kept, cut to the span, in the file's order."""
        tracks = {t.index: t for t in self._plan.tracks if t.index in self._layout.others}
        if not tracks:
            return
        self._go_near_begin(source)
        packets = source.demux([source.streams[index] for index in tracks])
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError as err:
                self._early_end = f"audio and subtitles end early: {reason(err)}"
                return
            if packet is None:
                return
            if packet.size == 0 or (packet.pts is None and packet.dts is None):
                continue
            self._clock_jumps.move(packet)
            start = _seconds(packet, packet.pts)
            if self._span.end is not None and start > self._span.end + _TAIL_S:
                return
            if self._span.holds(start, start + _length(packet)):
                yield packet, tracks[packet.stream.index]

    def _go_near_begin(self, source: InputContainer) -> None:
        """Seeks close to the start of the range, where seeking can be relied on."""
        begin = self._span.begin
        if begin is None or begin < _LEAD_S or may_restart(source):
            return
        try:
            source.seek(int((begin - _LEAD_S) * 1_000_000), backward=True)
        except av.error.FFmpegError:
            source.seek(0)

    def _put_picture(self, packet: Packet) -> None:
        bitstream_filter = self._layout.filter
        for ready in bitstream_filter.filter(packet) if bitstream_filter else [packet]:
            self._put(ready, self._layout.pictures)

    def _put_other(self, packet: Packet, track: Track) -> None:
        if track.kind == "subtitle":
            self._clip(packet)
        elif track.kind == "audio" and not packet.duration:
            # MP4 would end the track where its last packet begins, and not play that one
            packet.duration = _usual_length(packet) or self._since_last(packet)
        converter = self._layout.converters.get(track.index)
        for ready in [packet] if converter is None else converter.convert(packet):
            self._put_carefully(ready, track)

    def _since_last(self, packet: Packet) -> int:
        """Ticks since the packet before of the same track: the next guess at how long one lasts."""
        when = _seconds(packet, packet.dts)
        last = self._last_sound.get(packet.stream.index)
        self._last_sound[packet.stream.index] = when
        return 0 if last is None else max(0, round((when - last) / packet.time_base))

    def _put_carefully(self, packet: Packet, track: Track) -> None:
        try:
            self._put(packet, self._layout.others[track.index])
        except (av.error.InvalidDataError, av.error.ArgumentError):
            # hours of work must not be lost to one bad packet of sound
            self._lost[track.label] = self._lost.get(track.label, 0) + 1

    def _clip(self, packet: Packet) -> None:
        """Begins and ends a subtitle with the span."""
        if packet.pts is None or not packet.duration:
            return
        start = _seconds(packet, packet.pts)
        start, end = self._span.clip(start, start + _length(packet))
        packet.pts = packet.dts = round(start / packet.time_base)
        packet.duration = max(0, round((end - start) / packet.time_base))

    def _shift(self, packet: Packet, target: Stream) -> Fraction:
        """Seconds to be added to a packet's times."""
        if self._plan.container != "avi":
            return self._span.shift
        # the plan has made sure that tracks begin within a frame of each other
        return self._first.setdefault(target.index, -_seconds(packet, packet.pts))

    def _put(self, packet: Packet, target: Stream) -> None:
        """Hands a packet to the muxer, its times shifted and in the track's own ticks."""
        unit = Fraction(target.time_base or packet.time_base)
        shift = self._shift(packet, target)
        pts = round((_seconds(packet, packet.pts) + shift) / unit)
        dts = round((_seconds(packet, packet.dts) + shift) / unit)
        last = self._last_dts.get(target.index)
        if last is not None and dts <= last:
            # rounding, or a clock that ran backwards: the muxer would refuse the packet
            dts = last if self._plan.container in ("matroska", "webm") else last + 1
            pts = max(pts, dts)
        self._last_dts[target.index] = dts
        packet.duration = round(_length(packet) / unit)
        packet.stream, packet.time_base = target, unit
        packet.pts, packet.dts = pts, dts
        self._output.mux(packet)


def _seconds(packet: Packet, ticks: int | None) -> Fraction:
    """A time of a packet in seconds; where it has no such time, its other one."""
    if ticks is None:
        ticks = packet.pts if packet.pts is not None else packet.dts
    assert ticks is not None
    return ticks * packet.time_base


def _length(packet: Packet) -> Fraction:
    return (packet.duration or 0) * packet.time_base


def _usual_length(packet: Packet) -> int:
    """Ticks for which a packet of sound lasts by its codec; 0 where that varies."""
    context = cast(AudioStream, packet.stream).codec_context
    # in damaged films libav does not find the size out
    samples = context.frame_size or _SAMPLES.get(context.codec.canonical_name, 0)
    if not (samples and context.sample_rate):
        return 0
    return round(Fraction(samples, context.sample_rate) / packet.time_base)


def _close_quietly(output: OutputContainer) -> None:
    with contextlib.suppress(av.error.FFmpegError, OSError, ValueError):
        output.close()
