"""Odd films in every container: a verified film, or one clear line before the work."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.films import FilmSpec, make_film
from tests.video.rewrite import Result, rewrite
from vidcolor.config import EncodeConfig
from vidcolor.errors import ConfigError
from vidcolor.video.verify.verify import verify

FAST = EncodeConfig(crf=20, preset="ultrafast")
CONTAINERS = ("o.mp4", "o.mov", "o.mkv", "o.webm", "o.ts", "o.avi", "o.gif", "frames/%d.png")
SPEC = FilmSpec(frames=3)


def with_aspect(path: Path, size: tuple[int, int], aspect: tuple[int, int]) -> Path:
    """A film whose container gives a pixel aspect that no encoder would take."""
    width, height = size
    spec = FilmSpec(
        frames=3, width=width, height=height, codec="png", pix_fmt="rgb24", sample_aspect_ratio=None
    )
    made = make_film(path, spec)
    data = made.path.read_bytes()
    # a pasp box at the end of the sample description; all boxes around it grow by its size
    box = struct.pack(">I4sII", 16, b"pasp", *aspect)
    entry = data.index(b"png ", data.index(b"stsd")) - 4
    end = entry + struct.unpack_from(">I", data, entry)[0]
    grown = bytearray(data[:end] + box + data[end:])
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd"):
        where = grown.index(name) - 4
        struct.pack_into(">I", grown, where, struct.unpack_from(">I", grown, where)[0] + 16)
    struct.pack_into(">I", grown, entry, end - entry + 16)
    path.write_bytes(grown)
    return path


def attempt(source: Path, output: Path, encode: EncodeConfig = FAST) -> Result | str:
    """A film that passes its check, or the line with which it was refused before the work."""
    refused = None
    try:
        result = rewrite(source, output, encode)
    except ConfigError as err:
        refused = err
    if refused is not None:
        assert "\n" not in str(refused)
        assert refused.hint
        assert not list(output.parent.glob("o.*")) + list(output.parent.glob("frames*"))
        return str(refused)
    assert verify(result.info, result.plan, result.segments) == []
    return result


@pytest.mark.parametrize("name", CONTAINERS)
@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 1), (17, 9), (96, 64)])
def test_every_pixel_aspect_is_held_or_named(
    tmp_path: Path, size: tuple[int, int], name: str
) -> None:
    aspects = [(16, 9), (64, 45), (1, 1000), (1000, 1), (40033, 36891), (2**31 - 1, 2**31 - 2)]
    for number, aspect in enumerate(aspects):
        folder = tmp_path / str(number)
        folder.mkdir()
        source = with_aspect(folder / "a.mov", size, aspect)
        with av.open(str(source)) as film:
            assert film.streams.video[0].sample_aspect_ratio == Fraction(*aspect)
        result = attempt(source, folder / name)
        if isinstance(result, str):
            assert f"{aspect[0]}:{aspect[1]}" in result
            continue
        held = result.plan.sample_aspect_ratio or Fraction(1)
        if name in ("o.mp4", "o.mov"):
            assert held == Fraction(*aspect)
        elif abs(held - Fraction(*aspect)) * size[0] >= 1:
            assert any("pixel aspect" in note for note in result.plan.notes)


FEATURES: dict[str, tuple[str, FilmSpec]] = {
    "one pixel": ("a.nut", replace(SPEC, width=1, height=1, codec="ffv1")),
    "one frame": ("a.mkv", replace(SPEC, frames=1)),
    "odd ticks": (
        "a.nut",
        replace(SPEC, pts=(0, 7, 90001), time_base=Fraction(1, 90001), codec="ffv1"),
    ),
    "turned": (
        "a.mp4",
        replace(SPEC, rotation=90, sample_aspect_ratio=Fraction(8, 9)),
    ),
    "upside down": ("a.mp4", replace(SPEC, rotation=180)),
    "fields": ("a.mkv", replace(SPEC, interlaced="tff")),
    "an odd number of lines": (
        "a.nut",
        replace(SPEC, height=51, codec="ffv1"),
    ),
    "wide gamut": (
        "a.mkv",
        replace(SPEC, colorspace=9, primaries=9, transfer=14, color_range=2),
    ),
    "old tags": ("a.mkv", replace(SPEC, colorspace=7, primaries=7, transfer=7, color_range=1)),
    "titles": (
        "a.mkv",
        replace(
            SPEC,
            metadata={
                "title": "Käse\nund Brot",
                "comment": " lead ",
                "artist": "x" * 3000,
                "album": "一",
                "copyright": "(c)",
                "description": "long",
            },
        ),
    ),
    "a track": ("a.mkv", replace(SPEC, audio=("mp2",))),
}


@pytest.mark.parametrize("name", CONTAINERS)
@pytest.mark.parametrize("feature", FEATURES)
def test_every_odd_film_passes_its_check_or_is_refused(
    tmp_path: Path, feature: str, name: str
) -> None:
    kind, spec = FEATURES[feature]
    attempt(make_film(tmp_path / kind, spec).path, tmp_path / name)


LANGUAGES = ("deu", "ger", "gsw", "qaa", "de", "de-AT", "GER", "zxx", "???", "x" * 40)


def change_language(source: Path, output: Path, language: str) -> Path:
    with av.open(str(source)) as film, av.open(str(output), "w") as out:
        tracks = {s.index: out.add_stream_from_template(s, opaque=True) for s in film.streams}
        for stream in film.streams:
            if stream.type == "audio":
                tracks[stream.index].metadata["language"] = language
        for packet in film.demux():
            if packet.size:
                packet.stream = tracks[packet.stream_index]
                out.mux(packet)
    return output


@pytest.mark.parametrize("name", ["o.mp4", "o.mov", "o.mkv", "o.ts", "o.avi"])
def test_every_language_is_held_or_named(tmp_path: Path, name: str) -> None:
    made = make_film(tmp_path / "made.mkv", replace(SPEC, audio=("mp2",)))
    for language in LANGUAGES:
        source = change_language(made.path, tmp_path / "a.mkv", language)
        with av.open(str(source)) as film:
            assert film.streams.audio[0].language == language
        result = rewrite(source, tmp_path / name, replace(FAST), overwrite=True)
        assert verify(result.info, result.plan, result.segments) == []
        with av.open(str(tmp_path / name)) as film:
            there = film.streams.audio[0].language
        if (there or "").lower() != language.lower():
            assert any("language" in note for note in result.plan.notes)


def shifted(matrix: list[int]) -> list[int]:
    return [*matrix[:6], 96 << 16, 0, matrix[8]]


def mirrored(matrix: list[int]) -> list[int]:
    return [-matrix[0], -matrix[1], *matrix[2:]]


@pytest.mark.parametrize("name", ["o.mp4", "o.mov", "o.mkv", "o.webm", "o.ts", "o.avi"])
@pytest.mark.parametrize("change", [shifted, mirrored])
def test_matrices_that_move_or_mirror_the_image(
    tmp_path: Path, change: Callable[[list[int]], list[int]], name: str
) -> None:
    """Phones shift the turned image back to the origin; a mirrored one does not fit everywhere."""
    made = make_film(tmp_path / "a.mp4", replace(SPEC, rotation=90))
    data = bytearray(made.path.read_bytes())
    where = data.index(b"tkhd") + 4 + 40
    matrix = change(list(struct.unpack_from(">9i", data, where)))
    struct.pack_into(">9i", data, where, *matrix)
    made.path.write_bytes(data)
    result = attempt(made.path, tmp_path / name)
    assert isinstance(result, Result)
    assert result.info.display_matrix == tuple(matrix)
    said = any("rotation does not fit" in note for note in result.plan.notes)
    if name in ("o.mp4", "o.mov"):
        assert result.plan.display_matrix == tuple(matrix)
        assert not said
    elif name in ("o.ts", "o.avi"):
        assert said
    elif change is shifted:
        assert not said


@pytest.mark.parametrize(("height", "pix_fmt"), [(50, "yuv422p"), (52, "yuv420p")])
def test_fields_of_an_odd_number_of_lines(tmp_path: Path, height: int, pix_fmt: str) -> None:
    """H.264 gives each field as many lines of chroma, which 4:2:0 of 486 lines does not have."""
    spec = replace(SPEC, height=height, codec="mpeg2video", options={}, interlaced="tff")
    made = make_film(tmp_path / "a.mpg", spec)
    result = attempt(made.path, tmp_path / "o.mkv")
    assert isinstance(result, Result)
    assert result.info.field_order == "tff"
    assert result.plan.encoding.pix_fmt == pix_fmt
    assert any("--deinterlace" in note for note in result.plan.notes) == (height == 50)
