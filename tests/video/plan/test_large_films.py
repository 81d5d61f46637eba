"""Encoders of large films take no more memory than need be."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from vidcolor.config import EncodeConfig
from vidcolor.types import ColorTags, VideoInfo
from vidcolor.video.plan.encoders import choose_encoding


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
        ("libx265", (3840, 2160), 10, "medium", 12),
    ],
)
def test_encoders_look_less_far_ahead(
    codec: str, size: tuple[int, int], depth: int, preset: str, ahead: int | None
) -> None:
    pix_fmt = "yuv420p" if depth == 8 else "yuv420p10le"
    info = VideoInfo(
        Path("film.mkv"), 0, *size, pix_fmt, ColorTags("bt709", False, depth),
        Fraction(1, 24), Fraction(24), 4, None, luma_format=pix_fmt,
    )  # fmt: skip
    encode = EncodeConfig(codec=codec, preset=preset)
    chosen = choose_encoding(info, "matroska", encode, ".mkv").options
    said = chosen.get("x264-params", "") + chosen.get("x265-params", "")
    wanted = [] if ahead is None else [f"rc-lookahead={ahead}"]
    assert [words for words in said.split(":") if "lookahead" in words] == wanted
