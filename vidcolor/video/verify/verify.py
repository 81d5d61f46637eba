"""The finished film against its source, by their packets alone: nothing is decoded."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition, Stream

from ...types import VideoInfo
from ..mux.picture_files import check_pictures
from ..plan.place import PICTURES
from ..plan.plan import OutputPlan
from ..plan.tracks import Track
from ..read.containers import open_input
from ..segments.segments import Segment
from .lists import (
    attachment_problems,
    chapter_problems,
    language_problems,
    rotation_problems,
    tag_problems,
)

_SLACK_S = Fraction(1, 1000)
"""Matroska rounds every timestamp to this; rounding twice may differ by as much again."""


_NO_TEXT_BYTES = 2

_JUMP_S = Fraction(1, 10)
"""A step back by more than this is another clock, less is jitter. As the reader has it."""


class _Facts:
    """Packets of one track, 16 bytes each: times in ticks of `base`, marks of their bytes.

    `restarts` says that its clock jumps back: the reader then lets pictures go on without a gap.
    """

    def __init__(self, stream: Stream) -> None:
        self.base = Fraction(stream.time_base or 1)
        self.ticks = array("q")
        self.marks = array("Q")
        self.restarts = False
        self._last: int | None = None

    def add(self, packet: Packet, ticks: int, *, marked: bool) -> None:
        """Takes note of a packet."""
        self.ticks.append(ticks)
        if packet.dts is not None:
            back = 0 if self._last is None else self._last - packet.dts
            self.restarts = self.restarts or back * self.base > _JUMP_S
            self._last = packet.dts
        if marked:
            digest = hashlib.blake2b(packet, digest_size=8).digest()
            self.marks.append(int.from_bytes(digest, "little"))

    def time(self, number: int) -> Fraction:
        """Seconds at which a packet is shown or heard."""
        return self.ticks[number] * self.base

    def in_order(self, first: Fraction | None = None, last: Fraction | None = None) -> _Facts:
        """Sorted by time, only those from `first` to `last`."""
        low = None if first is None else first / self.base
        high = None if last is None else last / self.base
        self.ticks = array(
            "q",
            sorted(
                t for t in self.ticks if (low is None or t >= low) and (high is None or t <= high)
            ),
        )
        return self


def verify(
    info: VideoInfo,
    plan: OutputPlan,
    segments: Sequence[Segment] | None = None,
    *,
    output: Path | None = None,
    trim_start: bool = False,
    trim_end: bool = False,
    is_intact: bool = True,
) -> list[str]:
    """What in the finished film is not as it was in the source or as it was planned.

    Args:
        info: the film that was read.
        plan: what was to be written.
        segments: what was colored; None compares pictures with the source's own packets, which
            differ where the source is damaged.
        output: the film to look at, None = `plan.output`.
        trim_start, trim_end: as in `assemble`: sound is then compared as a part of the source's.
        is_intact: the source was read without damage: its packets and the film's frames agree.

    Returns:
        One line for each mismatch, empty where all is well.

    Raises:
        MediaError: one of the films cannot be read.
    """
    if plan.container == PICTURES:
        return check_pictures(plan, segments or [])
    is_part = trim_start or trim_end
    with open_input(info.path, info.rate) as source, open_input(output or plan.output) as film:
        pictures = _pictures_of(film)
        if pictures is None:
            return ["no picture track"]
        tracks = [t for t in plan.tracks if t.kind in ("audio", "subtitle", "video")]
        outputs = _match(film, pictures, tracks)
        problems = _headers(plan, film, pictures)
        problems += attachment_problems(plan, source, film)
        problems += language_problems(plan, source, film, outputs)
        problems += [] if is_part else tag_problems(plan, film)
        problems += rotation_problems(plan, output or plan.output)
        before = _facts(source, [info.stream_index, *(t.index for t in tracks)])
        after = _facts(film, [pictures.index, *outputs.values()])
        # a track without a packet may be left out
        problems += [
            f"{t.label} is missing"
            for t in tracks
            if t.index not in outputs and before[t.index].ticks
        ]
        unit = max(_SLACK_S, Fraction(pictures.time_base or 0))
        shown = after[pictures.index].in_order()
        if segments is None:
            wanted = before[info.stream_index].in_order()
            frames = len(wanted.ticks)
        else:
            ends = (segments[0].first_pts, segments[-1].last_pts)
            wanted = before[info.stream_index].in_order(*(pts * info.time_base for pts in ends))
            frames = sum(segment.frames for segment in segments)
        if segments is None or (is_intact and segments[-1].is_intact):
            problems += _pictures(wanted, shown, frames, unit)
        elif len(shown.ticks) != frames:
            problems.append(f"{len(shown.ticks)} pictures, expected {frames}")
        if not (wanted.ticks and shown.ticks):
            return problems
        # the reader may have mended the time of the first picture
        first = segments[0].first_pts * info.time_base if segments else wanted.time(0)
        step = first - shown.time(0)
        if plan.chapters and not is_part:
            problems += chapter_problems(source, film, -step)
        comparable = plan.container != "mpegts" and "mpegts" not in source.format.name
        for track in tracks:
            if track.index not in outputs or track.kind == "video":
                continue
            pair = _Pair(track.label, before[track.index], after[outputs[track.index]], step)
            if track.encoder is not None:
                problems += pair.emptiness(is_part=is_part)
            elif track.kind == "audio" or not is_part:
                problems += pair.problems(2 * unit, is_part=is_part, comparable=comparable)
    return problems


def _pictures_of(film: InputContainer) -> Stream | None:
    return next(
        (s for s in film.streams.video if not s.disposition & Disposition.attached_pic), None
    )


def _match(film: InputContainer, pictures: Stream, tracks: Sequence[Track]) -> dict[int, int]:
    """Index in the output of every kept track: tracks of a kind keep their order."""
    found: dict[int, int] = {}
    for kind in ("audio", "subtitle", "video"):
        there = [
            s.index
            for s in film.streams
            if s.type == kind
            and s.index != pictures.index
            and not s.disposition & Disposition.attached_pic
        ]
        found.update(zip((t.index for t in tracks if t.kind == kind), there, strict=False))
    return found


def _headers(
    plan: OutputPlan,
    film: InputContainer,
    pictures: Stream,
) -> list[str]:
    problems: list[str] = []
    context = film.streams.video[0].codec_context
    for stream in film.streams.video:
        if stream.index == pictures.index:
            context = stream.codec_context
            shape = Fraction(stream.sample_aspect_ratio or 1)
            if shape != (plan.sample_aspect_ratio or Fraction(1)):
                problems.append(f"pixels are {shape}, planned {plan.sample_aspect_ratio}")
    if (context.width, context.height) != (plan.width, plan.height):
        problems.append(f"picture is {context.width}x{context.height}")
    written = (int(context.colorspace), int(context.color_range))
    said = (plan.tags.colorspace, 2 if plan.tags.full_range else 1)
    if plan.encoding.stored is None and written != said:
        problems.append(f"color tags (matrix, range) are {written}")
    kinds = Counter(t.kind for t in plan.tracks)
    covers = sum(bool(s.disposition & Disposition.attached_pic) for s in film.streams.video)
    if covers != kinds["cover"]:
        problems.append(f"{covers} covers, planned {kinds['cover']}")
    return problems


def _facts(film: InputContainer, indices: Sequence[int]) -> dict[int, _Facts]:
    facts = {index: _Facts(film.streams[index]) for index in indices}
    for packet in film.demux([film.streams[index] for index in facts]):
        ticks = packet.pts if packet.pts is not None else packet.dts
        if packet.size == 0 or ticks is None:
            continue
        if packet.stream.type == "subtitle" and packet.size <= _NO_TEXT_BYTES:
            continue  # MP4 has packets for the times without a text
        is_picture = packet.stream.type == "video"
        if packet.is_discard and is_picture:
            continue  # hidden by an edit list; in sound that is the encoder's priming
        facts[packet.stream.index].add(packet, ticks, marked=not is_picture)
    return facts


def _pictures(wanted: _Facts, shown: _Facts, frames: int, unit: Fraction) -> list[str]:
    if len(shown.ticks) != frames:
        return [f"{len(shown.ticks)} pictures, expected {frames}"]
    if len(wanted.ticks) != frames or wanted.restarts:
        return []  # the source is damaged or has no sound times: nothing to compare with
    late = [
        number
        for number in range(frames)
        if abs(shown.time(number) - shown.time(0) - wanted.time(number) + wanted.time(0)) > unit
    ]
    if late:
        return [f"{len(late)} pictures at other times, the first is number {late[0]}"]
    return []


class _Pair:
    """A track of sound or texts before and after.

    Args:
        label: its name in messages.
        source, film: its packets before and after.
        step: seconds by which times of the source are later than the film's.
    """

    def __init__(self, label: str, source: _Facts, film: _Facts, step: Fraction) -> None:
        self._label, self._source, self._film, self._step = label, source, film, step

    def emptiness(self, *, is_part: bool) -> list[str]:
        """Whether nothing is left of it."""
        if self._film.marks or is_part or not self._source.marks:
            return []
        return [f"{self._label} is empty"]

    def problems(self, slack: Fraction, *, is_part: bool, comparable: bool) -> list[str]:
        """What is missing, changed or out of step.

        Args:
            slack: seconds of drift that rounding explains.
            is_part: the film holds a range of the source.
            comparable: packets are the same bytes; headers come and go with transport streams.
        """
        label, source, film = self._label, self._source.marks, self._film.marks
        if not film or not source:
            return self.emptiness(is_part=is_part)
        where = 0
        if is_part:
            if not comparable:
                return []
            # silence is the same packet again and again: the one at the right time counts
            same = [number for number, mark in enumerate(source) if mark == film[0]]
            if not same:
                return [f"{label} is not the source's"]
            where = min(same, key=lambda number: abs(self._drifts(number, number + 1)[0]))
        elif len(film) != len(source):
            return [f"{label} has {len(film)} packets, not {len(source)}"]
        if comparable and source[where : where + len(film)] != film:
            return [f"{label} is not the source's to the bit"]
        # joined recordings are moved one by one, and a lone packet may lie half before the film,
        # where MP4 cannot begin
        if self._source.restarts or len(film) == 1:
            return []
        drifts = self._drifts(where, where + len(film))
        # a time behind an earlier one cannot be written
        times = np.asarray(self._source.ticks[where : where + len(film)])
        drifts = drifts[times >= np.maximum.accumulate(times)]
        worst = drifts[np.abs(drifts).argmax()]
        if abs(worst) > slack:
            return [f"{label} is {1000 * worst:.0f} ms out of step with the pictures"]
        return []

    def _drifts(self, begin: int, end: int) -> np.ndarray:
        """Seconds by which the film's packets are later than those of the source from `begin`."""
        source = np.asarray(self._source.ticks[begin:end]) * float(self._source.base)
        film = np.asarray(self._film.ticks[: end - begin]) * float(self._film.base)
        return film - source + float(self._step)
