"""The rhythm of a film: combed frames, the order of fields, repeated frames, pulldown.

Told from the luma of a few consecutive frames. Fields are compared line by line, within a frame
and with the frame before: fields that follow each other in time fit best (the idea of libavfilter's
idet). In progressive film both fit a frame before equally badly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

_COLUMNS = 256
"""Lines are averaged to about so many columns: grain and codec noise go, combing stays."""
_MOVES = 0.35
"""Mean change between fields, in 8-bit codes, below which nothing moves that could be judged."""
_REPEATED = 0.25
"""A repeated picture differs by less than this part of what its neighbors differ."""
_COMBED = 2.0
_CLEAR = 0.02
_INTERLACED = 0.2
_AGREED = 0.6
_LONGEST_PERIOD = 12
_REGULAR = 0.9


@dataclass(frozen=True, slots=True)
class Step:
    """Two consecutive frames compared, in mean 8-bit codes.

    Attributes:
        top, bottom: change of the top and of the bottom field.
        own: how badly the second frame's own fields fit together, line by line.
        top_first: how badly the first frame's bottom field fits the second's top field,
        bottom_first: ... and the first's top field the second's bottom field: of a frame with two
            times in it, fields that follow each other in time fit best.
    """

    top: float
    bottom: float
    own: float
    top_first: float
    bottom_first: float

    @property
    def moves(self) -> bool:
        """Whether anything moves."""
        return max(self.top, self.bottom) >= _MOVES


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What was found in the frames looked at.

    Attributes:
        judged: pairs of frames in which something moves.
        combed: share of them whose fields are of different times.
        order: "tff" or "bff" where `combed` frames say so, else "progressive".
        pulldown: two combed frames in every five, with repeated fields: 3:2 pulldown.
        repeated: share of frames that repeat the one before, None where nothing moves.
        period: frames after which repeats come again, None where irregular.
        repeats: repeated frames in each period.
    """

    judged: int
    combed: float
    order: str
    pulldown: bool
    repeated: float | None
    period: int | None
    repeats: int

    def film_rate(self, rate: Fraction) -> Fraction:
        """Different pictures a second of a film that shows `rate` frames a second."""
        if self.pulldown:
            return rate * 4 / 5
        if self.period is not None:
            return rate * (self.period - self.repeats) / self.period
        return rate


