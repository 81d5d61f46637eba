"""What lies in a film's file: container, tracks, chapters."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from av.audio.stream import AudioStream
from av.stream import Disposition, Stream

from ..read.containers import open_input, readable
from ..read.decoding import PictureDecoder
from ..read.folder import find_pictures, is_picture_folder
from ..read.sampling import film_length
from .tracks import codec_name


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """One track besides the colored video track.

    Attributes:
        kind: "audio", "subtitle", "attachment", "cover", "video" or "data".
        codec: by the name people know.
        language: as in the file, None where nothing is said.
        title: name of the track or of the attached file, None where it has none.
        layout, sample_rate: of sound, else None.
        default: chosen by players that are not asked.
    """

    kind: str
    codec: str
    language: str | None
    title: str | None
    layout: str | None
    sample_rate: int | None
    default: bool


@dataclass(frozen=True, slots=True)
class Contents:
    """A file's contents.

    Attributes:
        container: libav's description of the format.
        size: bytes.
        seconds: length by the header, None where it says nothing.
        chapters: number of chapters.
        tracks: all tracks but the colored one.
        ends_early: the file is shorter than its own index says.
    """

    container: str
    size: int
    seconds: float | None
    chapters: int
    tracks: tuple[TrackFacts, ...]
    ends_early: bool


def read_contents(path: Path, picture_index: int, rate: Fraction | None = None) -> Contents:
    """Reads the header.

    Args:
        path: the film.
        picture_index: index of its picture track.
        rate: frames a second where the film has no times.

    Raises:
        MediaError: the file cannot be opened.
    """
    decoder = PictureDecoder(path, rate)
    try:
        length, ends_early = film_length(decoder), decoder.is_cut_short
    finally:
        decoder.close()
    container = None
    files: tuple[Path, ...] = (path,)
    if is_picture_folder(path):
        files = find_pictures(path).pictures
        container = f"{len(files)} numbered pictures"
    with open_input(path, rate) as film:
        return Contents(
            container=container or film.format.long_name or film.format.name,
            size=sum(file.stat().st_size for file in files),
            seconds=None if length is None else float(length),
            chapters=len(film.chapters()),
            tracks=tuple(_facts(s) for s in film.streams if s.index != picture_index),
            ends_early=ends_early,
        )


def _facts(stream: Stream) -> TrackFacts:
    tags = readable(stream.metadata)
    kind = "cover" if stream.disposition & Disposition.attached_pic else stream.type
    layout = rate = None
    if isinstance(stream, AudioStream) and stream.codec_context is not None:
        layout, rate = stream.codec_context.layout.name, stream.codec_context.sample_rate
    return TrackFacts(
        kind=kind,
        codec=codec_name(stream),
        language=tags.get("language"),
        title=tags.get("title") or tags.get("filename"),
        layout=layout,
        sample_rate=rate,
        default=bool(stream.disposition & Disposition.default),
    )
