"""Folders of numbered pictures as input."""

from __future__ import annotations

import os
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from tests.films import luma_picture
from tests.video.rewrite import KilledError, rewrite, same, show
from vidcolor.errors import ConfigError, MediaError, ResumeError
from vidcolor.types import Anchor, Frame
from vidcolor.video.read.folder import find_pictures
from vidcolor.video.read.source import FrameSource
from vidcolor.video.verify.verify import verify

CODECS = {
    ".png": ("png", "rgb24"),
    ".jpg": ("mjpeg", "yuvj444p"),
    ".tif": ("tiff", "rgb24"),
    ".dpx": ("dpx", "gbrp10be"),
    ".tga": ("targa", "bgr24"),
    ".exr": ("exr", "gbrpf32le"),
}


def write_picture(path: Path, number: int, pix_fmt: str | None = None, width: int = 96) -> None:
    """A picture whose luma is `luma_picture(number)`, by libav's own encoder."""
    codec, usual = CODECS[path.suffix.lower()]
    gray = np.repeat(luma_picture(number, width, 64)[:, :, None], 3, axis=2)
    picture = av.VideoFrame.from_ndarray(gray, format="rgb24")
    context = av.CodecContext.create(codec, "w")
    context.width, context.height, context.pix_fmt = width, 64, pix_fmt or usual
    context.time_base = Fraction(1, 25)
    context.color_range = 2
    picture = picture.reformat(format=context.pix_fmt, dst_color_range=2, threads=1)
    picture.pts = 0
    path.write_bytes(b"".join(bytes(p) for p in [*context.encode(picture), *context.encode(None)]))


def folder(path: Path, numbers: list[int], name: str = "f%04d.png", **settings: object) -> Path:
    path.mkdir(exist_ok=True)
    for number in numbers:
        write_picture(path / (name % number), number, **settings)  # type: ignore[arg-type]
    return path


def read(path: Path, **range_: object) -> tuple[list[Frame], FrameSource]:
    with FrameSource(path, **range_) as source:  # type: ignore[arg-type]
        return [Frame(f.index, f.pts, f.y.copy()) for f in source], source


def numbers_of(frames: list[Frame], depth: int = 8) -> list[int]:
    """The frame numbers that `luma_picture` draws as bits into the top of the picture."""
    return [
        sum((int(f.y[1, 6 * k + 3] >> (depth - 8) > 128)) << k for k in range(12)) for f in frames
    ]


@pytest.mark.parametrize("suffix", CODECS)
def test_pictures_of_every_kind(tmp_path: Path, suffix: str) -> None:
    path = folder(tmp_path / "f", list(range(5)), f"f%04d{suffix}")
    frames, source = read(path)
    assert numbers_of(frames, source.info.tags.depth) == list(range(5))
    assert source.info.rate == 24
    assert (source.info.width, source.info.height, source.info.frame_count) == (96, 64, 5)
    assert [f.pts * source.info.time_base for f in frames] == [Fraction(n, 24) for n in range(5)]


@pytest.mark.parametrize("pix_fmt", ["gray", "gray16be", "monob", "rgb48be", "rgba"])
def test_depths_of_png(tmp_path: Path, pix_fmt: str) -> None:
    path = folder(tmp_path / "f", [0, 1, 2], pix_fmt=pix_fmt)
    frames, source = read(path)
    assert numbers_of(frames, source.info.tags.depth) == [0, 1, 2]
    if pix_fmt == "gray":
        assert source.info.luma_format == "gray"
        assert source.notes == []
        np.testing.assert_array_equal(frames[1].y, luma_picture(1, 96, 64))
    if "16" in pix_fmt or "48" in pix_fmt:
        assert frames[0].y.dtype == np.uint16
    if pix_fmt == "gray":
        rewrite(path, tmp_path / "o.mkv")
        assert same(show(tmp_path / "o.mkv").luma, [f.y for f in frames])


def test_numbers_decide_the_order_with_and_without_zeros(tmp_path: Path) -> None:
    frames, source = read(folder(tmp_path / "f", [1, 2, 9, 10, 11, 100], "shot2-%d.png"))
    assert numbers_of(frames) == [1, 2, 9, 10, 11, 100]
    note = "94 numbers missing in the sequence, the first is 3: the film goes on without a gap"
    assert note in source.notes
    assert len({b.pts - a.pts for a, b in pairwise(frames)}) == 1


