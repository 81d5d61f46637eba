"""What becomes of a film's other tracks: sound, subtitles, covers, attachments."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
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
from ..read.containers import open_input, readable
from .place import PICTURES
from .sound import SOUND_ENCODERS, copied_track

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
        kind: "audio", "subtitle", "video", "cover" or "attachment".
        encoder: encoder that sound or text is converted with, None = packets are copied.
        label: its name in messages, "audio 2 (dts)".
    """

    index: int
    kind: str
    encoder: str | None
    label: str


def choose_tracks(
    source: InputContainer, picture_index: int, container: str, suffix: str
) -> tuple[tuple[Track, ...], list[str]]:
    """The tracks beside track `picture_index` that `container` can hold, and notes on the others.

    Raises:
        ConfigError: a sound track does not fit, not even coded anew without loss: a film without
            its sound is never what was meant.
    """
    if container in ("gif", PICTURES):
        return (), _left_behind(source, picture_index, suffix)
    tracks: list[Track] = []
    notes: list[str] = []
    lost_attachments: list[str] = []
    count: dict[str, int] = {}
    for stream in source.streams:
        count[stream.type] = count.get(stream.type, 0) + 1
        if stream.index == picture_index:
            continue
        label = f"{stream.type} {count[stream.type]} ({codec_name(stream)})"
        if stream.type == "attachment":
            if container == "matroska":
                tracks.append(Track(stream.index, "attachment", None, label))
            else:
                lost_attachments.append(readable(stream.metadata).get("filename", label))
        elif stream.disposition & Disposition.attached_pic:
            if container == "matroska" or (container == "mp4" and fits(stream, container)):
                tracks.append(Track(stream.index, "cover", None, label))
            else:
                notes.append(f"the cover picture does not fit {suffix}; use .mkv")
        elif stream.type == "audio":
            sound, note = _sound(cast(AudioStream, stream), container, suffix, label)
            tracks += [sound] if sound else []
            notes += [note] if note else []
        elif stream.type == "subtitle":
            track, note = _subtitle(stream, container, suffix, label)
            tracks += [track] if track else []
            notes += [note] if note else []
        elif stream.type == "video" and fits(stream, container):
            tracks.append(Track(stream.index, "video", None, label))
            notes.append(f"{label} is copied as it is, without color")
        elif not _is_chapter_text(stream, source):
            notes.append(f"{label} is not carried over")
    if lost_attachments:
        notes.append(f"attachments do not fit {suffix} ({', '.join(lost_attachments)}); use .mkv")
    return tuple(tracks), notes


def _left_behind(source: InputContainer, picture_index: int, suffix: str) -> list[str]:
    """One line that names all other tracks of a film that becomes bare pictures."""
    names = [
        f"{kind} {number} ({codec_name(stream)})"
        for kind in dict.fromkeys(stream.type for stream in source.streams)
        for number, stream in enumerate((s for s in source.streams if s.type == kind), start=1)
        if stream.index != picture_index
    ]
    return [f"{', '.join(names)}: not carried over to {suffix}; use .mkv"] if names else []


def codec_name(stream: Stream) -> str:
    """The codec of a track by the name people know ("dts", "subrip"), "unknown" without one."""
    if stream.codec_context is None:
        return getattr(stream, "name", None) or "unknown"
    return stream.codec_context.codec.canonical_name


def fits(stream: Stream, container: str) -> bool:
    """Whether packets of a track can be written to a container, by writing a header with it."""
    if stream.codec_context is None:
        return False
    if container == "mpegts":
        return codec_name(stream) in _TS_CODECS
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
    """File name and mime type of a cover picture."""
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


def _sound(
    stream: AudioStream, container: str, suffix: str, label: str
) -> tuple[Track | None, str | None]:
    context = stream.codec_context
    if context is not None and not (context.sample_rate and context.layout.nb_channels):
        return None, f"{label} holds no sound that can be read: left out"
    if fits(stream, container):
        return Track(stream.index, "audio", None, label), None
    encoder = SOUND_ENCODERS.get(container)
    if stream.codec_context is None or encoder is None:
        hint = _other_container(stream, container)
        if stream.codec_context is not None and hint.startswith("no"):
            hint = "use .mkv, where it becomes flac without loss"
        raise ConfigError(f"{label} does not fit {suffix}", hint=hint)
    note = f"{label} does not fit {suffix} and becomes {encoder}, without loss"
    return Track(stream.index, "audio", encoder, label), note


def _subtitle(
    stream: Stream, container: str, suffix: str, label: str
) -> tuple[Track | None, str | None]:
    if fits(stream, container):
        return Track(stream.index, "subtitle", None, label), None
    codec, encoder = codec_name(stream), _TEXT_ENCODERS.get(container)
    if codec not in _TEXTS or encoder is None:
        return None, f"{label} does not fit {suffix}; {_other_container(stream, container)}"
    loss = " and loses its styles, which .mkv keeps" if codec in ("ass", "ssa") else ""
    return Track(stream.index, "subtitle", encoder, label), f"{label} becomes {encoder}{loss}"


def _other_container(stream: Stream, container: str) -> str:
    for suffix, other in ((".mkv", "matroska"), (".mp4", "mp4"), (".mov", "mov")):
        if other != container and fits(stream, other):
            return f"use {suffix}"
    return "no container that vidcolor writes can hold it"


def _is_chapter_text(stream: Stream, source: InputContainer) -> bool:
    """MP4 stores chapter titles as a track of text, which is read as chapters already."""
    return stream.type == "data" and "mp4" in source.format.name and bool(source.chapters())
