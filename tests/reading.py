"""Reading finished films back, for tests that compare them with their sources."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np


@dataclass(frozen=True)
class Pictures:
    """Decoded pictures: planes `y`, `u`, `v` of each as arrays, and times in seconds."""

    y: list[np.ndarray]
    u: list[np.ndarray]
    v: list[np.ndarray]
    times: list[Fraction]


def read_pictures(path: Path) -> Pictures:
    """Every picture of the first picture track."""
    planes: tuple[list, list, list] = ([], [], [])
    times = []
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        stream.codec_context.thread_count = 1
        for frame in film.decode(stream):
            times.append(frame.pts * frame.time_base)
            for kept, plane in zip(planes, frame.planes, strict=False):
                size = np.uint16 if frame.format.components[0].bits > 8 else np.uint8
                rows = np.frombuffer(plane, size).reshape(plane.height, -1)
                kept.append(rows[:, : plane.width].copy())
    return Pictures(*planes, times)