def test_foreign_files_are_left_alone(tmp_path: Path) -> None:
    path = folder(tmp_path / "f", [0, 1, 2, 3])
    (path / "notes.txt").write_text("reel 7")
    (path / ".DS_Store").write_bytes(b"x")
    (path / "cover.png").write_bytes(b"no number, no frame")
    write_picture(path / "thumb1.jpg", 1)
    (path / "9.png").mkdir()
    frames, source = read(path)
    assert numbers_of(frames) == [0, 1, 2, 3]
    assert "3 other files in the folder left alone" in source.notes


def test_a_pattern_takes_what_it_names(tmp_path: Path) -> None:
    path = folder(tmp_path / "f", [7, 8], "a%03d.png")
    folder(path, [1, 2, 3], "b%03d.png")
    assert numbers_of(read(path / "a%03d.png")[0]) == [7, 8]
    assert numbers_of(read(path / "b%d.png")[0]) == [1, 2, 3]
    assert [p.name for p in find_pictures(path).pictures][:2] == ["a007.png", "a008.png"]
    with pytest.raises(MediaError, match="no numbered pictures there"):
        FrameSource(path / "c%03d.png")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
@pytest.mark.parametrize("how", ["cut off", "empty", "text"])
def test_a_damaged_picture_is_named_before_any_work(tmp_path: Path, suffix: str, how: str) -> None:
    path = folder(tmp_path / "f", [0, 1, 2], f"%d{suffix}")
    bad = path / f"1{suffix}"
    data = bad.read_bytes()
    bad.write_bytes({"cut off": data[: len(data) // 2], "empty": b"", "text": b"text"}[how])
    with pytest.raises(MediaError, match=f"1{suffix}: damaged picture"):
        rewrite(path, tmp_path / "o.mkv")
    assert [p.name for p in tmp_path.iterdir()] == ["f"]


def test_a_flipped_bit_in_a_png_is_found(tmp_path: Path) -> None:
    path = folder(tmp_path / "f", [0, 1, 2])
    data = bytearray((path / "f0002.png").read_bytes())
    data[len(data) // 2] ^= 1
    (path / "f0002.png").write_bytes(data)
    with pytest.raises(MediaError, match=r"f0002.png: damaged picture"):
        FrameSource(path)


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(18), Fraction(50)])
def test_fps_and_ranges(tmp_path: Path, rate: Fraction) -> None:
    path = folder(tmp_path / "f", list(range(30)))
    whole, source = read(path, rate=rate)
    assert source.info.rate == rate
    assert [f.pts * source.info.time_base for f in whole] == [n / rate for n in range(30)]
    part, _ = read(path, rate=rate, start=11, end=15)
    assert numbers_of(part) == [11, 12, 13, 14]
    part, _ = read(path, rate=rate, start=12 / rate)
    assert numbers_of(part)[0] == 12
    rest, _ = read(path, rate=rate, first_frame=20, anchor=Anchor(20, whole[19].pts))
    assert [(f.index, f.pts) for f in rest] == [(f.index, f.pts) for f in whole[20:]]


@pytest.mark.parametrize("name", ["o.mkv", "o.mp4"])
def test_a_folder_becomes_a_film_and_passes_its_check(tmp_path: Path, name: str) -> None:
    path = folder(tmp_path / "f", list(range(12)))
    result = rewrite(path, tmp_path / name)
    assert verify(result.info, result.plan, result.segments) == []
    assert show(tmp_path / name).times == [
        pytest.approx(float(Fraction(n, 24)), abs=0.001) for n in range(12)
    ]


def test_work_on_a_folder_is_taken_up_again_unless_it_changed(tmp_path: Path) -> None:
    path = folder(tmp_path / "f", list(range(25)))
    rewrite(path, tmp_path / "whole.mp4")
    with pytest.raises(KilledError):
        rewrite(path, tmp_path / "o.mkv", kill_at=15)
    os.utime(path / "f0003.png", (1, 1))
    with pytest.raises(ResumeError, match="input has changed"):
        rewrite(path, tmp_path / "o.mkv")
    with pytest.raises(KilledError):
        rewrite(path, tmp_path / "p.mp4", kill_at=15)
    rewrite(path, tmp_path / "p.mp4")
    assert (tmp_path / "p.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()


def test_the_folder_itself_is_never_overwritten(tmp_path: Path) -> None:
    path = folder(tmp_path / "f", [0, 1, 2])
    for output in (path, path / "%06d.png", tmp_path / "." / "f"):
        with pytest.raises(ConfigError, match="the output is the input"):
            rewrite(path, output, overwrite=True)
    with pytest.raises(ConfigError, match="the output is the input"):
        rewrite(path / "f%04d.png", path / "g%d.png", overwrite=True)
