"""The finished film: pictures, their times, ranges, and what happens on failure."""

from __future__ import annotations

import errno
import signal
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.films import FilmSpec, make_film
from tests.video.rewrite import GOOD, LOSSLESS, packets, rewrite, same, show
from vidcolor.errors import MediaError
from vidcolor.video.mux import mux
from vidcolor.video.read.fields import field_order

UNEVEN = (0, 40, 80, 120, 160, 200, 240, 1000, 1016, 1500, 1540, 3000)
VFR = FilmSpec(frames=len(UNEVEN), pts=UNEVEN, time_base=Fraction(1, 1000), rate=25)


def start_of(path: Path, kind: str, number: int = 0) -> Fraction:
    return packets(path, kind, number)[0][0]


@pytest.mark.parametrize(
    ("pix_fmt", "size", "expected"),
    [
        ("yuv420p", (96, 64), "yuv420p"),
        ("yuv422p", (96, 64), "yuv422p"),
        ("yuv444p", (96, 64), "yuv444p"),
        ("gray", (96, 64), "yuv420p"),
        ("yuv420p10le", (96, 64), "yuv420p10le"),
        ("yuv422p12le", (96, 64), "yuv422p12le"),
        ("yuv420p", (97, 65), "yuv444p"),
        ("yuv422p", (96, 65), "yuv422p"),
        ("gray16le", (96, 64), "yuv420p16le"),
        ("gray9le", (96, 64), "yuv420p10le"),
    ],
)
def test_luma_is_bit_exact(tmp_path, pix_fmt, size, expected):
    made = make_film(
        tmp_path / "a.mkv",
        FilmSpec(frames=13, width=size[0], height=size[1], pix_fmt=pix_fmt, codec="ffv1"),
    )
    result = rewrite(made.path, tmp_path / "out.mkv")
    shown = show(tmp_path / "out.mkv")
    assert result.plan.encoding.pix_fmt == expected
    assert same(shown.luma, [y << result.plan.luma_shift for y in made.luma])
    assert shown.planes[0][1].shape == result.plan.chroma_size[::-1]
    assert shown.times == [Fraction(round(t * 1000), 1000) for t in made.times]


@pytest.mark.parametrize("name", ["out.mp4", "out.mov", "out.webm", "out.ts", "out.m4v"])
def test_luma_is_bit_exact_in_every_container(tmp_path, name):
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=13))
    rewrite(made.path, tmp_path / name)
    shown = show(tmp_path / name)
    assert same(shown.luma, made.luma)
    steps = np.diff(np.array([float(t) for t in shown.times]))
    assert np.abs(steps - np.diff([float(t) for t in made.times])).max() <= 0.0011


@pytest.mark.parametrize("encode", [LOSSLESS, GOOD], ids=["lossless", "b-frames"])
@pytest.mark.parametrize("name", ["out.mkv", "out.mp4", "out.mov", "out.ts"])
def test_uneven_times_are_exact(tmp_path, name, encode):
    made = make_film(tmp_path / "a.mkv", VFR)
    # segments of 5 meet where frame intervals differ most
    rewrite(made.path, tmp_path / name, encode, segment_frames=5)
    times = show(tmp_path / name).times
    assert [t - times[0] for t in times] == made.times
    if name != "out.ts":
        assert times[0] == 0
        with av.open(str(tmp_path / name)) as film:
            assert film.duration / 1e6 == pytest.approx(3.04, abs=0.03)
            stream = film.streams.video[0]
            if stream.duration is not None:
                assert float(stream.duration * stream.time_base) >= 3.03


@pytest.mark.parametrize("name", ["out.mkv", "out.mp4", "out.mov"])
def test_even_times_keep_rate_and_length(tmp_path, name):
    made = make_film(tmp_path / "a.mp4", FilmSpec(frames=40, rate=25, b_frames=2))
    result = rewrite(made.path, tmp_path / name, GOOD, segment_frames=15)
    with av.open(str(tmp_path / name)) as film:
        assert film.streams.video[0].average_rate == 25
        assert film.duration / 1e6 == pytest.approx(1.6, abs=0.002)
    times = show(tmp_path / name).times
    assert [t - times[0] for t in times] == [Fraction(k, 25) for k in range(40)]
    assert result.plan.rate == 25


