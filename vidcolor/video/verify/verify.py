"""The finished film against its source, by their packets alone: only one frame is decoded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

from av.container import InputContainer
from av.video.stream import VideoStream

from ...terminal import count
from ...types import VideoInfo
from ..mux.picture_files import check_pictures
from ..plan.place import IMAGES
from ..plan.plan import OutputPlan
from ..read.containers import open_input
from ..segments.segments import Segment
from .headers import header_problems, rotation_problems
from .lists import attachment_problems, chapter_problems, language_problems, tag_problems
from .matching import KINDS, match_tracks
from .packets import TrackPackets, read_packets
from .track_pair import TrackPair

_SLACK_S = Fraction(1, 1000)
"""Matroska rounds every timestamp to this; rounding twice may differ by as much again."""

_KEEP_BYTES = ("mp4", "matroska", "webm")
"""Parts of names of demuxers whose coded video is the same bytes in each of them."""


def verify(
    info: VideoInfo,
    plan: OutputPlan,
    segments: Sequence[Segment] | None = None,
    *,
    output: Path | None = None,
    trim_start: bool = False,
    trim_end: bool = False,
    is_intact: bool = True,
    near_only: bool = False,
) -> list[str]:
    """What in the finished film is not as it was in the source or as it was planned.

    Args:
        info: the film that was read.
        plan: what was to be written.
        segments: what was colored; None compares frames with the source's own packets, which
            differ where the source is damaged.
        output: the film to look at, None = `plan.output`.
        trim_start, trim_end: as in `assemble`: audio is then compared as a part of the source's.
        is_intact: the source was read without damage: its packets and the film's frames agree.
        near_only: the source is read about the segments alone, even where its clock may jump.

    Returns:
        One line for each mismatch, empty where there is none.

    Raises:
        MediaError: one of the films cannot be read.
    """
    if plan.container in IMAGES:
        return check_pictures(info, plan, segments or [])
    is_part = trim_start or trim_end
    output = output or plan.output
    with open_input(info.path, info.rate) as source, open_input(output) as film:
        tracks = [t for t in plan.tracks if t.kind in KINDS]
        ends = _ends(info, segments)
        span = ends if is_part else (None, None)
        indices = [info.stream_index, *(t.index for t in tracks)]
        before = read_packets(source, indices, info.stream_index, near=span, near_only=near_only)
        empty = [index for index, packets in before.items() if not packets.has_any(*span)]
        outputs = match_tracks(plan, info.stream_index, film, empty)
        if info.stream_index not in outputs:
            return ["no video track"]
        colored = outputs[info.stream_index]
        problems = header_problems(plan, film, cast(VideoStream, film.streams[colored]))
        problems += attachment_problems(plan, source, film)
        problems += language_problems(plan, film, outputs)
        problems += [] if is_part else tag_problems(plan, film)
        problems += rotation_problems(plan, output, colored)
        after = read_packets(film, outputs.values(), colored)
        problems += [
            f"{t.label} is missing"
            for t in tracks
            if t.index not in outputs and t.index not in empty
        ]
        unit = max(_SLACK_S, Fraction(film.streams[colored].time_base or 0))
        shown, wanted = after[colored].in_order(), before[info.stream_index].in_order(*ends)
        frames = sum(s.frames for s in segments) if segments else len(wanted.ticks)
        if not segments or (is_intact and segments[-1].is_intact):
            problems += _frame_problems(wanted, shown, frames, unit)
        elif len(shown.ticks) != frames:
            problems.append(f"{count(len(shown.ticks), 'frame')}, expected {frames}")
        if not (wanted.ticks and shown.ticks):
            return problems
        # the reader may have repaired the time of the first frame
        first = segments[0].first_pts * info.time_base if segments else wanted.time(0)
        step = first - shown.time(0)
        if plan.chapters and not is_part:
            problems += chapter_problems(source, film, -step)
        other = _OtherTracks(plan, source, film, outputs, before, after)
        return problems + other.problems(step, 2 * unit, is_part=is_part)


@dataclass(frozen=True, slots=True)
class _OtherTracks:
    """All tracks but the colored one.

    Attributes:
        plan: what was to be written.
        source, film: both open.
        outputs: indices in the film by those in the source.
        before, after: packets by index in the source and in the film.
    """

    plan: OutputPlan
    source: InputContainer
    film: InputContainer
    outputs: Mapping[int, int]
    before: Mapping[int, TrackPackets]
    after: Mapping[int, TrackPackets]

    def problems(self, step: Fraction, slack: Fraction, *, is_part: bool) -> list[str]:
        """What is missing, changed or out of step, see `TrackPair`."""
        problems: list[str] = []
        names = (self.source.format.name, self.film.format.name)
        comparable = "mpegts" not in names
        same_video = all(any(kept in name for kept in _KEEP_BYTES) for name in names)
        for track in self.plan.tracks:
            if track.index not in self.outputs:
                continue
            index = self.outputs[track.index]
            pair = TrackPair(track.label, self.before[track.index], self.after[index], step)
            if track.kind == "video":
                problems += self._size_problems(track.label, track.index, index)
            if track.encoder is not None:
                problems += pair.emptiness(is_part=is_part)
            elif track.kind == "audio" or not is_part:
                alike = same_video if track.kind == "video" else comparable
                problems += pair.problems(slack, is_part=is_part, comparable=alike)
        return problems

    def _size_problems(self, label: str, before: int, after: int) -> list[str]:
        old, new = (
            cast(VideoStream, film.streams[index]).codec_context
            for film, index in ((self.source, before), (self.film, after))
        )
        if (old.width, old.height) == (new.width, new.height):
            return []
        return [f"{label} is {new.width}x{new.height}, was {old.width}x{old.height}"]


def _ends(
    info: VideoInfo, segments: Sequence[Segment] | None
) -> tuple[Fraction | None, Fraction | None]:
    """Seconds of the first and the last colored frame, None where they are not known."""
    if not segments:
        return None, None
    return segments[0].first_pts * info.time_base, segments[-1].last_pts * info.time_base


def _frame_problems(
    wanted: TrackPackets, shown: TrackPackets, frames: int, unit: Fraction
) -> list[str]:
    if len(shown.ticks) != frames:
        return [f"{count(len(shown.ticks), 'frame')}, expected {frames}"]
    if len(wanted.ticks) != frames or wanted.restarts:
        return []  # the source is damaged or has no usable times: nothing to compare with
    late = [
        number
        for number in range(frames)
        if abs(shown.time(number) - shown.time(0) - wanted.time(number) + wanted.time(0)) > unit
    ]
    if late:
        return [f"{count(len(late), 'frame')} at other times, the first is number {late[0]}"]
    return []
