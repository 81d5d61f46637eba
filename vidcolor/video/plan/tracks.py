"""What becomes of a film's other tracks: sound, subtitles, covers, attachments."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import cast

import av
import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream

from ...errors import ConfigError
from ...track_choice import KINDS, TrackChoice, TrackName
from ..read.containers import open_input, readable
from ..read.film_timecode import is_timecode_track
from .place import IMAGES
from .sound import SOUND_ENCODERS, conversion, copied_track

# libav's MPEG-TS muxer takes any codec and writes what no player reads, so it cannot be asked.
_TS_CODECS = frozenset(
    [
        "mp2",
        "mp3",
        "aac",
        "ac3",
        "eac3",
        "dts",
        "truehd",
        "opus",
        "h264",
        "hevc",
        "mpeg2video",
        "dvb_subtitle",
        "dvb_teletext",
    ]
)
_MXF_SOUNDS, _MXF_RATE = frozenset(["pcm_s16le", "pcm_s24le"]), 48000
_TS_DATA = frozenset(["klv"])  # metadata of drones and aircraft (SMPTE ST 336)
_EARLY_PACKETS = 3000
_TEXTS = frozenset(["subrip", "srt", "ass", "ssa", "webvtt", "mov_text", "text"])
_TEXT_ENCODERS: Mapping[str, str] = {
    "mp4": "mov_text",
    "mov": "mov_text",
    "matroska": "srt",
    "webm": "webvtt",
}
_COVER_ENDINGS: Mapping[str, tuple[str, str]] = {
    "mjpeg": ("cover.jpg", "image/jpeg"),
    "png": ("cover.png", "image/png"),
}


@dataclass(frozen=True, slots=True)
class Track:
    """One of the source's other tracks that goes into the output.

    Attributes:
        index: index of the track in the source.
        kind: "audio", "subtitle", "video", "cover", "attachment" or "data".
        encoder: encoder that sound or text is converted with, None = packets are copied.
        label: its name in messages, "audio 2 (dts)".
        language: as the film will have it, None where nothing is said or can be said.
    """

    index: int
    kind: str
    encoder: str | None
    label: str
    language: str | None = None


def choose_tracks(
    source: InputContainer,
    video_index: int,
    container: str,
    suffix: str,
    choice: TrackChoice | None = None,
) -> tuple[tuple[Track, ...], list[str]]:
    """The tracks besides track `video_index` that are kept, and notes on those that cannot be.

    Args:
        source: the film.
        video_index: index of the video track that is colored.
        container: libav's name of the output's muxer, or `place.PICTURES`.
        suffix: what notes call the container.
        choice: the tracks wanted, None = all; the others are left out without a note.

    Raises:
        ConfigError: an audio track fits another container, but not this one, not even after a
            lossless conversion; or a track that was asked for is not there.
    """
    others = [
        other
        for other in name_tracks(source)
        # time codes are written anew from the film's tag, see `plan`
        if other.stream.index != video_index and not is_timecode_track(other.stream)
    ]
    if choice is not None:
        choice.check(other.name for other in others if other.name.kind in KINDS)
        others = [o for o in others if o.name.kind not in KINDS or choice.keeps(o.name)]
    if container in ("gif", *IMAGES):
        labels = ", ".join(other.label for other in others)
        return (), [f"{labels}: not carried over to {suffix}; use .mkv"] if labels else []
    tracks: list[Track] = []
    notes: list[str] = []
    lost_attachments: list[str] = []
    for other in others:
        stream, kind, label = other.stream, other.name.kind, other.label
        track, note = None, None
        if kind == "attachment":
            if container == "matroska":
                track = Track(stream.index, kind, None, label)
            else:
                lost_attachments.append(readable(stream.metadata).get("filename", label))
        elif kind == "cover":
            if container == "matroska" or (container == "mp4" and fits(stream, container)):
                track = Track(stream.index, kind, None, label)
            else:
                note = f"the cover image does not fit {suffix}; use .mkv"
        elif kind == "audio":
            track, note = _audio(other, container, suffix)
        elif kind == "subtitle":
            track, note = _subtitle(stream, container, suffix, label)
        elif kind == "video" and fits(stream, container):
            track = Track(stream.index, kind, None, label)
            note = f"{label} is copied as it is, without color"
        elif kind == "data" and container == "mpegts" and codec_name(stream) in _TS_DATA:
            track = Track(stream.index, kind, None, label)
        elif not _is_chapter_text(stream, source):
            note = _cannot_copy(label)
            if kind == "data" and codec_name(stream) in _TS_DATA:
                note = f"{label} does not fit {suffix}; use .ts"
            if kind == "video" and (other_suffix := _other_container(stream, container)):
                note = f"{label} does not fit {suffix}; use {other_suffix}"
        tracks += [replace(track, language=other.name.language)] if track else []
        notes += [note] if note else []
    if lost_attachments:
        notes.append(f"attachments do not fit {suffix} ({', '.join(lost_attachments)}); use .mkv")
    return tuple(tracks), notes


@dataclass(frozen=True, slots=True)
class NamedTrack:
    """A track of a file with the names that messages and `--tracks` know it by.

    Attributes:
        stream: the track.
        name: kind, number and language; the kind is "data" where it cannot be chosen.
        label: "audio 2 (dts)".
    """

    stream: Stream
    name: TrackName
    label: str


def name_tracks(source: InputContainer) -> list[NamedTrack]:
    """All tracks of a file, in its order, numbered by kind."""
    count: Counter[str] = Counter()
    named = []
    for stream in source.streams:
        kind = "cover" if stream.disposition & Disposition.attached_pic else str(stream.type)
        count[kind] += 1
        language = readable(stream.metadata).get("language")
        name = TrackName(kind, count[kind], language)
        named.append(NamedTrack(stream, name, f"{kind} {count[kind]} ({codec_name(stream)})"))
    return named


def codec_name(stream: Stream) -> str:
    """The codec of a track by the name people know ("dts", "subrip"), or that it has none."""
    if stream.codec_context is None:
        what = "private data" if stream.type == "data" else "unknown codec"
        return getattr(stream, "name", None) or what
    return stream.codec_context.codec.canonical_name


def fits(stream: Stream, container: str) -> bool:
    """Whether packets of a track can be written to a container, by writing a header with it."""
    if stream.codec_context is None:
        return False
    if container == "mpegts":
        return codec_name(stream) in _TS_CODECS
    if container == "mxf":  # whose muxer wants to see a video track first
        rate = getattr(stream.codec_context, "sample_rate", None)
        return codec_name(stream) in _MXF_SOUNDS and rate == _MXF_RATE
    try:
        with av.open(io.BytesIO(), "w", format=container) as trial:
            track = copied_track(trial, stream)
            trial.start_encoding()
            # some muxers look at a packet before they say no
            if stream.type == "audio" and (packet := _first_packet(stream)) is not None:
                packet.stream = track
                packet.pts = packet.dts = 0
                trial.mux(packet)
    except (av.error.FFmpegError, ValueError, OSError):
        return False
    return True


def cover_file(stream: Stream) -> tuple[str, str]:
    """File name and mime type of a cover image."""
    name, mime = _COVER_ENDINGS.get(codec_name(stream), ("cover", "application/octet-stream"))
    tags = readable(stream.metadata)
    return tags.get("filename", name), tags.get("mimetype", mime)


def _first_packet(stream: Stream) -> Packet | None:
    """The first packet of a track, if it comes early in the file."""
    name = str(stream.container.name).removeprefix("file:")
    with open_input(Path(name)) as source:
        for packet in islice(source.demux(), _EARLY_PACKETS):
            if packet.stream.index == stream.index and packet.size:
                return packet
    return None


def _audio(other: NamedTrack, container: str, suffix: str) -> tuple[Track | None, str | None]:
    stream, name, label = cast(AudioStream, other.stream), other.name, other.label
    context = stream.codec_context
    if context is not None and not (context.sample_rate and context.layout.nb_channels):
        return None, f"{label} holds no sound that can be read: left out"
    if fits(stream, container):
        return Track(stream.index, "audio", None, label), None
    encoder = SOUND_ENCODERS.get(container)
    if context is None or encoder is None:
        elsewhere = _other_container(stream, container)
        if elsewhere is None and context is None:
            return None, _cannot_copy(label)
        # a film without its sound is hardly ever what was meant
        use = f"use {elsewhere}" if elsewhere else "use .mkv, where it becomes flac without loss"
        leave = f"--tracks -{name.kind}:{name.number} leaves it out"
        raise ConfigError(f"{label} does not fit {suffix}", hint=f"{use}; {leave}")
    note = conversion(label, suffix, encoder, context)
    return Track(stream.index, "audio", encoder, label), note


def _subtitle(
    stream: Stream, container: str, suffix: str, label: str
) -> tuple[Track | None, str | None]:
    if fits(stream, container):
        return Track(stream.index, "subtitle", None, label), None
    codec, encoder = codec_name(stream), _TEXT_ENCODERS.get(container)
    if codec not in _TEXTS or encoder is None:
        elsewhere = _other_container(stream, container)
        if elsewhere is None:
            return None, _cannot_copy(label)
        return None, f"{label} does not fit {suffix}; use {elsewhere}"
    loss = " and loses its styles, which .mkv keeps" if codec in ("ass", "ssa") else ""
    return Track(stream.index, "subtitle", encoder, label), f"{label} becomes {encoder}{loss}"


def _other_container(stream: Stream, container: str) -> str | None:
    """The ending of another container that can hold a track, None where there is none."""
    for suffix, other in ((".mkv", "matroska"), (".mp4", "mp4"), (".mov", "mov")):
        if other != container and fits(stream, other):
            return suffix
    return None


def _cannot_copy(label: str) -> str:
    return f"{label} is left out: no output container can hold it"


def _is_chapter_text(stream: Stream, source: InputContainer) -> bool:
    """MP4 stores chapter titles as a track of text, which is read as chapters already."""
    return stream.type == "data" and "mp4" in source.format.name and bool(source.chapters())
