"""Which track of the finished film is which track of its source."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from av.container import InputContainer
from av.stream import Disposition

from ..plan.plan import OutputPlan

KINDS = ("audio", "subtitle", "video", "data")
"""Kinds of tracks that are matched; covers and attachments are counted apart."""


def match_tracks(
    plan: OutputPlan, video_index: int, film: InputContainer, empty: Collection[int]
) -> Mapping[int, int]:
    """Index in the film of every planned track, by its index in the source.

    Tracks of a kind are written in the source's order, the colored one among the other video
    tracks: neither size nor position nor any mark of a track says which it is.

    Args:
        plan: what was to be written.
        video_index: index of the colored video track in the source.
        film: the finished film.
        empty: indices in the source of tracks without a packet, which muxers may leave out.
    """
    planned = sorted([(t.index, t.kind) for t in plan.tracks] + [(video_index, "video")])
    found: dict[int, int] = {}
    for kind in KINDS:
        wanted = [index for index, its_kind in planned if its_kind == kind]
        there = [
            stream.index
            for stream in film.streams
            if stream.type == kind and not stream.disposition & Disposition.attached_pic
        ]
        if len(there) < len(wanted):
            wanted = [index for index in wanted if index not in empty]
        found.update(zip(wanted, there, strict=False))
    return found
