"""Interlaced pictures made progressive with libavfilter's bwdif, one picture for each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction

import av.error
from av.filter import Graph
from av.video.frame import VideoFrame

from ...errors import ConfigError
from .fields import graph_of
from .luma import LumaReader


def deinterlaced(
    pictures: Iterator[VideoFrame], reader: LumaReader, order: str | None
) -> Iterator[VideoFrame]:
    """Progressive pictures, as many as come in, with their timestamps.

    Every line of one field stays as it is; the other field is made from it and from the pictures
    before and after (bwdif, a motion-adaptive filter of libavfilter). So the first picture and the
    last are made from one neighbor only.

    Args:
        pictures: in order.
        reader: brings them to one size and format.
        order: "tff" or "bff" for all pictures, None where each says itself whether it is
            interlaced, and how; pictures marked progressive then stay untouched.

    Raises:
        ConfigError: the filter does not know the format.
    """
    options = "mode=send_frame:parity=auto:deint=interlaced"
    if order is not None:
        options = f"mode=send_frame:parity={order}:deint=all"
    graph: Graph | None = None
    # the filter doubles the clock's rate; the pictures' own timestamps are given back to them
    times: deque[tuple[int | None, Fraction | None]] = deque()
    for picture in pictures:
        whole = reader.planar(picture)
        times.append((picture.pts, picture.time_base))
        if graph is None:
            graph = _graph(whole, options)
        graph.push(whole)
        yield from _pulled(graph, times)
    if graph is not None:
        graph.push(None)
        yield from _pulled(graph, times)


def _pulled(graph: Graph, times: deque[tuple[int | None, Fraction | None]]) -> Iterator[VideoFrame]:
    while times:
        try:
            picture = graph.pull()
        except (BlockingIOError, av.error.EOFError):
            return
        assert isinstance(picture, VideoFrame)
        pts, time_base = times.popleft()
        if time_base is not None:
            picture.time_base = time_base
        picture.pts = pts
        yield picture


def _graph(picture: VideoFrame, options: str) -> Graph:
    graph = graph_of(picture, ("bwdif", options), ("format", picture.format.name))
    if _converts(picture.format.name):
        raise ConfigError(
            f"pictures in {picture.format.name} cannot be deinterlaced",
            hint="leave out --deinterlace",
        )
    return graph


def _converts(pix_fmt: str) -> bool:
    """Whether libavfilter would have to convert the format, which would change the codes."""
    return pix_fmt.startswith("gray") and pix_fmt not in ("gray", "gray16le")
