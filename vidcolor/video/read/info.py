"""What is known of a film before its frames are read, and what its header promised after."""

from __future__ import annotations

import re
import struct
from fractions import Fraction
from pathlib import Path

from av.video.format import VideoFormat
from av.video.frame import VideoFrame

from ...timecode import as_clock
from ...types import VideoInfo
from .containers import check_size, picture_tracks
from .decoding import PictureDecoder
from .fields import field_order
from .film_timecode import film_reel, film_timecode
from .hdr import read_light_level, read_mastering_display
from .luma import luma_layout
from .rgb import has_linear_light
from .side_data import side_data
from .tags import read_tags, tag_notes

_FIELD_ORDERS = {2: "tff", 3: "bff", 4: "tff", 5: "bff"}
_TAGGED_LENGTH = re.compile(r"(\d+):(\d+):(\d+\.?\d*)")
_SLACK_S = Fraction(1, 2)
"""A film that ends this much before its header says so has lost its end."""


def read_info(path: Path, decoder: PictureDecoder, first: VideoFrame) -> VideoInfo:
    """What the header and the first picture tell.

    Raises:
        MediaError: the picture is too large.
    """
    stream = decoder.stream
    check_size(path, first.width, first.height)
    layout = luma_layout(first.format.name)
    shape = stream.sample_aspect_ratio
    matrix = side_data(first, "DISPLAYMATRIX")
    return VideoInfo(
        path=path,
        stream_index=stream.index,
        width=first.width,
        height=first.height,
        pix_fmt=first.format.name,
        tags=read_tags(first, stream.codec_context, layout),
        time_base=decoder.time_base,
        rate=decoder.rate,
        frame_count=_promised_frames(decoder),
        sample_aspect_ratio=Fraction(shape) if shape else None,
        luma_format=layout.planar,
        chroma_shift=layout.chroma_shift,
        display_matrix=struct.unpack("=9i", matrix) if matrix else None,
        rotation=int(first.rotation) if matrix else 0,
        field_order=_field_order(decoder, first),
        start_time=decoder.start_time,
        codec=stream.codec_context.name,
        mastering_display=read_mastering_display(first),
        light_level=read_light_level(first),
        timecode=film_timecode(decoder.container, stream),
        reel=film_reel(decoder.container, stream),
    )


def info_notes(info: VideoInfo, decoder: PictureDecoder) -> list[str]:
    """What a person should know of the film before it is read, one line each."""
    layout = luma_layout(info.pix_fmt)
    notes = tag_notes(info.tags)
    if layout.from_rgb:
        notes.append(
            f"RGB ({info.pix_fmt}): luma of {layout.depth} bits by {info.tags.matrix}, "
            f"{'full' if info.tags.full_range else 'limited'} range; gray keeps its codes"
        )
    if has_linear_light(VideoFormat(info.pix_fmt, 16, 16)):
        notes.append("linear light: read with the curve of sRGB, brighter than 1 is clipped")
    if layout.has_alpha and info.codec != "gif":  # every GIF is decoded with alpha
        notes.append("transparency of the picture is left out")
    if info.field_order != "progressive":
        notes.append(f"interlaced ({info.field_order}); consider --deinterlace")
    tracks = len(picture_tracks(decoder.container))
    if tracks > 1:
        notes.append(f"{tracks} picture tracks: track {info.stream_index} of the file is taken")
    return notes


def missing_end(decoder: PictureDecoder, info: VideoInfo, frames: int, last_pts: int) -> list[str]:
    """A note where the film ended before its header says it does, else nothing.

    Args:
        decoder: at the end of its file.
        info: of the film.
        frames: number of frames up to the end, counted from the film's first.
        last_pts: timestamp of the last of them.
    """
    step = 1 / info.rate if info.rate else Fraction(0)
    end = last_pts * info.time_base + step
    promised = _promised_end(decoder)
    is_short = promised is not None and promised - end > max(_SLACK_S, 2 * step)
    if not (is_short or decoder.is_cut_short):
        return []
    count = decoder.stream.frames
    if count > frames:
        return [f"header promises {count} frames, {frames} readable (file may have ended early)"]
    until = as_clock(end - info.start_time)
    return [f"the picture ends at {until}, before its header says (file may have ended early)"]


def _promised_end(decoder: PictureDecoder) -> Fraction | None:
    """Seconds at which the header lets the picture track end."""
    stream, container = decoder.stream, decoder.container
    if stream.duration is not None:
        return (stream.duration + decoder.track_start) * decoder.time_base
    tagged = _TAGGED_LENGTH.match(stream.metadata.get("DURATION", ""))  # Matroska
    if tagged:
        hours, minutes, seconds = tagged.groups()
        return 3600 * int(hours) + 60 * int(minutes) + Fraction(seconds)
    if container.duration is not None and len(container.streams) == 1:
        return Fraction(container.duration, 1_000_000) + decoder.start_time
    return None


def _promised_frames(decoder: PictureDecoder) -> int | None:
    """The header's count of frames, or length times rate."""
    stream, container = decoder.stream, decoder.container
    if stream.frames > 0:
        return int(stream.frames)
    if decoder.rate is None:
        return None
    if stream.duration is not None:
        return round(stream.duration * decoder.time_base * decoder.rate)
    if container.duration is not None:
        return round(Fraction(container.duration, 1_000_000) * decoder.rate)
    return None


def _field_order(decoder: PictureDecoder, first: VideoFrame) -> str:
    # PyAV 17 does not tell the track's
    order = int(getattr(decoder.stream.codec_context, "field_order", 0))
    return _FIELD_ORDERS.get(order) or field_order(first)
