"""Small films with known colors for the tests of reports, coded without loss."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.films import fill_plane, luma_picture

WIDTH, HEIGHT = 192, 128


def colored_film(
    path: Path,
    chroma: list[tuple[int, int]],
    *,
    cut: int | None = None,
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> Path:
    """A film whose every frame has one tint, the codes (u, v) of `chroma`, over a moving picture.

    Args:
        path: to write, .mkv.
        chroma: a pair of codes a frame.
        cut: frame at which another picture begins.
        size: width and height.
    """
    width, height = size
    rng = np.random.default_rng(0)
    patches = np.kron(
        rng.integers(0, 256, (height // 16 + 1, (width + len(chroma)) // 16 + 1)), np.ones((16, 16))
    )[:height]
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=Fraction(24), options={"qp": "0"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for index, codes in enumerate(chroma):
            frame = av.VideoFrame(width, height, "yuv420p")
            luma = luma_picture(index, width, height)
            if cut is not None and index >= cut:
                luma = patches[:, index : index + width]
            # Dark and bright ends cannot carry a tint.
            fill_plane(frame.planes[0], (80 + luma // 3).astype(np.uint8))
            for plane, code in zip(frame.planes[1:], codes, strict=True):
                fill_plane(plane, np.full((plane.height, plane.width), code, np.uint8))
            frame.pts = index
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def steady(count: int) -> list[tuple[int, int]]:
    """One tint throughout."""
    return [(110, 150)] * count


def flickering(count: int) -> list[tuple[int, int]]:
    """Two tints in turn."""
    return [(110, 150) if index % 2 else (104, 158) for index in range(count)]


def gray(count: int) -> list[tuple[int, int]]:
    """No color."""
    return [(128, 128)] * count