def test_late_start_is_kept(tmp_path):
    film = FilmSpec(frames=20, rate=25, audio=("aac",), start=2, audio_delay=Fraction(1, 2))
    made = make_film(tmp_path / "a.mkv", film)
    for name in ("o.mkv", "o.mp4"):
        rewrite(made.path, tmp_path / name, GOOD)
        assert show(tmp_path / name).times[0] == pytest.approx(2, abs=0.001)
        assert float(start_of(tmp_path / name, "audio")) == pytest.approx(
            float(start_of(made.path, "audio")), abs=0.001
        )


@pytest.mark.parametrize("name", ["o.mkv", "o.mp4", "o.ts"])
def test_range_begins_at_zero_and_cuts_sound_and_chapters(tmp_path, name):
    chapters = ((0, 1.0, "one"), (1.0, 1.5, "two"), (1.5, 3.0, "three"))
    film = FilmSpec(frames=75, rate=25, audio=("aac",), subtitles=("srt",), chapters=chapters)
    made = make_film(tmp_path / "a.mkv", film)
    out = tmp_path / name
    result = rewrite(made.path, out, start=30, end=50)  # 1.2 s to 2 s
    shown = show(out)
    assert same(shown.luma, made.luma[30:50])
    zero = shown.times[0]
    assert [t - zero for t in shown.times] == [Fraction(k, 25) for k in range(20)]
    if name == "o.mp4":
        assert zero == 0
    before, after = packets(made.path, "audio"), packets(out, "audio")
    frame = Fraction(1024, 48000)
    assert len(after) in range(37, 41)
    assert after[0][0] - zero > -frame - Fraction(2, 1000)
    if name != "o.ts":
        where = [data for *_, data in before].index(after[0][2])
        assert [data for *_, data in after] == [d for *_, d in before[where : where + len(after)]]
        assert abs(after[0][0] - zero - (before[where][0] - Fraction(6, 5))) <= Fraction(2, 1000)
        with av.open(str(out)) as film_out:
            found = [
                (float(c["start"] * c["time_base"]), float(c["end"] * c["time_base"]),
                 c["metadata"]["title"])
                for c in film_out.chapters()
            ]  # fmt: skip
        assert found == [(0, 0.3, "two"), (0.3, 0.8, "three")]
        texts = [(t, d) for t, d, data in packets(out, "subtitle") if len(data) > 2]
        # lines at 1.0 (for 0.4 s) and 1.5 s
        wanted = [(0, Fraction(1, 5)), (Fraction(3, 10), Fraction(2, 5))]
        assert [(t - zero, d) for t, d in texts] == wanted
    else:
        assert "chapters do not fit .ts; use .mkv" in result.notes


@pytest.mark.parametrize("source", ["a.mkv", "a.mp4"])
def test_late_range_of_a_long_film(tmp_path, source):
    film = FilmSpec(frames=90, rate=2, width=48, height=48, audio=("mp2",))
    made = make_film(tmp_path / source, film)
    rewrite(made.path, tmp_path / "o.mkv", start=80, end=84)  # 40 s to 42 s
    before, after = packets(made.path, "audio"), packets(tmp_path / "o.mkv", "audio")
    zero = show(tmp_path / "o.mkv").times[0]
    wanted = [(t - 40, data) for t, d, data in before if t + d > 40 and t < 42]
    assert [data for *_, data in after] == [data for _, data in wanted]
    assert abs(after[0][0] - zero - wanted[0][0]) <= Fraction(2, 1000)


@pytest.mark.parametrize("rotation", [90, 180, 270])
@pytest.mark.parametrize("route", ["a.mp4-o.mp4", "a.mp4-o.mkv", "a.mkv-o.mov"])
def test_rotation_and_pixel_shape_are_kept(tmp_path, route, rotation):
    source, name = route.split("-")
    shape = Fraction(16, 15)
    made = make_film(
        tmp_path / source, FilmSpec(frames=5, rotation=rotation, sample_aspect_ratio=shape)
    )
    rewrite(made.path, tmp_path / name)

    def look(path):
        with av.open(str(path)) as film:
            frame = next(film.decode(video=0))
            stream = film.streams.video[0]
            return frame.rotation, bytes(frame.side_data["DISPLAYMATRIX"]), (
                stream.sample_aspect_ratio, frame.width, frame.height)  # fmt: skip

    assert look(tmp_path / name) == look(made.path)
    assert look(made.path)[2][0] == shape


