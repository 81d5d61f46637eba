"""The finished film as a GIF: 256 colors, chosen for every picture anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
from av.filter import Graph
from av.video.frame import VideoFrame

from ..plan.plan import OutputPlan
from ..read.containers import libav_name, open_input
from ..segments.segment import Segment

_TICK = Fraction(1, 100)
"""GIF counts time in these seconds."""


def write_gif(plan: OutputPlan, segments: Sequence[Segment], end_pts: int, part: Path) -> None:
    """Writes colored pictures to a GIF that begins with the first of them.

    Args:
        plan: what is to be written.
        segments: pictures in RGB.
        end_pts: where the last of them ends, in the film's ticks.
        part: the file to write.
    """
    first = segments[0].first_pts

    def ticks(pts: int) -> int:
        return round((pts - first) * plan.time_base / _TICK)

    with av.open(libav_name(part), "w", format="gif") as output:
        stream = output.add_stream("gif", rate=100)
        stream.width, stream.height, stream.pix_fmt = plan.width, plan.height, "pal8"
        stream.codec_context.time_base = stream.time_base = _TICK
        last = -1
        for pts, picture in _pictures(segments, plan.time_base):
            colored = _with_palette(picture)
            last = max(ticks(pts), last + 1)
            colored.pts, colored.time_base = last, _TICK
            for packet in stream.encode(colored):
                packet.duration = max(1, ticks(end_pts) - last)  # counts for the last one only
                output.mux(packet)
        output.mux(stream.encode(None))


def _pictures(segments: Sequence[Segment], time_base: Fraction) -> Iterator[tuple[int, VideoFrame]]:
    """The pictures with the film's timestamps."""
    for segment in segments:
        with open_input(segment.path) as file:
            stream = file.streams.video[0]
            stream.codec_context.thread_count = 1
            scale = Fraction(stream.time_base or time_base) / time_base
            begin: int | None = None
            for picture in file.decode(stream):
                assert picture.pts is not None
                begin = picture.pts if begin is None else begin
                yield segment.first_pts + round((picture.pts - begin) * scale), picture


def _with_palette(picture: VideoFrame) -> VideoFrame:
    """The picture in 256 colors of its own. Ordered dither holds still where the picture does."""
    graph = Graph()
    source = graph.add_buffer(
        width=picture.width, height=picture.height, format=picture.format, time_base=_TICK
    )
    split = graph.add("split")
    palette = graph.add("palettegen", "stats_mode=single:reserve_transparent=0")
    use = graph.add("paletteuse", "new=1:dither=bayer:bayer_scale=3")
    sink = graph.add("buffersink")
    source.link_to(split)
    split.link_to(palette, 0, 0)
    split.link_to(use, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    picture.pts, picture.time_base = 0, _TICK
    graph.push(picture)
    graph.push(None)
    colored = graph.pull()
    assert isinstance(colored, VideoFrame)
    return colored
