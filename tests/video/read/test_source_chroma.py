"""Chroma planes of a film, as they were coded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.films import FilmSpec, chroma_picture, make_film
from vidcolor.video.read.source import FrameSource


@pytest.mark.parametrize(
    ("pix_fmt", "codec", "depth", "shape"),
    [
        ("yuv420p", "libx264", 8, (32, 48)),
        ("yuv444p", "libx264", 8, (64, 96)),
        ("yuv420p10le", "libx264", 10, (32, 48)),
        ("nv12", "rawvideo", 8, (32, 48)),
    ],
)
def test_planes_are_those_that_were_coded(
    tmp_path: Path, pix_fmt: str, codec: str, depth: int, shape: tuple[int, int]
) -> None:
    ending = "nut" if codec == "rawvideo" else "mkv"
    spec = FilmSpec(frames=3, pix_fmt=pix_fmt, codec=codec)
    made = make_film(tmp_path / f"film.{ending}", spec)
    with FrameSource(made.path, chroma_every=1) as source:
        frames = list(source)
    assert [frame.index for frame in frames] == [0, 1, 2]
    for index, frame in enumerate(frames):
        chroma = chroma_picture(index, shape[1], shape[0], depth=depth)
        assert np.array_equal(frame.y, made.luma[index])
        assert frame.chroma is not None
        for plane in frame.chroma:
            assert np.array_equal(plane, chroma)
            assert not plane.flags.writeable


def test_a_film_without_chroma_has_none(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=2, pix_fmt="gray", codec="ffv1"))
    with FrameSource(made.path, 1, chroma_every=1) as source:
        (frame,) = source
    assert frame.index == 1
    assert frame.chroma is None
