"""Where chroma samples lie: read from the film, used, and written down again."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from tests.films import FilmSpec, make_film
from tests.video.rewrite import LOSSLESS, rewrite
from vidcolor.config import EncodeConfig
from vidcolor.video.read.siting import read_siting
from vidcolor.video.read.source import FrameSource


def film(path: Path, siting: str | None, **settings: object) -> Path:
    options = {"qp": "0"} | ({"chroma_sample_location": siting} if siting else {})
    return make_film(path, FilmSpec(frames=3, options=options, **settings)).path  # type: ignore[arg-type]


def siting_of(path: Path) -> str:
    with av.open(str(path)) as container:
        return read_siting(next(container.decode(video=0)))


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv420p10le"])
@pytest.mark.parametrize("siting", ["left", "center", "topleft", "top", "bottomleft", "bottom"])
def test_the_mark_is_read_and_written(tmp_path: Path, siting: str, pix_fmt: str) -> None:
    source = film(tmp_path / "a.mkv", siting, pix_fmt=pix_fmt)
    assert siting_of(source) == siting
    for name, codec in (("o.mkv", "libx264"), ("o.mp4", "libx265")):
        encode = EncodeConfig(codec=codec, crf=0, preset="ultrafast")
        assert rewrite(source, tmp_path / name, encode).plan.tags.siting == siting
        assert siting_of(tmp_path / name) == siting


@pytest.mark.parametrize(("name", "codec"), [("o.mkv", "ffv1"), ("o.webm", "libvpx-vp9")])
def test_encoders_without_a_mark_get_centerd_samples(tmp_path: Path, name: str, codec: str) -> None:
    """That is how libav, and so most of what reads these files, takes them."""
    source = film(tmp_path / "a.mkv", "topleft")
    result = rewrite(source, tmp_path / name, EncodeConfig(codec=codec, crf=0))
    assert result.plan.tags.siting == siting_of(tmp_path / name) == "center"


def test_without_a_mark_h264_is_left_and_jpeg_centerd(tmp_path: Path) -> None:
    assert siting_of(film(tmp_path / "a.mkv", None)) == "left"
    spec = FilmSpec(frames=2, codec="mjpeg", pix_fmt="yuvj420p")
    assert siting_of(make_film(tmp_path / "a.avi", spec).path) == "center"


@pytest.mark.parametrize(
    "spec",
    [
        FilmSpec(frames=2, pix_fmt="gray", codec="ffv1"),
        FilmSpec(frames=2, pix_fmt="yuv422p"),
        FilmSpec(frames=2, width=32, height=32),
        FilmSpec(frames=2, colorspace=8),  # the scaler refuses it
        FilmSpec(frames=2, pix_fmt="rgb24", codec="png"),
    ],
)
def test_pictures_that_tell_nothing_are_taken_as_usual(tmp_path: Path, spec: FilmSpec) -> None:
    made = make_film(tmp_path / "a.mov" if spec.codec == "png" else tmp_path / "a.mkv", spec)
    with FrameSource(made.path) as source:
        assert source.info.tags.siting == "left"


def test_gray_film_gets_a_mark(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=3, pix_fmt="gray", codec="ffv1"))
    rewrite(made.path, tmp_path / "o.mp4", LOSSLESS)
    assert siting_of(tmp_path / "o.mp4") == "left"
