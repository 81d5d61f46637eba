"""The finished film: pictures, times and all other tracks."""

from __future__ import annotations

import errno
import signal
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

from tests.films import FilmSpec, join_ts, make_film
from tests.video.rewrite import LOSSLESS, packets, rewrite, same, show
from vidcolor.config import EncodeConfig
from vidcolor.errors import MediaError
from vidcolor.video import mux
from vidcolor.video.fields import field_order

UNEVEN = (0, 40, 80, 120, 160, 200, 240, 1000, 1016, 1500, 1540, 3000)
VFR = FilmSpec(frames=len(UNEVEN), pts=UNEVEN, time_base=Fraction(1, 1000), rate=25)
GOOD = EncodeConfig(crf=20, preset="medium")


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


@pytest.mark.parametrize(
    "route",
    [
        *("a.mkv-o.mkv", "a.mkv-o.mp4", "a.mp4-o.mp4", "a.mp4-o.mkv", "a.mp4-o.mov"),
        *("a.ts-o.mp4", "a.ts-o.mkv", "a.ts-o.ts", "a.mp4-o.ts"),
    ],
)
@pytest.mark.parametrize("delay", [0, Fraction(1, 4)])
def test_sound_is_copied_and_stays_in_step(tmp_path, route, delay):
    source, name = route.split("-")
    film = FilmSpec(frames=30, rate=25, audio=("aac", "aac"), audio_delay=delay, b_frames=2)
    made = make_film(tmp_path / source, film)
    out = tmp_path / name
    rewrite(made.path, out, GOOD)
    for number in range(2):
        before, after = packets(made.path, "audio", number), packets(out, "audio", number)
        if source.endswith("ts") == name.endswith("ts"):  # ADTS headers come and go with .ts
            assert [data for *_, data in before] == [data for *_, data in after]
        assert len(before) == len(after)
        offset_before = before[0][0] - show(made.path).times[0]
        offset_after = after[0][0] - show(out).times[0]
        assert abs(offset_after - offset_before) <= Fraction(2, 1000)
    with av.open(str(out)) as result:
        if not name.endswith("ts"):
            assert [s.language for s in result.streams.audio] == ["eng", "fra"]


def test_sound_that_outlasts_the_pictures_is_kept(tmp_path):
    made = make_film(tmp_path / "a.mp4", FilmSpec(frames=50, rate=25, audio=("aac",)))
    short = FilmSpec(frames=5, rate=25)
    # the pictures of a short film with the sound of a long one
    with (
        av.open(str(make_film(tmp_path / "s.mp4", short).path)) as pictures,
        av.open(str(made.path)) as sound,
        av.open(str(tmp_path / "b.mp4"), "w") as both,
    ):
        picture = both.add_stream_from_template(pictures.streams.video[0], opaque=True)
        track = both.add_stream_from_template(sound.streams.audio[0], opaque=True)
        for packet in pictures.demux(video=0):
            if packet.size:
                packet.stream = picture
                both.mux(packet)
        for packet in sound.demux(audio=0):
            if packet.size:
                packet.stream = track
                both.mux(packet)
    rewrite(tmp_path / "b.mp4", tmp_path / "o.mp4")
    assert packets(tmp_path / "o.mp4", "audio") == packets(tmp_path / "b.mp4", "audio")
    assert len(show(tmp_path / "o.mp4").times) == 5


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


@pytest.mark.parametrize("name", ["o.mkv", "o.mp4", "o.ts"])
def test_sound_follows_the_pictures_over_a_joint(tmp_path, name):
    film = FilmSpec(frames=50, rate=25, audio=("mp2",), subtitles=())
    first = make_film(tmp_path / "1.ts", replace(film, start=3)).path
    second = make_film(tmp_path / "2.ts", replace(film, start=1, cuts=(0,))).path
    joined = join_ts(tmp_path / "j.ts", first, second)
    rewrite(joined, tmp_path / name)
    pictures, sound = show(tmp_path / name).times, packets(tmp_path / name, "audio")
    assert len(pictures) == 100
    assert len(sound) == len(packets(joined, "audio"))
    gaps = [float(b[0] - a[0]) for a, b in pairwise(sound)]
    assert min(gaps) > 0
    assert max(gaps) < 0.05
    # each recording's sound begins as long after its pictures as it did there
    half = len(packets(first, "audio"))
    for path, picture, packet in ((first, 0, 0), (second, 50, half)):
        wanted = packets(path, "audio")[0][0] - show(path).times[0]
        assert abs(sound[packet][0] - pictures[picture] - wanted) < Fraction(1, 100)


