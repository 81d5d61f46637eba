"""A few frames from the beginning, middle and end go the whole way before the film is colored.

Decoder, encoder, container, assembling and check are those of the run, with sound and all other
tracks of these seconds. What would fail after hours of work fails here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import av.error
import numpy as np
from av.video.frame import VideoFrame

from ...errors import ConfigError, MediaError, VidcolorError
from ...terminal import count as counted
from ...timecode import as_clock
from ...types import Frame, VideoInfo
from ..mux.mux import assemble
from ..mux.timeline import may_restart
from ..plan.output_plan import OutputPlan
from ..plan.place import IMAGES
from ..plan.tracks import Track
from ..read.containers import open_input
from ..read.decoding import PictureDecoder
from ..read.luma import LumaReader, luma_layout
from ..read.sampling import film_length
from ..read.user_data import read_user_data
from ..segments.segment import finish_segment, segment_writer
from .verify import verify

_PLACES = (Fraction(0), Fraction(1, 2), Fraction(19, 20))
_MOST_FRAMES, _PIXELS, _SHARE = 8, 8_000_000, 100
"""Frames at a place; fewer where they are large, and of a short silent film, of which one in so
many is enough: it is soon found out what is wrong."""


def rehearse(info: VideoInfo, plan: OutputPlan) -> None:
    """Writes a few seconds of the film to a temporary folder and checks them.

    Places that cannot be reached or are damaged are passed over: the run deals with damage.

    Args:
        info: the film that is read.
        plan: what will be written.

    Raises:
        ConfigError: a run would fail; the line says where and why.
    """
    if plan.container in (*IMAGES, "gif"):
        return
    tried: set[int] = set()
    sound = [track for track in plan.tracks if track.kind == "audio"]
    with open_input(info.path, info.rate) as source:
        # where there is no seeking, everything before a place would be read
        places = _PLACES[:1] if may_restart(source) else _PLACES
    for place in places:
        frames = _frames(info, place, sound)
        if not frames or frames[0].pts in tried:
            continue
        tried.add(frames[0].pts)
        with TemporaryDirectory(prefix="vidcolor-") as folder:
            problem = _problem(info, plan, frames, Path(folder))
        if problem is not None:
            at = as_clock(frames[0].pts * info.time_base - info.start_time)
            raise ConfigError(
                f"a rehearsal of {counted(len(frames), 'frame')} at {at} failed: {problem}",
                hint="another container or --codec may do, such as .mkv; --no-verify runs without "
                "rehearsal and check",
            )


def _problem(info: VideoInfo, plan: OutputPlan, frames: list[Frame], folder: Path) -> str | None:
    """Why these frames do not become a film that passes its check, None where they do."""
    trial = replace(plan, output=folder / f"trial{plan.output.suffix}")
    dtype = np.uint8 if plan.encoding.depth == 8 else np.uint16
    neutral = np.full(plan.chroma_size.shape, 1 << (plan.encoding.depth - 1), dtype)
    try:
        writer = segment_writer(trial, folder, 0)
        try:
            for frame in frames:
                writer.write(frame, neutral, neutral)
            segment = finish_segment(writer, folder, 0, b"")
        except BaseException:
            writer.abort()
            raise
        assemble(info, trial, [segment], trim_start=True, trim_end=True)
        problems = verify(info, trial, [segment], trim_start=True, trim_end=True, near_only=True)
    except VidcolorError as err:
        if str(err).startswith("no space left"):
            return None  # in the temporary folder, which says nothing of the film's
        return str(err).replace(str(folder), "").lstrip("/")
    return problems[0] if problems else None


def _frames(info: VideoInfo, place: Fraction, sound: list[Track]) -> list[Frame]:
    """Consecutive frames from a key frame on; none where the place is damaged or out of reach."""
    try:
        decoder = PictureDecoder(info.path, info.rate)
    except MediaError:
        return []
    try:
        if place:
            length = film_length(decoder)
            if length is None:
                return []
            if not decoder.seek(int((info.start_time + place * length) / info.time_base)):
                return []
        most = [_MOST_FRAMES]
        # in less, an old codec has nothing to convert
        if all(track.encoder is None for track in sound):
            most.append(_PIXELS // (info.width * info.height))
        if info.frame_count is not None and not sound:
            most.append(info.frame_count // _SHARE)
        count = max(2, min(most))
        reader = LumaReader(info.width, info.height, luma_layout(info.pix_fmt), info.tags)
        pictures = list(islice(_from_key(decoder), count))
        is_sound = not decoder.damaged and all(reader.fits(p) for p in pictures)
        times = [p.pts for p in pictures]
        if not is_sound or None in times or times != sorted(set(times)):  # type: ignore[type-var]
            return []
        return [
            Frame(n, p.pts or 0, reader.read(p), user_data=read_user_data(p))
            for n, p in enumerate(pictures)
        ]
    except av.error.FFmpegError:
        return []
    finally:
        decoder.close()


def _from_key(decoder: PictureDecoder) -> Iterator[VideoFrame]:
    """Pictures from the first that leans on nothing before it."""
    is_whole = False
    for picture in decoder.pictures():
        is_whole = is_whole or bool(picture.key_frame)
        if is_whole:
            yield picture
