"""The check of a finished film finds what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.films import FilmSpec, make_film
from tests.video.rewrite import Result, rewrite
from vidcolor.config import EncodeConfig
from vidcolor.video.verify import verify

SPEC = FilmSpec(
    frames=40,
    rate=25,
    b_frames=2,
    audio=("aac", "aac"),
    subtitles=("srt",),
    chapters=((0, 1, "one"), (1, 1.6, "two")),
    sample_aspect_ratio=Fraction(16, 15),
    metadata={"title": "Film"},
)


@pytest.fixture
def result(tmp_path) -> Result:
    return rewrite(
        make_film(tmp_path / "a.mkv", SPEC).path, tmp_path / "o.mkv", EncodeConfig(), made_by="x"
    )


@pytest.mark.parametrize("source", ["a.mkv", "a.mp4"])
@pytest.mark.parametrize("name", ["o.mkv", "o.mp4", "o.mov", "o.ts"])
def test_sound_films_pass(tmp_path, source, name):
    spec = SPEC if source == "a.mkv" else replace(SPEC, subtitles=())
    done = rewrite(make_film(tmp_path / source, spec).path, tmp_path / name, EncodeConfig())
    assert verify(done.info, done.plan) == []


def test_uneven_film_passes(tmp_path):
    uneven = (0, 40, 80, 1000, 1016, 1500, 1540, 3000)
    spec = FilmSpec(frames=8, pts=uneven, time_base=Fraction(1, 1000), rate=25)
    made = make_film(tmp_path / "a.mkv", spec)
    done = rewrite(made.path, tmp_path / "o.mp4", EncodeConfig())
    assert verify(done.info, done.plan) == []


@pytest.mark.parametrize("name", ["o.mkv", "o.mp4"])
def test_range_passes(tmp_path, name):
    made = make_film(tmp_path / "a.mkv", SPEC)
    done = rewrite(made.path, tmp_path / name, EncodeConfig(), start=10, end=30)
    problems = verify(done.info, done.plan, done.segments, trim_start=True, trim_end=True)
    assert problems == []


def remux(source: Path, output: Path, change) -> None:
    """Copies a film, `change(packet, number, kind)` says what becomes of each packet."""
    with av.open(str(source)) as film, av.open(str(output), "w") as out:
        out.metadata.update(film.metadata)
        out.set_chapters(film.chapters())
        streams = {}
        for stream in film.streams:
            streams[stream.index] = out.add_stream_from_template(stream, opaque=True)
        counts = dict.fromkeys(streams, 0)
        for packet in film.demux():
            index = packet.stream.index
            if packet.size == 0 or not change(packet, counts[index], index):
                continue
            counts[index] += 1
            packet.stream = streams[index]
            out.mux(packet)


def drop_last_picture(packet, number, index):
    return not (index == 0 and number == 39)


def drop_sound(packet, number, index):
    return not (index == 1 and number == 30)


def delay_sound(packet, number, index):
    if index == 2:
        packet.pts += 50
        packet.dts += 50
    return True


def move_picture(packet, number, index):
    if index == 0 and packet.pts == 800:
        packet.pts += 15
    return True


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (drop_last_picture, "39 pictures, expected 40"),
        (drop_sound, "audio 1 (aac) has"),
        (delay_sound, "audio 2 (aac) is 50 ms out of step"),
        (move_picture, "1 pictures at other times, the first is number 20"),
    ],
)
def test_changed_packets_are_found(result, tmp_path, change, problem):
    broken = tmp_path / "broken.mkv"
    remux(result.plan.output, broken, change)
    problems = verify(result.info, result.plan, output=broken)
    assert [p for p in problems if p.startswith(problem)]
    assert len(problems) == 1


def test_other_sound_is_found(result, tmp_path):
    other = make_film(tmp_path / "b.mkv", replace(SPEC, audio=("mp2", "aac")))
    problems = verify(replace(result.info, path=other.path), result.plan)
    assert any(p.startswith("audio 1") for p in problems)


def test_planned_things_that_are_missing_are_named(result):
    plan = replace(
        result.plan,
        sample_aspect_ratio=Fraction(4, 3),
        width=98,
        tags=replace(result.plan.tags, full_range=True),
        metadata={"title": "Other"},
    )
    assert verify(result.info, plan) == [
        "pixels are 16/15, planned 4/3",
        "picture is 96x64",
        "colour tags (matrix, range) are (6, 1)",
        "the tag title is missing or changed",
    ]
