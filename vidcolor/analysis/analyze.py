"""One pass over a film's frames finds what is known of it before it is colored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ..errors import MediaError
from ..geometry import Area
from ..shots.detector import OPENINGS, ShotDetector, number_shots
from ..types import Anchor, Frame, Progress, VideoInfo
from .active_area import AreaSamples, Sides, areas
from .cadence_log import CadenceLog
from .film_analysis import FilmAnalysis, Passage
from .key_frames import KeyFrameSamples
from .key_images import KeyImages
from .painted_log import PaintedLog
from .shot import Shot
from .sketch import Sketch, sketches
from .source_color import OwnColors, mark_own_color
from .tint import ColorLook

ANCHOR_EVERY = 250
"""Within a long shot, frames from one place where reading can begin to the next."""


class _Numbered(NamedTuple):
    """A frame whose shot is known."""

    sketch: Sketch
    shot: int
    opening: str
    lead: int

    @property
    def look(self) -> ColorLook | None:
        return self.sketch.look


@dataclass
class _Notebook:
    """What the frames told so far, see `FilmAnalysis` for each; `sides` of each finished shot."""

    info: VideoInfo
    images: KeyImages | None = None
    frames: int = 0
    shots: list[Shot] = field(default_factory=list)
    sides: list[Sides] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    own_color: list[Passage] = field(default_factory=list)
    anchors: list[Anchor] = field(default_factory=list)
    before: Sketch | None = None

    def __post_init__(self) -> None:
        info = self.info
        self._step = float(1 / info.rate) if info.rate else 0.0
        self._lit = AreaSamples(
            info.geometry.coded, info.tags.depth, full_range=info.tags.full_range
        )
        self._candidates = KeyFrameSamples()
        self.painted = PaintedLog()

    def add(self, item: _Numbered, *, keeps_color: bool) -> None:
        """The next frame."""
        sketch, before = item.sketch, self.before
        seconds = self._seconds(sketch)
        starts_shot = before is None or item.shot != self.shots[-1].number
        if starts_shot:
            self._end_shot(sketch.index, seconds)
            self._open_shot(item, seconds)
        is_place = starts_shot or (sketch.index - self.shots[-1].start) % ANCHOR_EVERY == 0
        if before is not None and before.is_intact and is_place:
            self.anchors.append(Anchor(sketch.index, before.pts))
        if sketch.is_damaged:
            self.damaged.append(sketch.index)
        elif sketch.y is not None:
            self._lit.add(sketch.y)
            image = None if self.images is None else self.images.shrink(sketch.y)
            self._candidates.add(sketch.index, sketch.sharpness, sketch.picture, image)
        end = seconds + self._step
        share = 0.0 if keeps_color else None if item.look is None else item.look.painted
        self.painted.add(sketch.index, seconds, end, share)
        if keeps_color:
            self._keep_color(sketch.index, seconds)
        self.frames += 1
        self.before = sketch

    def finish(self) -> tuple[Shot, ...]:
        """All shots, the last one ended."""
        if self.before is None:
            raise MediaError(f"{self.info.path}: no frame could be decoded")
        self._end_shot(self.before.index + 1, self._seconds(self.before) + self._step)
        found = areas(self.sides, self.info.geometry.coded)
        return tuple(replace(s, area=a) for s, a in zip(self.shots, found, strict=True))

    def _seconds(self, sketch: Sketch) -> float:
        return float(sketch.pts * self.info.time_base - self.info.start_time)

    def _open_shot(self, item: _Numbered, seconds: float) -> None:
        start, whole = item.sketch.index, Area.whole(self.info.geometry.coded)
        self.shots.append(
            Shot(item.shot, start, start + 1, (seconds, seconds), item.opening, item.lead, whole)
        )

    def _end_shot(self, end: int, seconds: float) -> None:
        if not self.shots:
            return
        last = self.shots[-1]
        chosen = self._candidates.finish(last.start, end)
        self.shots[-1] = replace(
            last,
            end=end,
            seconds=(last.seconds[0], seconds),
            key_frames=chosen.key_frames,
            between=chosen.between,
        )
        if self.images is not None:
            for frame, image in chosen.images.items():
                self.images.keep(frame, image)
        self.sides.append(self._lit.finish())

    def _keep_color(self, frame: int, start: float) -> None:
        """Counts a frame to the passage that is open, or to a new one."""
        passages, end = self.own_color, start + self._step
        if passages and passages[-1].last == frame - 1:
            passages[-1] = passages[-1]._replace(last=frame, end=end)
        else:
            passages.append(Passage(frame, frame, start, end))


def analyze(
    frames: Iterable[Frame],
    info: VideoInfo,
    *,
    keep_color: bool,
    progress: Progress | None = None,
    images: KeyImages | None = None,
) -> FilmAnalysis:
    """Looks at every frame once, in order.

    A frame is given up at once but for small images of it; of one in four, luma is kept until a
    few more frames have come.

    Args:
        frames: the film's, with chroma where its own color is to be examined.
        info: of the film.
        keep_color: whether passages in color keep it.
        progress: called after every frame.
        images: where small images of key frames are kept.

    Returns:
        The analysis; what only the reader of the file knows (`source`, `settings`, `notes`, ...)
        is left for the caller to fill in.

    Raises:
        MediaError: there is no frame.
    """
    cadence, found, colors = CadenceLog(info.tags.depth), _Notebook(info, images), OwnColors()
    numbered = _numbered(sketches(frames, info.tags.depth, cadence))
    for item, colors in mark_own_color(numbered, colors, keep=keep_color):  # noqa: B020
        found.add(item, keeps_color=colors.kept)
        if progress is not None:
            progress(found.frames, info.frame_count)
    shots = found.finish()
    return FilmAnalysis(
        source={},
        settings={},
        first_frame=shots[0].start,
        frames=found.frames,
        shots=shots,
        damaged=tuple(found.damaged),
        own_color=tuple(found.own_color),
        painted=found.painted.finish(),
        looks=colors.looks,
        colored_looks=colors.colored,
        cadence=cadence.finish(),
        repeated=tuple(cadence.repeated),
        anchors=tuple(found.anchors),
    )


def _numbered(items: Iterable[Sketch]) -> Iterator[_Numbered]:
    detector = ShotDetector()
    judged = ((s, None if s.is_damaged else s.picture) for s in items)
    for sketch, shot, state in number_shots(judged, detector, detector.start()):
        yield _Numbered(sketch, shot, OPENINGS[int(state.opening)], int(state.lead))
