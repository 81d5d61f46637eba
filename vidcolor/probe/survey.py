"""A look at a film before any work: its color, rhythm, shots and borders.

A short film is looked at as a whole; of a long one so many stretches and single pictures, spread
evenly, that the look takes seconds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..analysis.cadence import Rhythm, Step, compare, rhythm, shrink
from ..analysis.source_color import OwnColors, mark_own_color
from ..analysis.tint import ColorLook, hue_name, look_at
from ..shots.detector import ShotDetector, ShotState, mark_shots
from ..shots.similarity import thumbnail
from ..types import Frame, VideoInfo
from ..video.read.sampling import SampledFrame, sampled_frames

_WHOLE_PIXELS = 1_500_000_000
"""A film of at most so many pixels (720 frames of 1080p) is looked at as a whole."""
_WHOLE_FRAMES = 3000
_PLACES, _STRETCH, _STRETCHES_EVERY = 120, 32, 5
_LARGE = 4_000_000
_LOOK_EVERY = 8
_BORDER_CODES, _SMALLEST_BORDER, _LARGEST_BORDER = 8, 4, 0.4


@dataclass(frozen=True, slots=True)
class Survey:
    """What was seen.

    Attributes:
        frames: pictures looked at.
        places: stretches and single pictures they come from.
        is_whole: every frame was looked at: counts are exact.
        verdicts: looks by "gray", "tinted", "colored", "unclear".
        tint: the usual hue of tinted pictures, None where there are none.
        color: (start, end) in seconds of passages in color; of a film not looked at as a whole
            from the first to the last place that is, in a row.
        marked: share of pictures marked as interlaced.
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
    marked: float
    rhythm: Rhythm
    cuts: int
    judged: int
    constant_rate: bool | None
    borders: tuple[int, int, int, int]

    def shots(self, frame_count: int | None) -> int | None:
        """Shots of the film: counted, or estimated from how often cuts come; None = unknown."""
        if self.is_whole:
            return self.cuts + 1
        if frame_count is None or not self.judged:
            return None
        return 1 + round(self.cuts / self.judged * frame_count)


def survey(path: Path, info: VideoInfo) -> Survey:
    """Looks at a film.

    Args:
        path, info: the film, not deinterlaced.

    Raises:
        MediaError: it cannot be read.
    """
    count, area = info.frame_count, info.width * info.height
    is_short = count is not None and count <= _WHOLE_FRAMES and count * area <= _WHOLE_PIXELS
    limit = 2 * (count or 0) + 100
    places = [(0.0, limit)]
    if not is_short:
        number = _PLACES // 2 if area > _LARGE else _PLACES
        places = [(k / number, _STRETCH if k % _STRETCHES_EVERY == 0 else 1) for k in range(number)]
    notebook = _Notebook(info, counts_cuts=not is_short)
    seen = notebook.noted(sampled_frames(path, info, places))
    color: list[tuple[float, float]] = []
    if is_short:
        # as a run decides it
        detector, depth = ShotDetector(), info.tags.depth
        shots = mark_shots((g.frame for g in seen), detector, detector.start(), depth=depth)
        items = (_Numbered(frame) for frame, _ in shots)
        for _, last in deque(mark_own_color(items, OwnColors(), keep=True, depth=depth), maxlen=1):
            color += [_seconds(info, *ends) for ends in last.passages]
            notebook.cuts = last.shot
    else:
        deque(seen, maxlen=0)
        color = notebook.colored_places()
    return notebook.survey(color, is_whole=is_short and notebook.frames < limit)


def _seconds(info: VideoInfo, first: int, last: int) -> tuple[float, float]:
    step = 1 / info.rate if info.rate else 0
    base, start = info.time_base, info.start_time
    return float(first * base - start), float(last * base + step - start)


class _Numbered(NamedTuple):
    frame: Frame


@dataclass
class _Notebook:
    """Notes taken picture by picture; nothing of a picture is kept but the last one's lines."""

    info: VideoInfo
    counts_cuts: bool
    frames: int = 0
    marked: int = 0
    cuts: int = 0
    looks: list[tuple[int, ColorLook]] = field(default_factory=list)
    steps: dict[int, list[Step]] = field(default_factory=dict)
    gaps: list[int] = field(default_factory=list)
    has_times: bool = True
    rows: np.ndarray | None = None
    columns: np.ndarray | None = None

    def noted(self, seen: Iterator[SampledFrame]) -> Iterator[SampledFrame]:
        """The same pictures."""
        detector, depth = ShotDetector(), self.info.tags.depth
        state: ShotState = detector.start()
        before: tuple[SampledFrame, np.ndarray] | None = None
        number_there = 0
        for glimpse in seen:
            frame = glimpse.frame
            lines = shrink(frame.y, depth)
            if before is None or before[0].place != glimpse.place:
                state, number_there = detector.start(), 0
                self.steps[glimpse.place] = []
            else:
                number_there += 1
                self._compare(before, glimpse, lines)
            if self.counts_cuts:
                is_cut, state = detector.step(state, thumbnail(frame.y, depth))
                self.cuts += is_cut
            if number_there % _LOOK_EVERY == 0:
                self._look(glimpse)
            self.frames += 1
            self.marked += glimpse.marked_interlaced
            before = glimpse, lines
            yield glimpse

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

    def survey(self, color: list[tuple[float, float]], *, is_whole: bool) -> Survey:
        """The sum of the notes."""
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
            marked=self.marked / max(self.frames, 1),
            rhythm=rhythm(list(self.steps.values())),
            cuts=self.cuts,
            judged=sum(map(len, self.steps.values())),
            constant_rate=self._is_constant(),
            borders=self._borders(),
        )

    def _compare(
        self, before: tuple[SampledFrame, np.ndarray], glimpse: SampledFrame, lines: np.ndarray
    ) -> None:
        self.steps[glimpse.place].append(compare(before[1], lines))
        if glimpse.pts is None or before[0].pts is None:
            self.has_times = False
        else:
            self.gaps.append(glimpse.pts - before[0].pts)

    def _look(self, glimpse: SampledFrame) -> None:
        frame, depth = glimpse.frame, self.info.tags.depth
        gray = np.full((2, 2), 2 ** (depth - 1), frame.y.dtype)
        u, v = frame.chroma or (gray, gray)
        look = look_at(frame.y, u, v, depth)
        self.looks.append((frame.pts, look))
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
