"""The colored video track: its encoder, and how it stands in the header of every container."""

from __future__ import annotations

from fractions import Fraction
from typing import cast

from av.container import OutputContainer
from av.video.stream import VideoStream

from .encoding import open_encoder
from .output_plan import OutputPlan

_MOV_ONLY = frozenset(["prores_ks", "dnxhd", "tiff"])
_FIELD_ORDERS = {"progressive": "progressive", "tff": "tt", "bff": "bb"}


def segment_format(plan: OutputPlan) -> str:
    """Muxer of coded frames: NUT knows any time base, QuickTime some codecs that NUT does not."""
    return "mov" if plan.encoding.codec in _MOV_ONLY else "nut"


def add_encoder(file: OutputContainer, plan: OutputPlan) -> VideoStream:
    """Adds the encoder of a plan's frames to a file of `segment_format`, as segments have it."""
    stream = cast(VideoStream, file.add_stream(plan.encoding.codec, rate=plan.rate or 25))
    context = stream.codec_context
    open_encoder(context, plan.encoding, plan.width, plan.height, plan.rate)
    context.time_base = stream.time_base = plan.time_base
    if not plan.encoding.is_rgb:
        context.color_range = 2 if plan.tags.full_range else 1
        context.colorspace = plan.tags.colorspace
    context.color_primaries = plan.tags.primaries
    context.color_trc = plan.tags.transfer
    context.options |= {
        "field_order": _FIELD_ORDERS[plan.field_order],
        "chroma_sample_location": plan.tags.siting,
    }
    if plan.sample_aspect_ratio:
        context.sample_aspect_ratio = plan.sample_aspect_ratio
    return stream


def add_video_track(output: OutputContainer, coded: VideoStream, plan: OutputPlan) -> VideoStream:
    """Adds the track for packets of `coded` to a film whose header is not written yet.

    Raises:
        ValueError: the container cannot hold the codec.
    """
    stream = output.add_stream_from_template(coded, opaque=True)
    context = stream.codec_context
    stream.time_base = plan.time_base
    if plan.container == "avi":  # it has no timestamps: a frame is a tick
        stream.time_base = 1 / Fraction(plan.rate or 25)
    if plan.rate:
        context.framerate = plan.rate
    if plan.encoding.codec == "libx265" and plan.container in ("mp4", "mov"):
        context.codec_tag = "hvc1"  # Apple's players do not know hev1
    if plan.encoding.codec in ("prores_ks", "dnxhd") and plan.container in ("mov", "matroska"):
        context.codec_tag = coded.codec_context.codec_tag  # names the profile
    context.color_range = 2 if plan.tags.full_range else 1
    context.colorspace = plan.tags.colorspace
    context.color_primaries = plan.tags.primaries
    context.color_trc = plan.tags.transfer
    if plan.sample_aspect_ratio:
        context.sample_aspect_ratio = plan.sample_aspect_ratio
    if plan.display_matrix:
        stream.set_display_matrix(plan.display_matrix)
    stream.metadata.update(plan.video_metadata)
    return stream
