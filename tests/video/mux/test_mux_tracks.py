"""The finished film: sound, subtitles and everything else beside the pictures."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

from tests.films import FilmSpec, join_ts, make_film
from tests.video.rewrite import GOOD, packets, rewrite, same, show
from vidcolor.video.mux import mux


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
    is_float = codec == "wmav2"
    how = " of 16 bits, finer than it is; the track gets several times as large"
    how = how if is_float else ", without loss"
    note = f"audio 1 ({codec}) does not fit {name[1:]} and becomes {becomes}{how}"
    assert (note in result.notes) == (codec != becomes)
    before, start_before, _ = _samples(made.path)
    after, start_after, found = _samples(tmp_path / name)
    assert found == becomes
    assert before.shape == after.shape
    assert np.abs(before - after).max() < (2**-15 if is_float else 1e-6)
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
            lost = "tags do not fit .mp4 next to a cover image (SHELF); use .mkv"
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
                assert "the cover image does not fit .mov; use .mkv" in result.notes
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