def shrink(y: np.ndarray, depth: int) -> np.ndarray:
    """The image that rhythm is told from: float32 `(H, w)`, every line kept, w < 384.

    Args:
        y: uint8 or uint16 `(H, W)` luma codes.
        depth: bits per code.
    """
    height, width = y.shape
    # whole columns: three times faster than parts of them
    joined = max(1, round(width / _COLUMNS))
    whole = y[:, : width // joined * joined]
    lines: np.ndarray = cv2.resize(whole, (width // joined, height), interpolation=cv2.INTER_AREA)
    return lines[: y.shape[0] // 2 * 2].astype(np.float32) * np.float32(2.0 ** (8 - depth))


def compare(before: np.ndarray, after: np.ndarray) -> Step:
    """Two consecutive pictures of `shrink`, of one size. Less than four lines tell nothing."""
    if len(after) < 4:
        return Step(0, 0, 0, 0, 0)
    top, bottom = after[0::2], after[1::2]
    old_top, old_bottom = before[0::2], before[1::2]
    return Step(
        top=_apart(top, old_top),
        bottom=_apart(bottom, old_bottom),
        own=_misfit(top, bottom),
        top_first=_misfit(top, old_bottom),
        bottom_first=_misfit(old_top, bottom),
    )


def rhythm(bursts: Sequence[Sequence[Step]]) -> Rhythm:
    """What several stretches of consecutive frames have in common.

    Args:
        bursts: a stretch each, of steps from frame to frame without a gap.
    """
    moving = [s for burst in bursts for s in burst if s.moves]
    combed, lead = _combing(moving)
    pulldown = _is_pulldown(bursts)
    masks = [m for m in (_repeats(burst) for burst in bursts) if m is not None]
    known = [x for mask in masks for x in mask if x is not None]
    share = sum(known) / len(known) if known else None
    period, repeats = _period(masks) if share else (None, 0)
    order = "progressive"
    if combed > _INTERLACED and abs(lead) > _AGREED:
        order = "tff" if lead > 0 else "bff"
    return Rhythm(len(moving), combed, order, pulldown, share, period, repeats)


def is_repeat(change: Sequence[float]) -> bool | None:
    """Whether the middle one of five consecutive frames repeats the one before; None: no motion.

    Args:
        change: of each frame since the one before, in mean 8-bit codes.
    """
    around = min(max(change[:2]), max(change[3:]))
    if max(around, change[2]) < _MOVES:
        return None
    return change[2] < _REPEATED * around


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    """Mean absolute difference."""
    return cv2.norm(one, other, cv2.NORM_L1) / one.size


def _misfit(top: np.ndarray, bottom: np.ndarray) -> float:
    """How far lines of the top field lie from the mean of the bottom lines around them."""
    return _apart(top[1:], cv2.addWeighted(bottom[:-1], 0.5, bottom[1:], 0.5, 0))


def _combing(steps: Sequence[Step]) -> tuple[float, float]:
    """Share of combed frames, and which order of fields they speak for: 1 top first, -1 bottom."""
    if not steps:
        return 0.0, 0.0
    leads = []
    for s in steps:
        better, worse = sorted((s.top_first, s.bottom_first))
        gap = worse - better
        if gap > _COMBED * (better - s.own) and gap > _CLEAR * worse:
            leads.append(s.bottom_first - s.top_first)
    if not leads:
        return 0.0, 0.0
    return len(leads) / len(steps), sum(leads) / sum(abs(x) for x in leads)


def _is_pulldown(bursts: Sequence[Sequence[Step]]) -> bool:
    """Whether fields repeat as in 3:2 pulldown: a top and a bottom field in every five frames."""
    found = judged = 0
    for burst in bursts:
        if len(burst) < 10 or sum(s.moves for s in burst) < 0.8 * len(burst):
            continue
        judged += 1
        alike = [_field_repeated(s) for s in burst]
        found += any(_follows(alike, phase, gap) for phase in range(5) for gap in (2, 3))
    return judged > 0 and found > 0.5 * judged


def _follows(alike: Sequence[str | None], phase: int, gap: int) -> bool:
    """Whether top fields repeat at `phase` of every five frames and bottom ones `gap` later."""
    wanted = {phase: "top", (phase + gap) % 5: "bottom"}
    hits = sum(x == wanted.get(i % 5) for i, x in enumerate(alike))
    return hits >= _REGULAR * len(alike)


def _field_repeated(step: Step) -> str | None:
    if step.top < _REPEATED * step.bottom:
        return "top"
    return "bottom" if step.bottom < _REPEATED * step.top else None


def _repeats(burst: Sequence[Step]) -> list[bool | None] | None:
    """For each step whether the frame repeats the one before.

    None where nothing moves around it, and at both ends, where too little is known.
    """
    change = [max(s.top, s.bottom) for s in burst]
    mask: list[bool | None] = [None] * len(change)
    for i in range(2, len(change) - 2):
        mask[i] = is_repeat(change[i - 2 : i + 3])
    return mask if any(m is not None for m in mask) else None


def _period(masks: Sequence[Sequence[bool | None]]) -> tuple[int | None, int]:
    """The shortest period in which repeats come again, and how many there are in it."""
    long = [m for m in masks if sum(x is not None for x in m) >= 8]
    for period in range(2, _LONGEST_PERIOD + 1):
        fits = total = 0
        counts = []
        for mask in long:
            if len(mask) < 2 * period:
                continue
            votes = [[x for x in mask[k::period] if x is not None] for k in range(period)]
            pattern = [sum(v) * 2 > len(v) for v in votes]
            fits += sum(x == p for v, p in zip(votes, pattern, strict=True) for x in v)
            total += sum(len(v) for v in votes)
            counts.append(sum(pattern))
        if total and counts and fits >= 0.95 * total:
            repeats = round(float(np.median(counts)))
            if repeats:
                return period, repeats
    return None, 0
