"""The check of a finished film finds what is wrong with it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.films import FilmSpec, make_film
from tests.video.rewrite import Result, rewrite
from vidcolor import run
from vidcolor.config import EncodeConfig, RunConfig
from vidcolor.errors import VerifyError
from vidcolor.video.mux.mux import assemble
from vidcolor.video.verify.verify import verify

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


def remux(source: Path, output: Path, change=None, head=None) -> None:
    """Copies a film.

    Args:
        source, output: the films.
        change: `change(packet, number, track)` says whether a packet is kept.
        head: `head(out, streams)` changes what stands before all packets.
    """
    change = change or (lambda packet, number, index: True)
    with av.open(str(source)) as film, av.open(str(output), "w") as out:
        out.metadata.update(film.metadata)
        out.set_chapters(film.chapters())
        streams = {}
        for stream in film.streams.attachments:
            out.add_attachment(stream.name, stream.mimetype, stream.data)
        for stream in [s for s in film.streams if s.type != "attachment"]:
            streams[stream.index] = out.add_stream_from_template(stream, opaque=True)
            streams[stream.index].metadata.update(stream.metadata)
        if head is not None:
            head(out, streams)
        counts = dict.fromkeys(streams, 0)
        for packet in film.demux():
            index = packet.stream.index
            if packet.size == 0 or not change(packet, counts[index], index):
                continue
            counts[index] += 1
            packet.stream = streams[index]
            out.mux(packet)


def drop_last_frame(packet, number, index):
    return not (index == 0 and number == 39)


def drop_sound(packet, number, index):
    return not (index == 1 and number == 30)


def delay_sound(packet, number, index):
    if index == 2:
        packet.pts += 50
        packet.dts += 50
    return True


def move_frame(packet, number, index):
    if index == 0 and packet.pts == 800:
        packet.pts += 15
    return True


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (drop_last_frame, "39 frames, expected 40"),
        (drop_sound, "audio 1 (aac) has"),
        (delay_sound, "audio 2 (aac) is 50 ms out of step"),
        (move_frame, "1 frame at other times, the first is number 20"),
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
        "pixel aspect is 16/15, planned 4/3",
        "frame size is 96x64, planned 98x64",
        "color tags (matrix, range) are (6, 1), planned (6, 2)",
        "the tag title is missing or changed",
    ]


def drop_text(packet, number, index):
    return not (index == 3 and number == 1)


def change_text(packet, number, index):
    if index == 3 and number == 1:
        packet.update(b"x" * packet.size)
    return True


def late_text(packet, number, index):
    if index == 3 and number == 2:
        packet.pts += 70
        packet.dts += 70
    return True


def late_sound_once(packet, number, index):
    if index == 1 and number == 20:
        packet.pts += 15
        packet.dts += 15
    return True


def other_title(out, streams):
    out.metadata["title"] = "Other"


def other_chapter(out, streams):
    chapters = out.chapters()
    chapters[1]["metadata"] = {"title": "other"}
    out.set_chapters(chapters)


def late_chapter(out, streams):
    chapters = out.chapters()
    chapters[1]["start"] += chapters[1]["end"] // 5
    out.set_chapters(chapters)


def fewer_chapters(out, streams):
    out.set_chapters(out.chapters()[:1])


def other_language(out, streams):
    streams[2].metadata["language"] = "ita"


def one_more_attachment(out, streams):
    out.add_attachment("more.txt", "text/plain", b"x")


@pytest.mark.parametrize(
    ("change", "head", "problem"),
    [
        (drop_text, None, "subtitle 1 (subrip) has"),
        (change_text, None, "subtitle 1 (subrip) is not the source's to the bit"),
        (late_text, None, "subtitle 1 (subrip) is 70 ms out of step"),
        (late_sound_once, None, "audio 1 (aac) is 15 ms out of step"),
        (None, other_title, "the tag title is missing or changed"),
        (None, other_chapter, "chapter 2 is called 'other', not 'two'"),
        (None, late_chapter, "chapter 2 begins at another time"),
        (None, fewer_chapters, "1 chapters, the source has 2"),
        (None, other_language, "audio 2 (aac) is marked ita, not fra"),
        (None, one_more_attachment, "2 attachments, planned 1"),
    ],
)
def test_every_other_change_is_found(tmp_path, change, head, problem):
    spec = replace(SPEC, attachments=(("a.txt", "text/plain", b"words"),))
    done = rewrite(make_film(tmp_path / "a.mkv", spec).path, tmp_path / "o.mkv", EncodeConfig())
    remux(done.plan.output, tmp_path / "same.mkv")
    assert verify(done.info, done.plan, output=tmp_path / "same.mkv") == []
    remux(done.plan.output, tmp_path / "broken.mkv", change, head)
    problems = verify(done.info, done.plan, output=tmp_path / "broken.mkv")
    assert len(problems) == 1
    assert problems[0].startswith(problem)


def test_a_lost_rotation_mark_is_found(tmp_path):
    made = make_film(tmp_path / "a.mp4", FilmSpec(frames=5, rotation=90))
    done = rewrite(made.path, tmp_path / "o.mp4", EncodeConfig())
    assert verify(done.info, done.plan) == []
    assert done.plan.display_matrix is not None
    other = replace(done.plan, display_matrix=tuple(-n for n in done.plan.display_matrix))
    assert verify(done.info, other) == ["the rotation is missing or changed"]


def test_a_run_that_ends_in_another_film_says_so_with_its_own_status(tmp_path, monkeypatch):
    def spoil(info, plan, *rest, **options):
        notes = assemble(info, plan, *rest, **options)
        remux(plan.output, tmp_path / "broken.mkv", drop_sound)
        (tmp_path / "broken.mkv").replace(plan.output)
        return notes

    made = make_film(tmp_path / "a.mkv", replace(SPEC, width=64, height=64))
    monkeypatch.setattr(run, "assemble", spoil)
    config = RunConfig(refiner="none", work_size=128)
    with pytest.raises(VerifyError, match=r"audio 1 \(aac\) has") as caught:
        run.colorize_video(made.path, tmp_path / "o.mkv", config)
    assert caught.value.exit_status == 7
    assert (tmp_path / "o.mkv").exists()
