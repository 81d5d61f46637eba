"""The colored video track as it stands in the header of every container."""

from __future__ import annotations

from fractions import Fraction

from av.container import OutputContainer
from av.video.stream import VideoStream

from .output_plan import OutputPlan


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
