"""The order of fields of a picture. PyAV hides it, libavfilter reads and writes it."""

from __future__ import annotations

from fractions import Fraction

from av.filter import Graph
from av.video.frame import VideoFrame


def field_order(picture: VideoFrame) -> str:
    """ "progressive", "tff" or "bff", as the decoder marked the picture."""
    if not picture.interlaced_frame:
        return "progressive"
    graph = graph_of(picture, ("select", "eq(interlace_type,TOPFIRST)"))
    graph.push(picture)
    try:
        graph.pull()
    except BlockingIOError:  # held back
        return "bff"
    return "tff"


class FieldMarker:
    """Marks pictures of one size and format for encoders, which believe the mark alone.

    Args:
        order: "progressive", "tff" or "bff".
    """

    def __init__(self, order: str) -> None:
        self._order = order
        self._graph: Graph | None = None

    def mark(self, picture: VideoFrame) -> VideoFrame:
        """The same picture, marked."""
        if self._order == "progressive":  # as all new pictures are
            return picture
        if self._graph is None:
            self._graph = graph_of(picture, ("setfield", self._order))
        self._graph.push(picture)
        marked = self._graph.pull()
        assert isinstance(marked, VideoFrame)
        return marked


def graph_of(picture: VideoFrame, *filters: tuple[str, str]) -> Graph:
    """Pictures like this one go in, through the filters (name, arguments), and out."""
    graph = Graph()
    source = graph.add_buffer(
        width=picture.width,
        height=picture.height,
        format=picture.format,
        time_base=Fraction(picture.time_base or Fraction(1, 1000)),
    )
    steps = [graph.add(name, arguments) for name, arguments in filters]
    graph.link_nodes(source, *steps, graph.add("buffersink")).configure()
    return graph
