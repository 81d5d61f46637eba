"""The display size in a Matroska header: read by players, and nothing else is out of place."""

from __future__ import annotations

import io
import zlib
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.films import FilmSpec, make_film
from tests.video.rewrite import rewrite, same, show
from vidcolor.config import EncodeConfig
from vidcolor.geometry import Size
from vidcolor.video.plan.matroska import display_size, set_display_size
from vidcolor.video.verify.verify import verify

SPEC = FilmSpec(
    frames=30,
    gop=10,
    audio=("mp2",),
    chapters=((0, 0.5, "one"), (0.5, 1, "two")),
    attachments=(("a.txt", "text/plain", b"words"),),
    sample_aspect_ratio=Fraction(64, 45),
    rotation=180,
    metadata={"title": "Film"},
)


@pytest.mark.parametrize(
    ("name", "codec", "tracks"),
    [
        ("o.mkv", "auto", "all"),
        ("o.mkv", "ffv1", "all"),
        ("o.mkv", "libvpx-vp9", "all"),
        ("o.webm", "auto", "none"),
    ],
)
def test_the_pixel_aspect_is_in_the_header(
    tmp_path: Path, name: str, codec: str, tracks: str
) -> None:
    made = make_film(tmp_path / "a.mkv", SPEC)
    encode = EncodeConfig(codec=codec, crf=0, preset="ultrafast", tracks=tracks)
    result = rewrite(made.path, tmp_path / name, encode)
    assert verify(result.info, result.plan, result.segments) == []
    assert result.plan.sample_aspect_ratio == Fraction(64, 45)
    with av.open(str(tmp_path / name)) as film:
        assert film.streams.video[0].sample_aspect_ratio == Fraction(64, 45)
        film.seek(900_000, backward=True)
        assert next(film.decode(video=0)).time > 0.4
    assert same(show(tmp_path / name).luma, made.luma)
    check_head((tmp_path / name).read_bytes())


def check_head(data: bytes) -> None:
    """The table of contents names what lies there, and checksums are right."""
    segment = data.index(bytes.fromhex("18538067")) + 12
    at, seen = data.index(bytes.fromhex("53ab84"), segment), set()
    while at >= 0 and at < segment + 200:
        name = data[at + 3 : at + 7]
        length = data[at + 9] & 0x7F
        place = int.from_bytes(data[at + 10 : at + 10 + length], "big")
        assert data[segment + place :][:4] == name
        seen.add(name)
        at = data.find(bytes.fromhex("53ab84"), at + 1)
    assert {bytes.fromhex("1549a966"), bytes.fromhex("1654ae6b")} <= seen
    for master in ("114d9b74", "1654ae6b"):
        at = data.index(bytes.fromhex(master), segment if master == "114d9b74" else segment + 160)
        width = 9 - data[at + 4].bit_length()
        size = int.from_bytes(data[at + 4 : at + 4 + width], "big") & ((1 << (7 * width)) - 1)
        payload = data[at + 4 + width :][:size]
        if b"webm" in data[:40]:  # has none
            continue
        assert payload[:2] == b"\xbf\x84"
        assert int.from_bytes(payload[2:6], "little") == zlib.crc32(payload[6:])


@pytest.mark.parametrize(
    ("size", "aspect", "shown"),
    [
        (Size(720, 576), Fraction(64, 45), Size(1024, 576)),
        (Size(720, 480), Fraction(8, 9), Size(640, 480)),
        (Size(2, 2), Fraction(16, 9), Size(16, 9)),
        (Size(96, 64), Fraction(40033, 36891), Size(104, 64)),
        (Size(4, 400), Fraction(1, 10**7), Size(1, 400)),
    ],
)
def test_display_sizes_are_exact_where_that_is_sane(
    size: Size, aspect: Fraction, shown: Size
) -> None:
    assert display_size(size, aspect) == shown


@pytest.mark.parametrize("data", [b"", b"RIFF" * 50, b"\x1a\x45\xdf\xa3\x80" + b"\xec\x80" * 9])
def test_another_file_is_left_alone(data: bytes) -> None:
    file = io.BytesIO(data)
    with pytest.raises(ValueError, match="Matroska header"):
        set_display_size(file, 0, Size(16, 9))
    assert file.getvalue() == data
