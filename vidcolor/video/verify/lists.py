"""Chapters, attachments, tags and languages of the finished film against its source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import cast

from av.container import InputContainer
from av.stream import AttachmentStream

from ..plan.held_by_container import CHECKED_TAGS
from ..plan.plan import OutputPlan
from ..read.containers import readable

# Muxers move tracks that begin before 0, as sound with its priming does, but not the chapters.
_SLACK_S = Fraction(1, 10)


def chapter_problems(source: InputContainer, film: InputContainer, shift: Fraction) -> list[str]:
    """Chapters that are missing, called otherwise, or begin at another time.

    Args:
        source, film: both open.
        shift: seconds by which times of the film are later than the source's.
    """
    wanted, there = _chapters(source), _chapters(film)
    if len(wanted) != len(there):
        return [f"{len(there)} chapters, the source has {len(wanted)}"]
    problems = []
    for number, ((start, title), (new_start, new_title)) in enumerate(
        zip(wanted, there, strict=True), start=1
    ):
        if title != new_title:
            problems.append(f"chapter {number} is called {new_title!r}, not {title!r}")
        elif abs(max(start + shift, Fraction(0)) - new_start) > _SLACK_S:
            problems.append(f"chapter {number} begins at another time")
    return problems


def attachment_problems(
    plan: OutputPlan, source: InputContainer, film: InputContainer
) -> list[str]:
    """Attachments that are missing or hold other bytes."""
    wanted = Counter(
        (
            readable(source.streams[t.index].metadata).get("filename", "file"),
            cast(AttachmentStream, source.streams[t.index]).data,
        )
        for t in plan.tracks
        if t.kind == "attachment"
    )
    there = Counter(
        (readable(a.metadata).get("filename", ""), a.data) for a in film.streams.attachments
    )
    if sum(wanted.values()) != sum(there.values()):
        return [f"{sum(there.values())} attachments, planned {sum(wanted.values())}"]
    return [f"the attachment {name} is missing or changed" for name, _ in wanted - there]


def tag_problems(plan: OutputPlan, film: InputContainer) -> list[str]:
    """Tags of the film that are missing or changed."""
    if plan.container == "mpegts":
        return []
    there = {key.lower(): value for key, value in readable(film.metadata).items()}
    return [
        f"the tag {key} is missing or changed"
        for key in CHECKED_TAGS
        if key in plan.metadata and there.get(key) != plan.metadata[key]
    ]


def language_problems(
    plan: OutputPlan, film: InputContainer, outputs: Mapping[int, int]
) -> list[str]:
    """Tracks whose language is missing or changed.

    Args:
        plan: what was to be written.
        film: the finished film.
        outputs: indices of its tracks by those in the source.
    """
    problems: list[str] = []
    for track in plan.tracks:
        if track.index not in outputs or track.language is None:
            continue
        there = film.streams[outputs[track.index]].metadata.get("language", "und")
        if there.lower() != track.language.lower():
            problems.append(f"{track.label} is marked {there}, not {track.language}")
    return problems


def _chapters(film: InputContainer) -> list[tuple[Fraction, str]]:
    """Start in seconds and title of each chapter that lasts."""
    return [
        (
            chapter["start"] * Fraction(chapter["time_base"] or Fraction(1, 1000)),
            readable(chapter["metadata"]).get("title", ""),
        )
        for chapter in film.chapters()
        if chapter["start"] < chapter["end"]
    ]
