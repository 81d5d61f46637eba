"""A film of one frame, written in memory and read again: what the container really holds.

Encoders and muxers round, drop or refuse what a header should say (pixel aspects, rotations,
languages, tags), each in its own way. They are asked, so that a difference is known before the work
and not found by the check after it.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import cast

import av
import av.error
from av.buffer import Buffer
from av.video.frame import VideoFrame

from ...errors import ConfigError
from ..read.containers import readable
from ..read.fields import FieldMarker
from ..read.film_timecode import REEL, film_reel, film_timecode
from ..read.tags import UNSPECIFIED, guessed_matrix
from .header import add_encoder, add_video_track, segment_format
from .matroska import set_display_size
from .output_plan import OutputPlan
from .tracks import Track

CHECKED_TAGS = ("title", "comment", "artist", "album", "copyright", "description")
"""Tags of a film that containers keep letter by letter; others are rewritten by one or another."""

_ERRORS = (av.error.FFmpegError, ValueError, OSError)


@dataclass(frozen=True, slots=True)
class _Held:
    """What was read from the trial film."""

    size: tuple[int, int]
    aspect: Fraction
    matrix: tuple[int, ...] | None
    color: tuple[int, int]
    tags: dict[str, str]
    language: str
    timecode: str | None
    reel: str | None


def as_held(plan: OutputPlan, label: str) -> OutputPlan:
    """The plan with what its container holds in the place of what it was asked to hold.

    Args:
        plan: of a container with one coded video track; not of images, nor of a GIF.
        label: what messages call the container.

    Raises:
        ConfigError: the encoder or the container refuses the film, or loses the shape of its
            pixels or the meaning of its colors.
    """
    coded = _coded_frame(plan)
    held = _held(plan, coded, label)
    if held.size != (plan.width, plan.height):
        raise _refusal(plan, label)
    said = (plan.tags.colorspace, 2 if plan.tags.full_range else 1)
    if held.color != said and not _is_usual(plan, held.color):
        raise ConfigError(
            f"{plan.encoding.codec} in {label} does not hold the color matrix and range {said}",
            hint="use .mkv with --codec libx264",
        )
    notes = _aspect_notes(plan, held.aspect, label)
    if not _same_rotation(held.matrix, plan.display_matrix):
        notes.append(f"the rotation does not fit {label}; use .mkv or .mp4")
    metadata = dict(plan.metadata)
    if plan.container != "mpegts":  # has no tags that are worth a note
        lost = [k for k in CHECKED_TAGS if k in metadata and held.tags.get(k) != metadata[k]]
        for key in lost:
            notes.append(f"the tag {key} does not fit {label}; use .mkv")
            del metadata[key]
    if plan.timecode is not None:
        fate = "is kept" if held.timecode == plan.timecode else f"does not fit {label}; use .mov"
        notes.append(f"the time code {plan.timecode} {fate}")
    reel = plan.video_metadata.get(REEL)
    if reel is not None and held.reel != reel:
        notes.append(f"the reel name {reel} does not fit {label}; use .mov")
    tracks, language_notes = _languages(plan, coded, label)
    return replace(
        plan,
        held_color=None if held.color == said else held.color,
        timecode=held.timecode if plan.timecode else None,
        sample_aspect_ratio=None if held.aspect == 1 else held.aspect,
        display_matrix=held.matrix,
        metadata=metadata,
        tracks=tracks,
        notes=(*plan.notes, *notes, *language_notes),
    )


def _is_usual(plan: OutputPlan, held: tuple[int, int]) -> bool:
    """Whether what is left unsaid is what everyone takes for granted: limited range, and the matrix
    of the film's size."""
    matrix, color_range = held
    says_matrix = matrix == plan.tags.colorspace or (
        matrix == UNSPECIFIED and plan.tags.matrix == guessed_matrix(plan.height)
    )
    # both codes of BT.601, for 525 and 625 lines, are the same matrix
    says_matrix = says_matrix or {matrix, plan.tags.colorspace} == {5, 6}
    return says_matrix and color_range <= 1 and not plan.tags.full_range


