"""A film to measure with, made up: a camera that pans over a textured ground, and grain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from ..config import EncodeConfig
from ..film import open_film
from ..geometry import Size
from ..video.plan.plan import plan_output
from ..video.segments.sink import SegmentWriter

_STEP = (3, 2)
"""Pixels that the camera moves from frame to frame, at 480 lines."""
_GRAIN = 2.0
"""Standard deviation of the grain, in codes."""


def make_film(folder: Path, size: Size, frames: int) -> Path:
    """Writes an H.264 film of `frames` gray frames into `folder`; the same at every call.

    Raises:
        MediaError: the disk is full or the folder cannot be written to.
    """
    raw = folder / f"{size.height}.y4m"
    with raw.open("wb") as file:
        file.write(f"YUV4MPEG2 W{size.width} H{size.height} F24:1 Ip A1:1 C420mpeg2\n".encode())
        gray = bytes([128]) * (2 * -(-size.width // 2) * -(-size.height // 2))
        for luma in _lumas(size, frames):
            file.write(b"FRAME\n" + luma.tobytes() + gray)
    path = folder / f"{size.height}.nut"
    with open_film(raw) as film, film.frames() as source:
        encode = EncodeConfig(codec="h264", crf=18, preset="veryfast")
        plan = plan_output(film.info, folder / f"{size.height}.mkv", encode)
        u, v = (np.full(plan.chroma_size.shape, 128, np.uint8) for _ in range(2))
        with SegmentWriter(plan, path) as writer:
            for frame in source:
                writer.write(frame, u, v)
    raw.unlink()
    return path


def _lumas(size: Size, frames: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(0)
    scale = max(1, round(size.height / 480))
    across, along = (s * scale * frames for s in _STEP)
    height, width = size.height + along, size.width + across
    ground = np.zeros((height, width), np.float32)
    for cell, strength in ((240, 45.0), (60, 20.0), (12, 8.0)):
        shape = (height // (cell * scale) + 2, width // (cell * scale) + 2)
        coarse = rng.normal(0, strength, shape).astype(np.float32)
        ground += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    for n in range(frames):
        x, y = (s * scale * n for s in _STEP)
        seen = ground[y : y + size.height, x : x + size.width] + 120
        grain = rng.standard_normal(size.shape, np.float32) * np.float32(_GRAIN)
        yield np.clip(seen + grain, 16, 235).astype(np.uint8)