@pytest.mark.parametrize(
    ("codec", "name", "becomes"),
    [
        ("adpcm_ms", "o.mkv", "flac"),
        ("adpcm_ms", "o.mp4", "flac"),
        ("adpcm_ms", "o.mov", "alac"),
        ("pcm_mulaw", "o.mov", "pcm_mulaw"),
        ("pcm_mulaw", "o.mkv", "flac"),
        ("wmav2", "o.mkv", "flac"),
        ("wmav2", "o.mov", "alac"),
        ("pcm_s16le", "o.mp4", "pcm_s16le"),
    ],
)
def test_old_sound_is_kept_or_coded_without_loss(tmp_path, codec, name, becomes):
    made = make_film(
        tmp_path / "a.avi", FilmSpec(frames=25, rate=25, codec="mpeg4", audio=(codec,))
    )
    result = rewrite(made.path, tmp_path / name)
    note = f"audio 1 ({codec}) does not fit {name[1:]} and becomes {becomes}, without loss"
    assert (note in result.notes) == (codec != becomes)
    before, start_before, _ = _samples(made.path)
    after, start_after, found = _samples(tmp_path / name)
    assert found == becomes
    assert before.shape == after.shape
    assert np.abs(before - after).max() < 1e-6
    assert abs(start_after - start_before) <= Fraction(2, 1000)


def _samples(path: Path) -> tuple[np.ndarray, Fraction, str]:
    """Samples in [-1, 1] as (channels, samples), when they begin, and the codec."""
    scale = {"f": 1.0, "i2": 2.0**15, "i4": 2.0**31}
    with av.open(str(path)) as film:
        frames = list(film.decode(audio=0))
        name = film.streams.audio[0].codec_context.codec.canonical_name
    start = frames[0].pts * frames[0].time_base
    parts = []
    for frame in frames:
        samples = frame.to_ndarray()
        if not frame.format.is_planar:
            samples = samples.reshape(-1, 2).T
        kind = samples.dtype.str[1:]
        parts.append(samples / scale.get(kind, 1.0))
    return np.concatenate(parts, axis=1), start, name


def test_damaged_sound_does_not_stop_the_film(tmp_path, monkeypatch):
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=30, rate=25, audio=("aac",)))
    put = mux._Muxer._put

    def refuse(self, packet, target):
        if target.type == "audio" and packet.pts in (320, 341):
            raise av.error.InvalidDataError(1, "bad packet")
        put(self, packet, target)

    monkeypatch.setattr(mux._Muxer, "_put", refuse)
    result = rewrite(made.path, tmp_path / "o.mkv")
    assert result.notes == ["audio 1 (aac): 2 damaged packets left out"]
    assert same(show(tmp_path / "o.mkv").luma, made.luma)


@pytest.mark.parametrize(
    ("source", "kinds", "name", "codecs", "note"),
    [
        ("a.mkv", ("srt", "ass"), "o.mkv", ["subrip", "ass"], None),
        ("a.mkv", ("srt",), "o.mp4", ["mov_text"], "subtitle 1 (subrip) becomes mov_text"),
        ("a.mkv", ("ass",), "o.mov", ["mov_text"], "loses its styles, which .mkv keeps"),
        ("a.mp4", ("mov_text",), "o.mkv", ["subrip"], "subtitle 1 (mov_text) becomes srt"),
        ("a.mp4", ("mov_text",), "o.mp4", ["mov_text"], None),
        ("a.mkv", ("srt",), "o.webm", ["webvtt"], "becomes webvtt"),
        ("a.mkv", ("srt",), "o.ts", [], "subtitle 1 (subrip) does not fit .ts; use .mkv"),
    ],
)
def test_subtitles(tmp_path, source, kinds, name, codecs, note):
    made = make_film(tmp_path / source, FilmSpec(frames=30, rate=25, subtitles=kinds))
    result = rewrite(made.path, tmp_path / name)
    assert (note is None and not result.notes) or any(note in n for n in result.notes)
    with av.open(str(tmp_path / name)) as film:
        assert [s.codec_context.codec.canonical_name for s in film.streams.subtitles] == codecs
        assert [s.language for s in film.streams.subtitles] == ["eng", "fra"][: len(codecs)]
    for number in range(len(codecs)):
        lines = [p for p in packets(tmp_path / name, "subtitle", number) if len(p[2]) > 2]
        times = [(float(t), float(d)) for t, d, _ in lines]
        assert times == [(0, 0.4), (0.5, 0.4)]
        assert all(f"line {k} of track".encode() in line[2] for k, line in enumerate(lines))