@pytest.mark.parametrize("name", ["o.mkv", "o.mp4", "o.webm"])
@pytest.mark.parametrize(
    ("tags", "written"),
    [
        ({}, (6, 1, 1, 1)),  # untagged: the guess for a small picture is written down
        ({"colorspace": 1, "color_range": 2, "primaries": 1, "transfer": 1}, (1, 2, 1, 1)),
        ({"colorspace": 5, "color_range": 1, "primaries": 5, "transfer": 6}, (5, 1, 5, 6)),
    ],
)
def test_color_tags(tmp_path, name, tags, written):
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=5, **tags))
    rewrite(made.path, tmp_path / name)
    with av.open(str(tmp_path / name)) as film:
        frame = next(film.decode(video=0))
        context = film.streams.video[0].codec_context
        found = (frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc)
    assert tuple(int(x) for x in found) == written
    assert int(context.color_range) == written[1]


@pytest.mark.parametrize("order", ["tff", "bff"])
def test_interlaced_film_stays_interlaced(tmp_path, order):
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=8, interlaced=order))
    rewrite(made.path, tmp_path / "o.mkv")
    with av.open(str(tmp_path / "o.mkv")) as film:
        assert {field_order(picture) for picture in film.decode(video=0)} == {order}
    assert same(show(tmp_path / "o.mkv").luma, made.luma)


def test_failure_leaves_nothing_behind(tmp_path, monkeypatch):
    made = make_film(tmp_path / "a.mkv", FilmSpec(audio=("aac",)))
    out = tmp_path / "o.mkv"
    out.write_bytes(b"earlier film")

    def full(*_):
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(mux._Muxer, "_put_other", full)
    with pytest.raises(MediaError, match="no space left") as caught:
        rewrite(made.path, out, overwrite=True)
    assert "run the same command again" in caught.value.hint
    assert out.read_bytes() == b"earlier film"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mkv", "o.mkv", "o.mkv.vidcolor"]
    monkeypatch.undo()
    rewrite(made.path, out, overwrite=True)
    assert same(show(out).luma, made.luma)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mkv", "o.mkv"]


def test_full_disk_is_one_line(tmp_path):
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=30, width=320, height=240))
    resource = pytest.importorskip("resource")
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
        with pytest.raises(MediaError, match="no space left in"):
            rewrite(made.path, tmp_path / "o.mp4")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert not (tmp_path / "o.mp4").exists()


def test_full_disk_at_the_very_end(tmp_path):
    """The index at the end of a film does not fit any more."""
    resource = pytest.importorskip("resource")
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=40, width=320, height=240))
    rewrite(made.path, tmp_path / "whole.mp4")
    size = (tmp_path / "whole.mp4").stat().st_size
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size - 100, before[1]))
        with pytest.raises(MediaError, match="no space left in"):
            rewrite(made.path, tmp_path / "o.mp4")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert not (tmp_path / "o.mp4").exists()
    rewrite(made.path, tmp_path / "o.mp4")
    assert same(show(tmp_path / "o.mp4").luma, made.luma)


@pytest.mark.parametrize(("end", "length"), [(11, 3), (9, Fraction(3, 2)), (None, None)])
def test_last_picture_is_shown_as_long_as_before(tmp_path, end, length):
    """In a range, until the next frame of the film; else as the file says."""
    made = make_film(tmp_path / "a.mkv", replace(VFR, audio=("aac",)))
    source = made.path
    if end is None:
        source = tmp_path / "held.mp4"
        rewrite(made.path, source, end=11)  # its last picture is held for 1.46 s
        length = 3
    rewrite(source, tmp_path / "o.mp4", end=end)
    with av.open(str(tmp_path / "o.mp4")) as film:
        stream = film.streams.video[0]
        assert stream.duration * stream.time_base == length


def test_awkward_names(tmp_path):
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=5))
    for name in ("-o %03d 'x'.mp4", "tape:2:ü.mkv", "n" * 250 + ".mkv", "ж" * 125 + ".mp4"):
        rewrite(made.path, tmp_path / name)
        assert same(show(Path("file:" + str(tmp_path / name))).luma, made.luma)
