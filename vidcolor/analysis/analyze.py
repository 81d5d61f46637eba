"""One pass over a film's frames finds what is known of it before it is colored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ..errors import MediaError
from ..geometry import Area
from ..shots.detector import OPENINGS, ShotDetector, mark_shots
from ..types import Anchor, Frame, Progress, VideoInfo
from .film_analysis import FilmAnalysis, KeyFrame, Passage, Shot
from .source_color import OwnColors, mark_own_color

ANCHOR_EVERY = 250
"""Within a long shot, frames from one place where reading can begin to the next."""


class _Numbered(NamedTuple):
    frame: Frame
    opening: str
    lead: int


@dataclass
class _Notebook:
    """What the frames told so far, see `FilmAnalysis` for each."""

    first_frame: int = 0
    frames: int = 0
    shots: list[Shot] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    own_color: list[Passage] = field(default_factory=list)
    looks: int = 0
    colored_looks: int = 0
    anchors: list[Anchor] = field(default_factory=list)


def analyze(
    frames: Iterable[Frame], info: VideoInfo, *, keep_color: bool, progress: Progress | None = None
) -> FilmAnalysis:
    """Looks at every frame once, in order.

    Args:
        frames: the film's, with chroma where its own color is to be examined.
        info: of the film.
        keep_color: whether passages in color keep it.
        progress: called after every frame.

    Returns:
        The analysis; what only the reader of the file knows (`source`, `settings`, `notes`, ...)
        is left for the caller to fill in.

    Raises:
        MediaError: there is no frame.
    """
    detector, depth = ShotDetector(), info.tags.depth
    shots = mark_shots(frames, detector, detector.start(), depth=depth)
    items = (_Numbered(f, OPENINGS[int(s.opening)], int(s.lead)) for f, s in shots)
    found = _Notebook()
    before: Frame | None = None
    opened = 0
    step = float(1 / info.rate) if info.rate else 0.0
    for item, colors in mark_own_color(items, OwnColors(), keep=keep_color, depth=depth):
        frame = item.frame
        seconds = float(frame.pts * info.time_base - info.start_time)
        starts_shot = before is None or frame.shot != before.shot
        if before is None:
            found.first_frame = frame.index
        if starts_shot:
            _end_shot(found, frame.index, seconds)
            opened = frame.index
            found.shots.append(_opened(item, seconds, info))
        if (
            before is not None
            and before.is_intact
            and (starts_shot or (frame.index - opened) % ANCHOR_EVERY == 0)
        ):
            found.anchors.append(Anchor(frame.index, before.pts))
        if frame.is_damaged:
            found.damaged.append(frame.index)
        if colors.kept:
            _keep_color(found, frame.index, seconds, seconds + step)
        found.looks, found.colored_looks = colors.looks, colors.colored
        found.frames += 1
        before = frame
        if progress is not None:
            progress(found.frames, info.frame_count)
    if before is not None:
        end = float(before.pts * info.time_base - info.start_time) + step
        _end_shot(found, before.index + 1, end)
    if before is None:
        raise MediaError(f"{info.path}: no frame could be decoded")
    return FilmAnalysis(
        source={},
        settings={},
        first_frame=found.first_frame,
        frames=found.frames,
        shots=tuple(found.shots),
        damaged=tuple(found.damaged),
        own_color=tuple(found.own_color),
        looks=found.looks,
        colored_looks=found.colored_looks,
        anchors=tuple(found.anchors),
    )


def _opened(item: _Numbered, seconds: float, info: VideoInfo) -> Shot:
    start = item.frame.index
    area = Area.whole(info.geometry.coded)
    return Shot(
        item.frame.shot, start, start + 1, (seconds, seconds), item.opening, item.lead, area
    )


def _end_shot(found: _Notebook, end: int, seconds: float) -> None:
    if found.shots:
        last = found.shots[-1]
        found.shots[-1] = Shot(
            last.number,
            last.start,
            end,
            (last.seconds[0], seconds),
            last.opening,
            last.lead,
            last.area,
            (KeyFrame((last.start + end) // 2, 1.0),),
        )


def _keep_color(found: _Notebook, frame: int, start: float, end: float) -> None:
    """Counts a frame to the passage that is open, or to a new one."""
    if found.own_color and found.own_color[-1].last == frame - 1:
        found.own_color[-1] = found.own_color[-1]._replace(last=frame, end=end)
    else:
        found.own_color.append(Passage(frame, frame, start, end))