def test_attachments_cover_chapters_and_tags(tmp_path):
    cover = _jpeg()
    film = FilmSpec(
        frames=30,
        rate=25,
        audio=("aac",),
        attachments=(("a.ttf", "font/ttf", b"font" * 99), ("cover.jpg", "image/jpeg", cover)),
        chapters=((0, 0.5, "one"), (0.5, 1.2, "two")),
        metadata={"title": "Der Film", "comment": "old", "SHELF": "7"},
    )
    made = make_film(tmp_path / "a.mkv", film)
    for name in ("o.mkv", "o.mp4", "o.mov"):
        result = rewrite(made.path, tmp_path / name, made_by="made by vidcolor 1: crf=0")
        with av.open(str(tmp_path / name)) as out:
            found = {key.lower(): value for key, value in out.metadata.items()}
            assert found["title"] == "Der Film"
            assert found["comment"] == "old\nmade by vidcolor 1: crf=0"
            # .mp4 holds a cover or unusual tags, and says so
            assert found.get("shelf", "") == ("" if name == "o.mp4" else "7")
            lost = "tags do not fit .mp4 beside a cover picture (SHELF); use .mkv"
            assert (lost in result.notes) == (name == "o.mp4")
            assert [
                (float(c["start"] * c["time_base"]), float(c["end"] * c["time_base"]),
                 c["metadata"]["title"])
                for c in out.chapters()
            ] == [(0, 0.5, "one"), (0.5, 1.2, "two")]  # fmt: skip
            fonts = [(s.name, s.mimetype, s.data) for s in out.streams.attachments]
            covers = [s.index for s in out.streams.video if s.disposition & 1024]
            if name == "o.mkv":
                assert fonts == [("a.ttf", "font/ttf", b"font" * 99)]
            else:
                assert fonts == []
                suffix = name[1:]
                assert f"attachments do not fit {suffix} (a.ttf); use .mkv" in result.notes
            if name == "o.mov":
                assert "the cover picture does not fit .mov; use .mkv" in result.notes
            else:
                [index] = covers
                [picture] = [bytes(p) for p in out.demux(out.streams[index]) if p.size]
                assert picture == cover


def _jpeg() -> bytes:
    context = av.CodecContext.create("mjpeg", "w")
    context.width = context.height = 32
    context.pix_fmt, context.time_base = "yuvj420p", Fraction(1)
    frame = av.VideoFrame(32, 32, "yuvj420p")
    frame.pts = 0
    return b"".join(bytes(p) for p in [*context.encode(frame), *context.encode(None)])


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


@pytest.mark.parametrize("name", ["o.mkv", "o.mp4"])
def test_tags_that_are_not_utf8_lose_single_letters(tmp_path, name):
    chapters = ((0.0, 0.5, "Sc_ne"),)
    made = make_film(tmp_path / "a.mkv", FilmSpec(chapters=chapters, metadata={"title": "Caf_"}))
    data = made.path.read_bytes()
    made.path.write_bytes(data.replace(b"Caf_", b"Caf\xe9").replace(b"Sc_ne", b"Sc\xe8ne"))
    rewrite(made.path, tmp_path / name)
    with av.open(str(tmp_path / name)) as film:
        assert film.metadata["title"] == "Caf\ufffd"
        assert film.chapters()[0]["metadata"]["title"] == "Sc\ufffdne"


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


def test_dispositions_are_kept(tmp_path):
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=20, audio=("aac", "aac")))
    marked = tmp_path / "b.mkv"
    with av.open(str(made.path)) as source, av.open(str(marked), "w") as out:
        tracks = {s.index: out.add_stream_from_template(s, opaque=True) for s in source.streams}
        tracks[0].disposition = tracks[2].disposition = Disposition.default
        tracks[1].disposition = Disposition.comment
        tracks[2].metadata["title"] = "Mono"
        for packet in source.demux():
            if packet.size:
                packet.stream = tracks[packet.stream.index]
                out.mux(packet)
    rewrite(marked, tmp_path / "o.mkv")
    with av.open(str(tmp_path / "o.mkv")) as film:
        found = [s.disposition for s in film.streams]
        assert film.streams[2].metadata["title"] == "Mono"
    assert found == [Disposition.default, Disposition.comment, Disposition.default]


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
