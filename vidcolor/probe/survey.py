"""A look at a film's file before any work: its color, cadence and borders.

Every frame of a short film is looked at; of a long one so many stretches and single frames, spread
evenly, that it takes seconds. Shots are those of the analysis where there is one; without it, how
many there are is estimated from the stretches.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..analysis.cadence import Rhythm, Step, compare, rhythm, shrink
from ..analysis.film_analysis import FilmAnalysis
from ..analysis.source_color import OwnColors, mark_own_color
from ..analysis.tint import ColorLook, hue_name, look_at
from ..geometry import Area
from ..shots.detector import ShotDetector, ShotState
from ..shots.thumbnail import thumbnail
from ..types import VideoInfo
from ..video.read.sampling import SampledFrame, sampled_frames

_WHOLE_PIXELS = 1_500_000_000
"""A film of at most so many pixels (720 frames of 1080p) is short: all of it is looked at."""
_WHOLE_FRAMES = 3000
_PLACES, _STRETCH, _STRETCHES_EVERY = 120, 32, 5
_LARGE = 4_000_000
_LOOK_EVERY = 8
_LEAST_LOOKS = 2  # in a row that must find a colored region: a single one may be damage
_BORDER_CODES, _SMALLEST_BORDER, _LARGEST_BORDER = 8, 4, 0.4


@dataclass(frozen=True, slots=True)
class Survey:
    """What was seen.

    Attributes:
        frames: frames looked at.
        places: stretches and single frames they come from.
        is_whole: every frame of the file was looked at: counts are exact.
        verdicts: looks by "gray", "tinted", "colored", "unclear".
        tint: the usual hue of tinted frames, None where there are none.
        color: (start, end) in seconds of passages in color; of a film not looked at as a whole
            from the first to the last place that is, in a row.
        painted: (start, end, largest share of the image) of passages with colored regions in an
            image that is gray or tinted otherwise; times as of `color`.
        marked: share of frames marked as interlaced.
        rhythm: combing and repeated frames.
        cuts, judged: cuts found, and pairs of frames in which one could be.
        constant_rate: every frame is shown equally long; None without timestamps.
        borders: black lines at the top, bottom, left and right, in pixels as coded.
    """

    frames: int
    places: int
    is_whole: bool
    verdicts: dict[str, int]
    tint: str | None
    color: tuple[tuple[float, float], ...]
    painted: tuple[tuple[float, float, float], ...]
    marked: float
    rhythm: Rhythm
    cuts: int
    judged: int
    constant_rate: bool | None
    borders: tuple[int, int, int, int]

    def estimated_shots(self, frame_count: int | None) -> int | None:
        """Shots of a film of so many frames, from how often cuts come; None = unknown."""
        if frame_count is None or not self.judged:
            return None
        return 1 + round(self.cuts / self.judged * frame_count)


def is_short(info: VideoInfo) -> bool:
    """Whether a film is looked at as a whole."""
    count, pixels = info.frame_count, info.width * info.height
    return count is not None and count <= _WHOLE_FRAMES and count * pixels <= _WHOLE_PIXELS


def most_frames(info: VideoInfo) -> int:
    """Frames at which a film that `is_short` is not: its header is wrong."""
    return 2 * (info.frame_count or 0) + 100


def survey(path: Path, info: VideoInfo, analysis: FilmAnalysis | None = None) -> Survey:
    """Looks at a film.

    Args:
        path, info: the film, all of it and not deinterlaced.
        analysis: of the same frames, if it was made.

    Raises:
        MediaError: it cannot be read.
    """
    limit = most_frames(info)
    places = [(0.0, limit)]
    whole = is_short(info)
    if not whole:
        number = _PLACES // 2 if info.width * info.height > _LARGE else _PLACES
        places = [(k / number, _STRETCH if k % _STRETCHES_EVERY == 0 else 1) for k in range(number)]
    notebook = _Notebook(info, analysis)
    seen = notebook.noted(sampled_frames(path, info, places))
    if whole and analysis is not None:
        color = _passages(seen, info, analysis)
    else:
        deque(seen, maxlen=0)
        color = notebook.colored_places()
    return notebook.survey(color, is_whole=whole and notebook.frames < limit)


def _passages(
    seen: Iterable[SampledFrame], info: VideoInfo, analysis: FilmAnalysis
) -> list[tuple[float, float]]:
    """Passages in color as a run would keep them, in seconds."""

    def examined() -> Iterator[_Examined]:
        for number, sampled in enumerate(seen):
            frame = sampled.frame
            shot = analysis.shot_at(min(number, analysis.frames - 1)).number
            look = None
            if frame.chroma is not None:
                look = look_at(frame.y, *frame.chroma, info.tags.depth)
            yield _Examined(frame.pts, shot, look)

    found: list[tuple[float, float]] = []
    was_kept = False
    for item, colors in mark_own_color(examined(), OwnColors(), keep=True):
        if colors.kept:
            start, end = _seconds(info, item.pts, item.pts)
            found.append((found.pop()[0] if was_kept else start, end))
        was_kept = colors.kept
    return found


def _seconds(info: VideoInfo, first: int, last: int) -> tuple[float, float]:
    step = 1 / info.rate if info.rate else 0
    base, start = info.time_base, info.start_time
    return float(first * base - start), float(last * base + step - start)


class _Examined(NamedTuple):
    pts: int
    shot: int
    look: ColorLook | None


@dataclass
class _Notebook:
    """Notes taken frame by frame; nothing of a frame is kept but the last one's lines."""

    info: VideoInfo
    analysis: FilmAnalysis | None
    frames: int = 0
    marked: int = 0
    cuts: int = 0
    looks: list[tuple[int, ColorLook]] = field(default_factory=list)
    painted: list[tuple[int, float]] = field(default_factory=list)
    steps: dict[int, list[Step]] = field(default_factory=dict)
    gaps: list[int] = field(default_factory=list)
    has_times: bool = True
    rows: np.ndarray | None = None
    columns: np.ndarray | None = None

    def noted(self, seen: Iterator[SampledFrame]) -> Iterator[SampledFrame]:
        """The same frames."""
        detector, depth = ShotDetector(), self.info.tags.depth
        state: ShotState = detector.start()
        before: tuple[SampledFrame, np.ndarray | None] | None = None
        number_there = 0
        for sampled in seen:
            frame = sampled.frame
            lines = shrink(frame.y, depth) if self.analysis is None else None
            if before is None or before[0].place != sampled.place:
                state, number_there = detector.start(), 0
                self.steps[sampled.place] = []
            else:
                number_there += 1
                self._compare(before, sampled, lines)
            if self.analysis is None:
                is_cut, state = detector.step(state, thumbnail(frame.y, depth))
                self.cuts += is_cut
            if number_there % _LOOK_EVERY == 0:
                self._look(sampled)
            self.frames += 1
            self.marked += sampled.marked_interlaced
            before = sampled, lines
            yield sampled

    def colored_places(self) -> list[tuple[float, float]]:
        """From the first to the last of consecutive places that are in color, in seconds."""
        passages: list[tuple[float, float]] = []
        goes_on = False
        for pts, look in self.looks:
            if look.verdict == "unclear":
                continue
            if look.verdict == "colored":
                start, end = _seconds(self.info, pts, pts)
                if goes_on:
                    start = passages.pop()[0]
                passages.append((start, end))
            goes_on = look.verdict == "colored"
        return passages

    def _painted_places(self) -> list[tuple[float, float, float]]:
        """Passages of at least two looks in a row that find colored regions."""
        passages: list[tuple[float, float, float]] = []
        row: list[tuple[int, float]] = []
        least = min(_LEAST_LOOKS, len(self.painted))
        for pts, share in [*self.painted, (0, 0.0)]:
            if share > 0:
                row.append((pts, share))
                continue
            if len(row) >= least:
                start, end = _seconds(self.info, row[0][0], row[-1][0])
                passages.append((start, end, max(s for _, s in row)))
            row = []
        return passages

    def survey(self, color: list[tuple[float, float]], *, is_whole: bool) -> Survey:
        """The sum of the notes."""
        known = None if self.analysis is None else self.analysis.cadence
        verdicts = dict.fromkeys(("gray", "tinted", "colored", "unclear"), 0)
        hues: dict[str, int] = {}
        for _, look in self.looks:
            verdicts[look.verdict] += 1
            if look.verdict == "tinted":
                hues[hue_name(look)] = hues.get(hue_name(look), 0) + 1
        return Survey(
            frames=self.frames,
            places=len(self.steps),
            is_whole=is_whole,
            verdicts=verdicts,
            tint=max(hues, key=lambda name: hues[name]) if hues else None,
            color=tuple(color),
            painted=tuple(self._painted_places()),
            marked=self.marked / max(self.frames, 1),
            rhythm=known or rhythm(list(self.steps.values())),
            cuts=self.cuts if self.analysis is None else len(self.analysis.shots) - 1,
            judged=self.frames - len(self.steps),
            constant_rate=self._is_constant(),
            borders=self._borders(),
        )

    def _compare(
        self,
        before: tuple[SampledFrame, np.ndarray | None],
        sampled: SampledFrame,
        lines: np.ndarray | None,
    ) -> None:
        if before[1] is not None and lines is not None:
            self.steps[sampled.place].append(compare(before[1], lines))
        if sampled.pts is None or before[0].pts is None:
            self.has_times = False
        else:
            self.gaps.append(sampled.pts - before[0].pts)

    def _look(self, sampled: SampledFrame) -> None:
        frame, depth = sampled.frame, self.info.tags.depth
        gray = np.full((2, 2), 2 ** (depth - 1), frame.y.dtype)
        u, v = frame.chroma or (gray, gray)
        look = look_at(frame.y, u, v, depth)
        self.looks.append((frame.pts, look))
        self.painted.append((frame.pts, look.painted))
        rows, columns = frame.y.mean(axis=1), frame.y.mean(axis=0)
        self.rows = rows if self.rows is None else np.maximum(self.rows, rows)
        self.columns = columns if self.columns is None else np.maximum(self.columns, columns)

    def _is_constant(self) -> bool | None:
        if not self.has_times or not self.gaps:
            return None
        usual = float(np.median(self.gaps))
        # Matroska rounds to milliseconds: one tick more or less means nothing
        return max(abs(g - usual) for g in self.gaps) <= max(1.0, 0.02 * usual)

    def _borders(self) -> tuple[int, int, int, int]:
        if self.analysis is not None:
            return _outside([s.area for s in self.analysis.shots], self.info)
        if self.rows is None or self.columns is None:
            return 0, 0, 0, 0
        scale = 2 ** (self.info.tags.depth - 8)
        black = 0 if self.info.tags.full_range else 16
        limit = (black + _BORDER_CODES) * scale
        found = []
        for light in (self.rows, self.rows[::-1], self.columns, self.columns[::-1]):
            dark = int(np.argmax(light > limit)) if (light > limit).any() else len(light)
            is_border = _SMALLEST_BORDER <= dark <= _LARGEST_BORDER * len(light)
            found.append(dark if is_border else 0)
        return found[0], found[1], found[2], found[3]


def _outside(areas: list[Area], info: VideoInfo) -> tuple[int, int, int, int]:
    """Lines at the top, bottom, left and right that no shot uses."""
    return (
        min(a.top for a in areas),
        info.height - max(a.bottom for a in areas),
        min(a.left for a in areas),
        info.width - max(a.right for a in areas),
    )
