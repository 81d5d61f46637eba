"""Encoders of large films take no more time and memory than need be."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from vidcolor.config import EncodeConfig, RunConfig
from vidcolor.purposes import purpose
from vidcolor.types import ColorTags, VideoInfo
from vidcolor.video.plan.encoding import choose_encoding

_ARCHIVED = RunConfig(codec="libx264").fit_for(purpose("archive")).encode


@pytest.mark.parametrize(
    ("codec", "size", "depth", "preset", "ahead"),
    [
        ("libx264", (1920, 1080), 8, "medium", None),
        ("libx264", (3840, 2160), 10, "medium", 12),
        ("libx264", (3840, 2160), 8, "veryslow", 25),
        ("libx264", (3840, 2160), 10, "veryfast", None),
        ("libx264", (7680, 4320), 10, "medium", 10),
        ("libx264", (3840, 2160), 10, "ultrafast", None),
        ("libx265", (1920, 1080), 10, "medium", None),
        ("libx265", (3840, 2160), 10, "medium", 8),
    ],
)
def test_encoders_look_less_far_ahead(
    codec: str, size: tuple[int, int], depth: int, preset: str, ahead: int | None
) -> None:
    info = _info(size, depth)
    encode = EncodeConfig(codec=codec, preset=preset)
    chosen = choose_encoding(info, "matroska", encode, ".mkv").options
    said = chosen.get("x264-params", "") + chosen.get("x265-params", "")
    wanted = [] if ahead is None else [f"rc-lookahead={ahead}"]
    assert [words for words in said.split(":") if "lookahead" in words] == wanted


@pytest.mark.parametrize(
    ("codec", "size", "encode", "expected"),
    [
        ("libx264", (720, 576), EncodeConfig(), ("medium", "16")),
        ("libx264", (1280, 720), EncodeConfig(), ("medium", "16")),
        ("libx264", (1440, 1080), EncodeConfig(), ("veryfast", "16")),
        ("libx264", (1920, 1080), EncodeConfig(crf=12), ("veryfast", "12")),
        # a preset that is asked for is taken as x264 has it
        ("libx264", (1920, 1080), EncodeConfig(preset="medium"), ("medium", "16")),
        ("libx264", (1920, 1080), RunConfig().fit_for(purpose("web")).encode, ("slow", "20")),
        ("libx264", (1920, 1080), _ARCHIVED, ("medium", "16")),
        ("libvpx-vp9", (1920, 1080), EncodeConfig(), (None, "20")),
    ],
)
def test_large_films_of_x264_are_coded_quickly(
    codec: str, size: tuple[int, int], encode: EncodeConfig, expected: tuple[str | None, str]
) -> None:
    encode = replace(encode, codec=codec)
    options = choose_encoding(_info(size, 8), "matroska", encode, ".mkv").options
    assert (options.get("preset"), options["crf"]) == expected
    assert ("trellis" in options.get("x264-params", "")) == (expected[0] == "veryfast")


def _info(size: tuple[int, int], depth: int) -> VideoInfo:
    pix_fmt = "yuv420p" if depth == 8 else "yuv420p10le"
    return VideoInfo(
        Path("film.mkv"), 0, *size, pix_fmt, ColorTags("bt709", False, depth),
        Fraction(1, 24), Fraction(24), 4, None, luma_format=pix_fmt,
    )  # fmt: skip
