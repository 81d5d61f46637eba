"""Shots of a film: where they begin and how, found frame by frame from small luma pictures.

A cut is where blocks of the picture are found again in none of the last frames, nor the last
frames' in the next ones: flashes, black frames and damaged ones are bridged because frames on
both sides of them are looked at. A dissolve is where a picture is a mixture of an earlier and a
later one that are strangers to each other; the new shot begins when it is nearly over, which is
also where a refiner is best started anew (`python -m benchmarks shots --resets 6`). A fade is a
cut after black.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from ..types import Frame
from .bars import NOTHING, lit_area, without_bars
from .similarity import is_blank, is_like, mixture, picture_change, shares
from .thumbnail import HEIGHT, WIDTH, thumbnail

LOOK_AHEAD = 3
"""Frames that are held back to tell an accident from a cut."""
OPENINGS = ("begin", "cut", "dissolve", "fade")
"""How a shot may begin: with the film, or after a transition."""

_REMEMBERED = 3
_USUAL = 0.03
"""Change from frame to frame that is expected of a shot nothing is known of."""
_ADAPTION = 0.15
"""How fast the level follows the change that is seen."""
_SPANS = (12, 24)
"""Frames from the earlier to the later picture of a mixture."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ShotState:
    """What the detector remembers between frames. A value.

    Attributes:
        recent: uint8 `(n, 48, 64)`, n <= 24, the last pictures of this shot with something on
            them, newest first; the first three may be of the shot before.
        level: float64 `()`, how much pictures of this shot change as a rule.
        age: int64 `()`, frames since the shot began.
        own: int64 `()`, how many of `recent` are of this shot.
        mixed: int64 `()`, frames in a row that looked like the middle of a dissolve.
        blank: int64 `()`, frames in a row without anything on them.
        opening: int64 `()`, how the shot began, a place in `OPENINGS`.
        lead: int64 `()`, frames from where the transition began to where the shot did.
        area: int64 `(4,)`, what was lit so far, see `bars`.
    """

    recent: np.ndarray
    level: np.ndarray
    age: np.ndarray
    own: np.ndarray
    mixed: np.ndarray
    blank: np.ndarray
    opening: np.ndarray
    lead: np.ndarray
    area: np.ndarray


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot of a film.

    Attributes:
        number: from 0.
        start, end: numbers of its first frame and of the one after its last.
        opening: one of `OPENINGS`.
        lead: frames from where the transition to it began to `start`; 0 for a cut.
    """

    number: int
    start: int
    end: int
    opening: str
    lead: int


@dataclass(frozen=True, slots=True)
class ShotDetector:
    """Finds cuts, dissolves and fades; keeps nothing itself.

    Attributes:
        threshold: change (see `picture_change`) that is a cut in a quiet shot.
        motion_gain: by how much the threshold rises with the change usual in the shot.
        highest: threshold in the liveliest shot.
        min_shot_frames: a shot is at least this long.
        blank_texture: contrast of blocks, in codes, below which a picture (black, white, fog) is
            not judged, see `is_blank`.
        strange: change from the earlier to the later picture of a dissolve, at least.
        explained: of the frame between them by both (see `mixture`), at least.
        gained: by both over one alone, at least.
        alone: explained by one alone, at most: a quick pan lies beyond.
        mixed_frames: frames in a row that must lie behind such mixtures.
    """

    threshold: float = 0.28
    motion_gain: float = 2.0
    highest: float = 0.45
    min_shot_frames: int = 4
    blank_texture: float = 1.5
    strange: float = 0.5
    explained: float = 0.7
    gained: float = 0.12
    alone: float = 0.85
    mixed_frames: int = 3

    def start(self) -> ShotState:
        """The state before the first frame."""
        nothing = np.zeros((0, HEIGHT, WIDTH), np.uint8)
        zero = np.asarray(0, np.int64)
        area = np.asarray(NOTHING, np.int64)
        return ShotState(nothing, np.asarray(_USUAL), *(zero,) * 6, area)

    def step(
        self, state: ShotState, picture: np.ndarray, ahead: Sequence[np.ndarray] = ()
    ) -> tuple[bool, ShotState]:
        """Whether a frame begins a new shot, and the state after it.

        The first frame of a film begins no new shot. `state` is left as it was.

        Args:
            state: after the frame before.
            picture: `thumbnail` of the frame.
            ahead: of the frames after it, as many as are known; more than `LOOK_AHEAD` are
                not looked at.
        """
        whole, area = picture, state.area
        if not is_blank(picture, self.blank_texture):  # a white flash lights no bars
            area = lit_area(area, picture)
        state = replace(state, age=np.asarray(state.age + 1), area=area)
        picture = without_bars(picture[None], area)[0]
        ahead = [without_bars(p[None], area)[0] for p in ahead]
        seen = without_bars(state.recent, area)
        if is_blank(picture, self.blank_texture):
            return False, replace(state, blank=np.asarray(state.blank + 1))
        level = float(state.level)
        limit = min(self.threshold + self.motion_gain * level, self.highest)
        change = self._change(seen, picture, limit)
        if change > limit and state.age >= self.min_shot_frames:
            if self._is_accident(seen, picture, ahead, limit):
                return False, state
            opening = "fade" if state.blank else "cut"
            return True, self._opened(state, whole, opening, int(state.blank))
        level += _ADAPTION * (min(change, limit) - level)
        own = int(state.own)
        is_mixed = self._is_mixed(seen, own, picture)
        mixed = np.asarray(state.mixed + 1 if is_mixed else 0, np.int64)
        recent = np.concatenate([whole[None], state.recent[: _SPANS[-1] - 1]])
        after = replace(
            state,
            recent=recent,
            level=np.asarray(level),
            own=np.asarray(min(own + 1, len(recent)), np.int64),
            mixed=mixed,
            blank=np.asarray(0, np.int64),
        )
        if mixed >= self.mixed_frames:
            lead = self._lead(seen[:own], picture)
            return True, self._opened(state, whole, "dissolve", lead)
        return False, after

    @staticmethod
    def _change(recent: np.ndarray, picture: np.ndarray, limit: float) -> float:
        """Change since that of the last pictures which is most like it, or the first small one."""
        change = 0.0
        for number, before in enumerate(recent[:_REMEMBERED]):
            score = picture_change(picture, before)
            change = score if number == 0 else min(change, score)
            if change <= limit:
                break
        return change

    def _is_accident(
        self, recent: np.ndarray, picture: np.ndarray, ahead: Sequence[np.ndarray], limit: float
    ) -> bool:
        """Whether none of the pictures to come goes on from `picture`, or one from those before."""
        coming = [p for p in ahead[:LOOK_AHEAD] if not is_blank(p, self.blank_texture)]
        if any(self._change(recent, p, limit) <= limit for p in coming):
            return True
        return len(ahead) > 0 and not any(
            picture_change(p, picture) <= self.highest for p in coming
        )

    def _is_mixed(self, recent: np.ndarray, own: int, picture: np.ndarray) -> bool:
        """Whether `picture` lies behind a dissolve, another picture of the shot before it."""
        for span in _SPANS:
            if own < span:
                return False
            before, between = recent[span - 1], recent[span // 2 - 1]
            if is_like(picture, before, self.strange):
                continue
            both, one = mixture(between, before, picture)
            if both > self.explained and both - one > self.gained and one < self.alone:
                return True
        return False

    @staticmethod
    def _lead(recent: np.ndarray, picture: np.ndarray) -> int:
        """Frames since the dissolve that ends about now began."""
        share = shares(recent, recent[-1], picture)
        return int(np.argmax(share < 0.1))

    @staticmethod
    def _opened(state: ShotState, picture: np.ndarray, opening: str, lead: int) -> ShotState:
        """The state after the first frame of a new shot."""
        zero = np.asarray(0, np.int64)
        return ShotState(
            recent=np.concatenate([picture[None], state.recent[: _REMEMBERED - 1]]),
            level=np.asarray(_USUAL),
            age=zero,
            own=np.asarray(1, np.int64),
            mixed=zero,
            blank=zero,
            opening=np.asarray(OPENINGS.index(opening), np.int64),
            lead=np.asarray(lead, np.int64),
            area=state.area,
        )


def mark_shots(
    frames: Iterable[Frame],
    detector: ShotDetector,
    state: ShotState,
    *,
    shot: int = 0,
    depth: int = 8,
) -> Iterator[tuple[Frame, ShotState]]:
    """Numbers the shots of frames; gives each frame with the state after it, `LOOK_AHEAD` late.

    The state after a frame knows nothing of later ones: taken up there, with the same frames to
    come, the same shots are found.

    Args:
        frames: in order.
        detector: finds the shots.
        state: before the first of `frames`; `detector.start()` at the film's beginning.
        shot: number of the shot that is going on.
        depth: bits per luma code.
    """
    # damage would look like a cut, and hide one
    items = ((f, None if f.is_damaged else thumbnail(f.y, depth)) for f in frames)
    for frame, number, after in number_shots(items, detector, state, shot=shot):
        yield replace(frame, shot=number), after


def number_shots(
    items: Iterable[tuple[T, np.ndarray | None]],
    detector: ShotDetector,
    state: ShotState,
    *,
    shot: int = 0,
) -> Iterator[tuple[T, int, ShotState]]:
    """As `mark_shots`, for items that come with their `thumbnail`; None: not to be judged.

    Yields:
        The item, the number of its shot, and the state after it.
    """
    waiting: deque[tuple[T, np.ndarray | None]] = deque()

    def first() -> tuple[T, int, ShotState]:
        nonlocal state, shot
        item, picture = waiting.popleft()
        if picture is not None:
            ahead = [later for _, later in waiting if later is not None]
            is_new, state = detector.step(state, picture, ahead)
            shot += is_new
        return item, shot, state

    for item in items:
        waiting.append(item)
        if len(waiting) > LOOK_AHEAD:
            yield first()
    while waiting:
        yield first()


def list_shots(marked: Iterable[tuple[Frame, ShotState]]) -> list[Shot]:
    """The shots of a film, or of a range of it, from what `mark_shots` gives."""
    found: list[Shot] = []
    for frame, state in marked:
        if not found or found[-1].number != frame.shot:
            opening = OPENINGS[int(state.opening)]
            found.append(Shot(frame.shot, frame.index, frame.index, opening, int(state.lead)))
        found[-1] = replace(found[-1], end=frame.index + 1)
    return found