def _coded_frame(plan: OutputPlan) -> bytes:
    """One frame in a NUT file, as segments are."""
    file = io.BytesIO()
    try:
        with av.open(file, "w", format=segment_format(plan)) as nut:
            stream = add_encoder(nut, plan)
            stored = plan.encoding.stored or plan.encoding.pix_fmt
            frame = VideoFrame(plan.width, plan.height, stored)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.pts, frame.time_base = 0, plan.time_base
            frame.color_range = 2 if plan.tags.full_range else 1
            frame.colorspace = plan.tags.colorspace
            marked = FieldMarker(plan.field_order).mark(frame)
            for packet in [*stream.encode(marked), *stream.encode(None)]:
                packet.dts = packet.pts  # x265 makes up any time for a lone frame
                nut.mux(packet)
    except _ERRORS as err:
        shown = f"{plan.width}x{plan.height} {plan.encoding.pix_fmt}"
        if plan.field_order != "progressive":
            shown += " interlaced"
        raise ConfigError(
            f"{plan.encoding.codec} cannot write {shown}",
            hint="another --codec may: ffv1 in .mkv takes every size",
        ) from err
    return file.getvalue()


def _held(plan: OutputPlan, coded: bytes, label: str, language: str | None = None) -> _Held:
    """Writes the trial film and reads it."""
    film = io.BytesIO()
    try:
        with (
            av.open(io.BytesIO(coded)) as nut,
            av.open(
                film, "w", format=plan.container, container_options=dict(plan.container_options)
            ) as output,
        ):
            output.metadata.update(plan.metadata)
            stream = add_video_track(output, nut.streams.video[0], plan)
            if language is not None:
                stream.metadata["language"] = language
            for packet in nut.demux(video=0):
                if packet.size:
                    packet.stream = stream
                    packet.pts = packet.dts = 0
                    output.mux(packet)
        if plan.display_size is not None:
            set_display_size(film, 0, plan.display_size)
        film.seek(0)
        # one frame is too little for a transport stream to be recognized
        form = "mpegts" if plan.container == "mpegts" else None
        with av.open(film, format=form) as made:
            return _read(made)
    except (*_ERRORS, IndexError) as err:
        raise _refusal(plan, label) from err


def _read(film: av.container.InputContainer) -> _Held:
    stream = film.streams.video[0]
    context = stream.codec_context
    frame = next(film.decode(stream), None)
    matrix = None if frame is None else frame.side_data.get("DISPLAYMATRIX")
    return _Held(
        size=(context.width, context.height),
        aspect=Fraction(stream.sample_aspect_ratio or 1),
        matrix=struct.unpack("=9i", bytes(cast("Buffer", matrix))) if matrix else None,
        color=(int(context.colorspace), int(context.color_range)),
        tags={key.lower(): value for key, value in readable(film.metadata).items()},
        language=stream.metadata.get("language", "und"),
        timecode=str(code) if (code := film_timecode(film, stream)) else None,
        reel=film_reel(film, stream),
    )


def _refusal(plan: OutputPlan, label: str) -> ConfigError:
    return ConfigError(
        f"{label} cannot hold {plan.encoding.codec} of {plan.width}x{plan.height}",
        hint="use .mkv with --codec ffv1",
    )


def _aspect_notes(plan: OutputPlan, held: Fraction, label: str) -> list[str]:
    """A note where the shape of pixels is lost that no player can show anyway.

    Raises:
        ConfigError: it is lost and can be shown: the film would play squeezed.
    """
    wanted = plan.sample_aspect_ratio or Fraction(1)
    width, height = plan.width, plan.height
    if abs(held - wanted) * width < 1:
        return []  # rounded by less than a pixel
    shape = f"a pixel aspect of {wanted.numerator}:{wanted.denominator}"
    if width * wanted < 1 or height / wanted < 1:
        return [f"{shape} at {width}x{height} does not fit {label} and is left out"]
    raise ConfigError(
        f"{plan.encoding.codec} in {label} does not hold {shape}",
        hint="use .mp4, or .mkv with --codec libx264",
    )


def _same_rotation(one: tuple[int, ...] | None, other: tuple[int, ...] | None) -> bool:
    """Whether two display matrices turn and mirror alike; shifts of the image change nothing."""
    identity = (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    a, b = one or identity, other or identity
    return all(abs(a[n] - b[n]) <= 1 for n in (0, 1, 3, 4))


def _languages(plan: OutputPlan, coded: bytes, label: str) -> tuple[tuple[Track, ...], list[str]]:
    """The tracks with the languages that come back, and a note on those that do not."""
    asked = dict.fromkeys(t.language for t in plan.tracks if t.language)
    if plan.container == "mpegts":  # holds none of a video track, but of others by this rule
        held = {code: code if len(code) == 3 else "und" for code in asked if code}
    else:
        held = {code: _held(plan, coded, label, code).language for code in asked if code}
    lost = [code for code, said in held.items() if said.lower() != code.lower()]
    tracks = tuple(replace(t, language=held.get(t.language or "")) for t in plan.tracks)
    if not lost:
        return tracks, []
    return tracks, [f"the language {', '.join(lost)} does not fit {label}; use .mkv"]
