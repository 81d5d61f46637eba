"""Luma, formats and tags of what FrameSource hands out."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.films import FilmSpec, fill_plane, luma_picture, make_film
from vidcolor.types import ColorTags
from vidcolor.video.read.luma import LumaReader, luma_layout
from vidcolor.video.read.source import FrameSource


def read(path: Path, **range_: object) -> tuple[FrameSource, list]:
    with FrameSource(path, **range_) as source:
        frames = [(f.index, f.pts, f.y.copy()) for f in source]
    return source, frames


@pytest.mark.parametrize(
    ("pix_fmt", "codec", "suffix", "luma_format", "shift"),
    [
        ("yuv420p", "libx264", "mp4", "yuv420p", (1, 1)),
        ("yuv422p", "libx264", "mkv", "yuv422p", (1, 0)),
        ("yuv444p", "libx264", "mkv", "yuv444p", (0, 0)),
        ("yuvj420p", "libx264", "mkv", "yuvj420p", (1, 1)),
        ("yuv420p10le", "libx264", "mkv", "yuv420p10le", (1, 1)),
        ("yuv422p10le", "libx264", "mkv", "yuv422p10le", (1, 0)),
        ("yuv420p12le", "ffv1", "mkv", "yuv420p12le", (1, 1)),
        ("yuva420p", "ffv1", "mkv", "yuv420p", (1, 1)),
        ("gray", "ffv1", "mkv", "gray", None),
        ("gray10le", "ffv1", "mkv", "gray10le", None),
        ("gray12le", "ffv1", "mkv", "gray12le", None),
        ("gray16le", "ffv1", "mkv", "gray16le", None),
        ("nv12", "rawvideo", "nut", "yuv420p", (1, 1)),
        ("nv21", "rawvideo", "nut", "yuv420p", (1, 1)),
        ("yuyv422", "rawvideo", "nut", "yuv422p", (1, 0)),
        ("uyvy422", "rawvideo", "nut", "yuv422p", (1, 0)),
        ("yuv411p", "rawvideo", "nut", "yuv411p", (2, 0)),
        ("yuv440p", "rawvideo", "nut", "yuv440p", (0, 1)),
    ],
)
def test_luma_of_yuv_and_gray_is_never_changed(
    tmp_path: Path, pix_fmt: str, codec: str, suffix: str, luma_format: str, shift: object
) -> None:
    # 100 wide: lines are padded in memory
    spec = FilmSpec(frames=5, width=100, height=64, pix_fmt=pix_fmt, codec=codec)
    made = make_film(tmp_path / f"a.{suffix}", spec)
    source, frames = read(made.path)
    assert (source.info.luma_format, source.info.chroma_shift) == (luma_format, shift)
    assert [f[0] for f in frames] == list(range(5))
    for (_, _, y), want in zip(frames, made.luma, strict=True):
        assert y.dtype == want.dtype
        np.testing.assert_array_equal(y, want)


@pytest.mark.parametrize("full", [True, False])
def test_packed_luma_keeps_its_codes_whatever_the_range(tmp_path: Path, full: bool) -> None:
    spec = FilmSpec(
        frames=2, pix_fmt="yuyv422", codec="rawvideo", color_range=2 if full else 1, colorspace=1
    )
    made = make_film(tmp_path / "a.mov", spec)
    source, frames = read(made.path)
    np.testing.assert_array_equal(frames[1][2], made.luma[1])
    assert source.info.luma_format == "yuv422p"


def test_luma_is_a_view_that_cannot_be_written_and_outlives_the_film(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=8, width=98))
    with FrameSource(made.path) as source:
        frames = list(source)
    for frame, want in zip(frames, made.luma, strict=True):
        np.testing.assert_array_equal(frame.y, want)
        assert not frame.y.flags.owndata
        with pytest.raises(ValueError, match="read-only"):
            frame.y[0, 0] = 1


@pytest.mark.parametrize(
    ("pix_fmt", "codec", "suffix", "shown"),
    [
        ("bgra", "ffv1", "mkv", "bgra"),
        ("gbrp", "rawvideo", "nut", "gbrp"),
        ("rgb24", "rawvideo", "nut", "rgb24"),
        ("rgb8", "gif", "gif", "bgra"),
        ("rgb24", "png", "mov", "rgb24"),
    ],
)
@pytest.mark.parametrize(("height", "matrix", "code"), [(64, "bt601", 6), (720, "bt709", 1)])
def test_gray_in_rgb_keeps_its_codes(
    tmp_path: Path, pix_fmt: str, codec: str, suffix: str, shown: str,
    height: int, matrix: str, code: int,
) -> None:  # fmt: skip
    spec = FilmSpec(frames=2, height=height, pix_fmt=pix_fmt, codec=codec, rate=10)
    made = make_film(tmp_path / f"a.{suffix}", spec)
    source, frames = read(made.path)
    info = source.info
    assert (info.pix_fmt, info.luma_format) == (shown, "yuv444p")
    assert (info.tags.matrix, info.tags.colorspace, info.tags.full_range) == (matrix, code, True)
    assert any("gray keeps its codes" in note for note in source.notes)
    error = np.abs(frames[1][2].astype(int) - made.luma[1])  # R = G = B = the known codes
    if codec == "gif":  # 256 colors, dithered
        assert error.mean() < 15
    else:
        assert error.max() == 0


def test_rgb_is_weighted_by_the_matrix_it_is_tagged_with(tmp_path: Path) -> None:
    for height, weights in ((64, (0.299, 0.587, 0.114)), (720, (0.2126, 0.7152, 0.0722))):
        path = tmp_path / f"{height}.nut"
        with av.open(str(path), "w") as out:
            stream = out.add_stream("rawvideo", rate=24)
            stream.width, stream.height, stream.pix_fmt = 64, height, "rgb24"
            color = np.full((height, 64, 3), (200, 100, 50), np.uint8)
            frame = av.VideoFrame.from_ndarray(color, format="rgb24")
            out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        _, frames = read(path)
        assert abs(int(frames[0][2][5, 5]) - np.dot(weights, (200, 100, 50))) <= 0.5


def test_bilevel_film_becomes_gray(tmp_path: Path) -> None:
    spec = FilmSpec(frames=2, pix_fmt="monob", codec="rawvideo")
    source, frames = read(make_film(tmp_path / "a.nut", spec).path)
    assert (source.info.luma_format, source.info.tags.full_range) == ("gray", True)
    assert set(np.unique(frames[0][2])) == {0, 255}


@pytest.mark.parametrize(
    ("spec", "matrix", "full", "codes"),
    [
        (FilmSpec(), "bt601", False, (2, 2, 2)),
        (FilmSpec(height=720), "bt709", False, (2, 2, 2)),
        (FilmSpec(colorspace=1, primaries=1, transfer=1), "bt709", False, (1, 1, 1)),
        (FilmSpec(colorspace=9, primaries=9, transfer=14), "bt2020", False, (9, 9, 14)),
        (FilmSpec(height=720, colorspace=5, color_range=2), "bt601", True, (5, 2, 2)),
        (FilmSpec(pix_fmt="yuvj420p"), "bt601", True, (2, 2, 2)),
        (FilmSpec(pix_fmt="gray", codec="ffv1"), "bt601", True, (2, 2, 2)),
        (FilmSpec(pix_fmt="gray", codec="ffv1", color_range=1), "bt601", False, (2, 2, 2)),
    ],
)
def test_tags_are_read_or_guessed(
    tmp_path: Path, spec: FilmSpec, matrix: str, full: bool, codes: tuple[int, int, int]
) -> None:
    with FrameSource(make_film(tmp_path / "a.mkv", spec).path) as source:
        tags = source.info.tags
    assert (tags.matrix, tags.full_range) == (matrix, full)
    assert (tags.colorspace, tags.primaries, tags.transfer) == codes


def test_what_the_header_tells(tmp_path: Path) -> None:
    spec = FilmSpec(
        frames=10, width=96, height=64, rotation=90, sample_aspect_ratio=Fraction(4, 3),
        audio=("aac", "aac"), interlaced="tff", rate=25,
    )  # fmt: skip
    with FrameSource(make_film(tmp_path / "a.mp4", spec).path) as source:
        info = source.info
        frames = list(source)
    assert (info.width, info.height, info.rate, info.frame_count) == (96, 64, 25, 10)
    assert frames[0].y.shape == (64, 96)  # as coded, not upright
    assert (info.sample_aspect_ratio, info.rotation) == (Fraction(4, 3), 90)
    assert info.display_matrix is not None
    assert info.display_matrix[:5] == (0, -65536, 0, 65536, 0)
    assert (info.field_order, info.codec) == ("tff", "h264")
    assert "interlaced (tff); consider --deinterlace" in source.notes


@pytest.mark.parametrize(
    ("spec", "note"),
    [
        (FilmSpec(pix_fmt="yuv420p10le", transfer=16, colorspace=9), "HDR (PQ)"),
        (FilmSpec(pix_fmt="yuv420p10le", transfer=18, colorspace=9), "HDR (HLG)"),
        (FilmSpec(colorspace=8), "unusual color matrix"),
        (FilmSpec(pix_fmt="yuva420p", codec="ffv1"), "transparency"),
    ],
)
def test_unusual_pictures_are_noted(tmp_path: Path, spec: FilmSpec, note: str) -> None:
    with FrameSource(make_film(tmp_path / "a.mkv", spec).path) as source:
        assert any(note in line for line in source.notes)


def test_an_ordinary_film_has_no_notes(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mp4", FilmSpec(b_frames=2, audio=("aac",)))
    source, _ = read(made.path)
    assert source.notes == []
    assert (source.info.rotation, source.info.display_matrix) == (0, None)


@pytest.mark.parametrize(
    ("pix_fmt", "planar"),
    [
        ("p010le", "yuv420p10le"),
        ("p016le", "yuv420p16le"),
        ("gray16be", "gray16le"),
        ("yuv420p10be", "yuv420p10le"),
        ("ya8", "gray"),
        ("y210le", "yuv422p10le"),
    ],
)
@pytest.mark.parametrize("full", [True, False])
def test_deep_and_big_endian_luma_keeps_its_codes(pix_fmt: str, planar: str, full: bool) -> None:
    layout = luma_layout(pix_fmt)
    assert (layout.planar, layout.direct) == (planar, False)
    want = luma_picture(3, 100, 64, depth=layout.depth)
    frame = av.VideoFrame(100, 64, planar)
    for plane in frame.planes:
        fill_plane(plane, want[: plane.height, : plane.width])
    range_ = 2 if full else 1
    packed = frame.reformat(
        format=pix_fmt, src_color_range=range_, dst_color_range=range_, threads=1
    )
    tags = ColorTags(matrix="bt709", full_range=full, depth=layout.depth)
    np.testing.assert_array_equal(LumaReader(100, 64, layout, tags).read(packed), want)


def test_every_pixel_format_of_libav_finds_a_place() -> None:
    for name in ("rgb48be", "bayer_rggb8", "xyz12le", "grayf32le", "yuv444p14be", "y210le", "nv24"):
        layout = luma_layout(name)
        target = av.VideoFormat(layout.planar, 16, 16)
        assert target.components[0].bits == layout.depth
        assert 8 <= layout.depth <= 16
        assert not target.is_big_endian
