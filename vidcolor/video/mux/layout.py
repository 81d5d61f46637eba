"""The output's tracks, tags and chapters: everything up to and with its header."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import AttachmentStream, Disposition, Stream
from av.subtitles.stream import SubtitleStream
from av.video.stream import VideoStream

from ...types import VideoInfo
from ..plan.header import add_video_track
from ..plan.plan import OutputPlan, kept_tags
from ..plan.sound import SoundConverter, copied_track
from ..plan.tracks import Track, cover_file
from ..read.containers import open_input, readable
from ..segments.segment import Segment
from .subtitles import TextConverter
from .timeline import Span

if TYPE_CHECKING:
    from av.container.core import Chapter


class Layout:
    """The tracks of a film that is written, made in the source's order.

    Args:
        output: the film, just opened.
        plan: what is to be written.
        info: the film that is read.
        source: it, open.
        segments: coded frames; the first one says how they are coded.
        span: the part that is written.

    Attributes:
        pictures: the colored video track.
        others: the other tracks by their index in the source, attachments and covers left out.
        converters: of tracks that are converted, by index in the source.
        covers: images to be written before everything else, with their tracks.
        filter: what coded frames must pass on their way to the muxer, None = nothing.
    """

    def __init__(
        self,
        output: OutputContainer,
        plan: OutputPlan,
        info: VideoInfo,
        source: InputContainer,
        segments: Sequence[Segment],
        span: Span,
    ) -> None:
        self._output, self._plan, self._info = output, plan, info
        self.others: dict[int, Stream] = {}
        self.converters: dict[int, TextConverter | SoundConverter] = {}
        self.covers: list[tuple[Stream, Packet]] = []
        self.filter: BitStreamFilterContext | None = None
        output.metadata.update(plan.metadata)
        if plan.chapters:
            output.set_chapters(kept_chapters(source, span))
        kept = {track.index: track for track in plan.tracks}
        for stream in source.streams:
            if stream.index == info.stream_index:
                self.pictures = self._add_pictures(stream, segments[0])
            elif stream.index in kept:
                self._add_other(stream, kept[stream.index])
        output.start_encoding()

    @property
    def track_number(self) -> int:
        """Number of the colored track among all but attachments, from 0."""
        before = list(self._output.streams)[: self.pictures.index]
        return sum(stream.type != "attachment" for stream in before)

    def _add_pictures(self, source: Stream, segment: Segment) -> VideoStream:
        plan = self._plan
        with open_input(segment.path) as file:
            coded = file.streams.video[0]
            stream = add_video_track(self._output, coded, plan)
            if plan.container == "mpegts":
                # a transport stream has no header: every key frame must carry it
                self.filter = BitStreamFilterContext("dump_extra", coded)
        stream.disposition = source.disposition
        return stream

    def _add_other(self, source: Stream, track: Track) -> None:
        if track.kind == "attachment":
            tags = readable(source.metadata)
            name, mime = tags.get("filename", "file"), tags.get("mimetype")
            data = cast(AttachmentStream, source).data
            self._output.add_attachment(name, mime or "application/octet-stream", data)
        elif track.kind == "cover":
            self._add_cover(source)
        else:
            stream = self._other_stream(source, track)
            stream.metadata.update(kept_tags(source.metadata))
            stream.disposition = source.disposition
            self.others[source.index] = stream

    def _other_stream(self, source: Stream, track: Track) -> Stream:
        if track.encoder is None:
            return copied_track(self._output, source)
        converter: TextConverter | SoundConverter
        if track.kind == "audio":
            converter = SoundConverter(cast(AudioStream, source), self._output, track.encoder)
        else:
            converter = TextConverter(cast(SubtitleStream, source), self._output, track.encoder)
        self.converters[source.index] = converter
        return converter.stream

    def _add_cover(self, source: Stream) -> None:
        picture = _first_packet(self._info.path, source.index)
        if picture is None:
            return
        if self._plan.container == "matroska":
            self._output.add_attachment(*cover_file(source), bytes(picture))
            return
        stream = self._output.add_stream_from_template(source, opaque=True)
        stream.metadata.update(kept_tags(source.metadata))
        stream.disposition = Disposition.attached_pic
        self.covers.append((stream, picture))


def kept_chapters(source: InputContainer, span: Span) -> list[Chapter]:
    """The source's chapters as the output has them: clipped to the span and shifted with it."""
    chapters = []
    for chapter in source.chapters():
        base = Fraction(chapter["time_base"] or Fraction(1, 1000))
        start, end = span.clip(chapter["start"] * base, chapter["end"] * base)
        start, end = max(start + span.shift, Fraction(0)), end + span.shift
        if start < end:
            moved = chapter.copy()
            moved["start"], moved["end"] = round(start / base), round(end / base)
            moved["metadata"] = readable(chapter["metadata"])
            chapters.append(moved)
    return chapters


def _first_packet(path: Path, index: int) -> Packet | None:
    with open_input(path) as source:
        return next((p for p in source.demux(source.streams[index]) if p.size), None)
