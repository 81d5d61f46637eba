"""Hard cuts of a film, found frame by frame from small luma pictures, without looking ahead.

A frame begins a new shot where blocks of the picture are found again in none of the last frames.
Blocks are compared by correlation, which brightness, contrast and their flicker do not change, and
searched in a neighbourhood, which takes out motion, weave and jitter. Flashes, black frames and
damaged ones are bridged because the frames before them are remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from .types import Frame

WIDTH, HEIGHT = 64, 48
_BLOCK = 16
_REACH = 4
_REMEMBERED = 3
_USUAL = 0.03
"""Change from frame to frame that is expected of a shot nothing is known of."""
_ADAPTION = 0.15
"""How fast the level follows the change that is seen."""


def thumbnail(y: np.ndarray, depth: int = 8) -> np.ndarray:
    """The picture a `ShotDetector` sees: uint8 `(48, 64)`, whatever the film's shape.

    Args:
        y: uint8 or uint16 `(H, W)` luma codes.
        depth: bits per code.
    """
    small: np.ndarray = cv2.resize(y, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return small if depth == 8 else np.right_shift(small, depth - 8).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class ShotState:
    """What the detector remembers between frames. A value: kept, saved and taken up again.

    Attributes:
        recent: uint8 `(n, 48, 64)`, n <= 3, the last pictures with something on them, newest
            first.
        level: float64 `()`, how much pictures of this shot change as a rule.
        age: int64 `()`, frames since the last cut.
    """

    recent: np.ndarray
    level: np.ndarray
    age: np.ndarray

    def arrays(self) -> dict[str, np.ndarray]:
        """The state as named arrays, to be saved."""
        return {"recent": self.recent, "level": self.level, "age": self.age}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> ShotState:
        """The state that gave these `arrays`."""
        return cls(
            np.asarray(arrays["recent"], np.uint8),
            np.asarray(arrays["level"], np.float64),
            np.asarray(arrays["age"], np.int64),
        )


@dataclass(frozen=True, slots=True)
class ShotDetector:
    """Finds hard cuts; keeps nothing itself.

    Attributes:
        threshold: change (see `picture_change`) that is a cut in a quiet shot.
        motion_gain: by how much the threshold rises with the change usual in the shot.
        highest: threshold in the liveliest shot.
        min_shot_frames: a shot is at least this long.
        blank_texture: mean contrast of the blocks, in codes, below which a picture (black, white,
            fog) is not judged.
    """

    threshold: float = 0.28
    motion_gain: float = 2.0
    highest: float = 0.45
    min_shot_frames: int = 4
    blank_texture: float = 1.5

    def start(self) -> ShotState:
        """The state before the first frame."""
        nothing = np.zeros((0, HEIGHT, WIDTH), np.uint8)
        return ShotState(nothing, np.asarray(_USUAL), np.asarray(0, np.int64))

    def step(self, state: ShotState, picture: np.ndarray) -> tuple[bool, ShotState]:
        """Whether a frame begins a new shot, and the state after it.

        The first frame of a film begins no new shot. `state` is left as it was.

        Args:
            state: after the frame before.
            picture: `thumbnail` of the frame.
        """
        age = np.asarray(state.age + 1)
        if _texture(picture) < self.blank_texture:
            return False, replace(state, age=age)
        level = float(state.level)
        limit = min(self.threshold + self.motion_gain * level, self.highest)
        change = 0.0
        for number, before in enumerate(state.recent):
            score = picture_change(picture, before)
            change = score if number == 0 else min(change, score)
            if change <= limit:
                break
        recent = np.concatenate([picture[None], state.recent[: _REMEMBERED - 1]])
        if len(state.recent) and change > limit and age >= self.min_shot_frames:
            return True, ShotState(recent, np.asarray(_USUAL), np.asarray(0, np.int64))
        level += _ADAPTION * (min(change, limit) - level)
        return False, ShotState(recent, np.asarray(level), age)


def picture_change(picture: np.ndarray, before: np.ndarray) -> float:
    """How little of a picture is found again in an earlier one: 0 = all of it, about 0.7 = nothing.

    The mean over blocks, weighted by their contrast, of 1 - the best correlation with the earlier
    picture within a few pixels about the same place.

    Args:
        picture, before: uint8 `(48, 64)`.
    """
    smooth = cv2.GaussianBlur(picture, (3, 3), 0).astype(np.float32)
    around = cv2.copyMakeBorder(
        cv2.GaussianBlur(before, (3, 3), 0), *(_REACH,) * 4, cv2.BORDER_REPLICATE
    ).astype(np.float32)
    lost = weights = 0.0
    for top in range(0, HEIGHT, _BLOCK):
        for left in range(0, WIDTH, _BLOCK):
            block = smooth[top : top + _BLOCK, left : left + _BLOCK]
            # blocks of little contrast are mostly grain, those of much shall not decide alone
            weight = min(float(block.std()), 20.0) - 1.0
            if weight <= 0:
                continue
            there = around[top : top + _BLOCK + 2 * _REACH, left : left + _BLOCK + 2 * _REACH]
            found = cv2.matchTemplate(there, block, cv2.TM_CCOEFF_NORMED).max()
            lost += weight * (1.0 - float(found))
            weights += weight
    return lost / weights if weights else 0.0


def mark_shots(
    frames: Iterable[Frame],
    detector: ShotDetector,
    state: ShotState,
    *,
    shot: int = 0,
    depth: int = 8,
) -> Iterator[tuple[Frame, ShotState]]:
    """Numbers the shots of frames; gives each frame with the state after it.

    Args:
        frames: in order.
        detector: finds the cuts.
        state: before the first of `frames`; `detector.start()` at the film's beginning.
        shot: number of the shot that is going on.
        depth: bits per luma code.
    """
    for frame in frames:
        if not frame.is_damaged:  # damage would look like a cut, and hide one
            is_cut, state = detector.step(state, thumbnail(frame.y, depth))
            shot += is_cut
        yield replace(frame, shot=shot), state


def _texture(picture: np.ndarray) -> float:
    smooth = cv2.GaussianBlur(picture, (3, 3), 0)
    blocks = smooth.reshape(HEIGHT // _BLOCK, _BLOCK, WIDTH // _BLOCK, _BLOCK)
    return float(blocks.std(axis=(1, 3)).mean())
