"""A few pictures from all over a film, without decoding the rest of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

from av.video.frame import VideoFrame

from ...types import Frame, VideoInfo
from .decoding import PictureDecoder
from .luma import LumaReader, luma_layout


@dataclass(frozen=True, slots=True)
class SampledFrame:
    """One picture of a stretch of consecutive ones.

    Attributes:
        place: number of the stretch.
        frame: the picture with its chroma; its index is a guess from its time.
        pts: the file's own timestamp, None where it has none.
        marked_interlaced: the decoder says so.
    """

    place: int
    frame: Frame
    pts: int | None
    marked_interlaced: bool


def sampled_frames(
    path: Path, info: VideoInfo, places: Sequence[tuple[float, int]]
) -> Iterator[SampledFrame]:
    """Stretches of consecutive pictures, each from the key frame before a place.

    A place whose key frame was seen already is passed over, and so is what lies behind a jump that
    the file does not allow.

    Args:
        path, info: the film.
        places: (share of the film's length, pictures wanted), shares increasing from 0.

    Raises:
        MediaError: the file cannot be opened.
    """
    decoder = PictureDecoder(path, info.rate)
    reader = LumaReader(info.width, info.height, luma_layout(info.pix_fmt), info.tags)
    length = film_length(decoder)
    seen: int | None = None
    try:
        for place, (share, count) in enumerate(places):
            if share > 0:
                target = (info.start_time + Fraction(share) * (length or 0)) / info.time_base
                if length is None or not decoder.seek(int(target)):
                    return
            for number, picture in enumerate(islice(_from_key(decoder, share > 0), count)):
                if number == 0 and seen is not None and (picture.pts is None or picture.pts < seen):
                    break
                yield _sampled(picture, place, reader, info)
                seen = picture.pts
    finally:
        decoder.close()


def film_length(decoder: PictureDecoder) -> Fraction | None:
    """Seconds from the film's start to its end, as the header says."""
    stream, container = decoder.stream, decoder.container
    if stream.duration is not None:
        end = (stream.duration + (stream.start_time or 0)) * decoder.time_base
        return end - decoder.start_time
    if container.duration is not None:
        return Fraction(container.duration, 1_000_000)
    return None


def _from_key(decoder: PictureDecoder, jumped: bool) -> Iterator[VideoFrame]:
    """Pictures from the first that leans on nothing before the jump."""
    is_intact = not jumped
    for picture in decoder.pictures():
        is_intact = is_intact or bool(picture.key_frame)
        if is_intact:
            yield picture


def _sampled(picture: VideoFrame, place: int, reader: LumaReader, info: VideoInfo) -> SampledFrame:
    pts = 0 if picture.pts is None else picture.pts
    index = round((pts * info.time_base - info.start_time) * (info.rate or 25))
    frame = Frame(index, pts, reader.read(picture), chroma=reader.read_chroma(picture))
    return SampledFrame(place, frame, picture.pts, bool(picture.interlaced_frame))
