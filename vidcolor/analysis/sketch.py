"""What the analysis keeps of a frame while later ones decide about it: small images, no film."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ..shots.thumbnail import small_luma, thumbnail_of
from ..types import Frame
from .cadence_log import CadenceLog
from .key_frames import sharpness
from .tint import ColorLook, look_at

_EXAMINED_EVERY = 4
"""A shot has at least so many frames; a flash, fewer."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """A frame, small.

    Attributes:
        index, pts, is_damaged, is_intact: of the frame, see `types.Frame`.
        picture: its `thumbnail`.
        look: at its own color; None where the frame came without chroma.
        y: its luma codes in full, only of frames whose area and sharpness are examined.
        sharpness: of the same frames, see `key_frames.sharpness`; else 0.
    """

    index: int
    pts: int
    is_damaged: bool
    is_intact: bool
    picture: np.ndarray
    look: ColorLook | None
    y: np.ndarray | None
    sharpness: float


def sketches(frames: Iterable[Frame], depth: int, cadence: CadenceLog) -> Iterator[Sketch]:
    """Sketches frames, and enters them in the log.

    Args:
        frames: in order.
        depth: bits per luma code.
        cadence: told of every frame.
    """
    for number, frame in enumerate(frames):
        small = small_luma(frame.y, depth)
        cadence.add(frame.index, frame.y, small, is_damaged=frame.is_damaged)
        is_examined = number % _EXAMINED_EVERY == 0
        yield Sketch(
            frame.index,
            frame.pts,
            frame.is_damaged,
            frame.is_intact,
            thumbnail_of(small),
            None if frame.chroma is None else look_at(frame.y, *frame.chroma, depth),
            frame.y if is_examined else None,
            sharpness(small) if is_examined else 0.0,
        )
