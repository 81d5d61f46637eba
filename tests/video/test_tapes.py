"""What tape rooms and editors hand over: DV, PCM in any grouping, time codes, rounded rates."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.films import FilmSpec, make_film
from tests.video.rewrite import GOOD, LOSSLESS, packets, rewrite, show
from vidcolor.config import EncodeConfig
from vidcolor.errors import ConfigError, MediaError
from vidcolor.timecode import Timecode
from vidcolor.video.read.source import FrameSource
from vidcolor.video.verify.verify import verify

NTSC = Fraction(30000, 1001)
DV = {"PAL": (576, "yuv420p", Fraction(25)), "NTSC": (480, "yuv411p", NTSC)}


def raw_dv(path: Path, standard: str, frames: int = 6) -> Path:
    """DV frames one after the other, as they come from the tape."""
    height, pix_fmt, rate = DV[standard]
    spec = FilmSpec(frames=frames, width=720, height=height, pix_fmt=pix_fmt, rate=rate)
    made = make_film(path.with_suffix(".avi"), FilmSpec(**vars(spec) | {"codec": "dvvideo"}))
    path.write_bytes(b"".join(data for *_, data in packets(made.path, "video")))
    return path


@pytest.mark.parametrize("standard", DV)
@pytest.mark.parametrize("name", ["o.mp4", "o.mkv", "o.mov"])
def test_raw_dv_has_the_rate_of_its_frames(tmp_path: Path, standard: str, name: str) -> None:
    source, rate = raw_dv(tmp_path / "tape.dv", standard), DV[standard][2]
    result = rewrite(source, tmp_path / name, GOOD)
    assert result.info.rate == rate
    assert verify(result.info, result.plan, result.segments) == []
    times = show(tmp_path / name).times
    assert max(abs(t - times[0] - n / rate) for n, t in enumerate(times)) <= Fraction(1, 1000)
    with av.open(str(tmp_path / name)) as film:
        assert film.streams.video[0].average_rate == rate


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(24000, 1001), NTSC, Fraction(60)])
@pytest.mark.parametrize("route", ["a.mkv-o.mp4", "a.mkv-o.mov", "a.flv-o.mp4", "a.mkv-o.ts"])
def test_a_constant_rate_stays_constant(tmp_path: Path, rate: Fraction, route: str) -> None:
    source, name = route.split("-")
    ticks = tuple(round(1000 * n / rate) for n in range(50))
    film = FilmSpec(frames=50, rate=rate, pts=ticks, time_base=Fraction(1, 1000), b_frames=2)
    made = make_film(tmp_path / source, film)
    result = rewrite(made.path, tmp_path / name, GOOD)
    assert verify(result.info, result.plan, result.segments) == []
    times = show(tmp_path / name).times
    off = [t - times[0] - n / rate for n, t in enumerate(times)]
    assert max(map(abs, off)) <= (Fraction(1, 90000) if name.endswith("ts") else 0)
    if not name.endswith("ts"):
        with av.open(str(tmp_path / name)) as made_film:
            stream = made_film.streams.video[0]
            assert stream.average_rate == rate
            assert stream.duration * stream.time_base == 50 / rate


def test_gxf_counts_fields(tmp_path: Path) -> None:
    spec = FilmSpec(frames=6, width=720, height=576, codec="mpeg2video", rate=25, interlaced="tff")
    made = make_film(tmp_path / "a.gxf", spec)
    result = rewrite(made.path, tmp_path / "o.mkv", GOOD)
    assert result.info.rate == 25
    with av.open(str(tmp_path / "o.mkv")) as film:
        assert film.streams.video[0].average_rate == 25


def test_a_slide_show_ends_where_its_header_says(tmp_path: Path) -> None:
    film = FilmSpec(frames=4, rate=Fraction(1, 10), pts=(0, 10_000, 20_000, 30_000))
    made = make_film(tmp_path / "a.mkv", replace(film, time_base=Fraction(1, 1000)))
    with FrameSource(made.path) as frames:
        assert sum(1 for _ in frames) == 4
        assert frames.warnings == []


def test_an_uneven_rate_is_not_made_constant(tmp_path: Path) -> None:
    ticks = [round(1000 * n / 24) for n in range(50)]
    ticks[30] += 3
    film = FilmSpec(frames=50, rate=24, pts=tuple(ticks), time_base=Fraction(1, 1000))
    rewrite(make_film(tmp_path / "a.mkv", film).path, tmp_path / "o.mp4", GOOD)
    assert show(tmp_path / "o.mp4").times == [Fraction(t, 1000) for t in ticks]


def add_pcm(source: Path, output: Path, codec: str, chunk: int, gap: float = 0.0) -> Path:
    """A film with a second of PCM in chunks; behind the middle it begins `gap` seconds later."""
    noise = np.random.default_rng(0).integers(-9000, 9000, (1, 96000))
    with av.open(str(source)) as film, av.open(str(output), "w") as out:
        picture = out.add_stream_from_template(film.streams.video[0], opaque=True)
        sound = out.add_stream(codec, rate=48000, layout="stereo")
        for packet in film.demux(video=0):
            if packet.size:
                packet.stream = picture
                out.mux(packet)
        wide = sound.codec_context.format.name == "s32"
        for first in range(0, 48000, chunk):
            part = noise[:, 2 * first : 2 * min(first + chunk, 48000)]
            data = (part << 16).astype("i4") if wide else part.astype("i2")
            name = "s32" if wide else "s16"
            frame = av.AudioFrame.from_ndarray(data, format=name, layout="stereo")
            frame.sample_rate, frame.time_base = 48000, Fraction(1, 48000)
            frame.pts = first + (int(48000 * gap) if first >= 24000 else 0)
            out.mux(sound.encode(frame))
        out.mux(sound.encode(None))
    return output


@pytest.mark.parametrize("chunk", [1, 2, 1920, 8008])
@pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_s24le"])
@pytest.mark.parametrize("route", ["a.mov-o.mov", "a.mov-o.mkv", "a.mkv-o.mov", "a.mkv-o.mp4"])
def test_pcm_is_compared_by_its_samples(tmp_path: Path, chunk: int, codec: str, route: str) -> None:
    before, after = route.split("-")
    if chunk < 10:  # a packet every few samples
        chunk *= 100
    film = make_film(tmp_path / "v.mkv", FilmSpec(frames=25, rate=25)).path
    source = add_pcm(film, tmp_path / before, codec, chunk)
    result = rewrite(source, tmp_path / after, GOOD)
    assert verify(result.info, result.plan, result.segments) == []
    sound = [b"".join(p[2] for p in packets(tmp_path / n, "audio")) for n in (before, after)]
    assert sound[0] == sound[1]


def test_pcm_that_is_late_from_the_middle_on_is_found(tmp_path: Path) -> None:
    film = make_film(tmp_path / "v.mkv", FilmSpec(frames=25, rate=25)).path
    source = add_pcm(film, tmp_path / "a.mkv", "pcm_s16le", 1000)
    result = rewrite(source, tmp_path / "o.mkv", GOOD)
    add_pcm(film, tmp_path / "late.mkv", "pcm_s16le", 700, gap=0.2)
    problems = verify(result.info, result.plan, result.segments, output=tmp_path / "late.mkv")
    assert any(p.startswith("audio 1 (pcm_s16le) is 20") for p in problems)
    assert not any("to the bit" in p or "bytes" in p for p in problems)


def with_timecode(path: Path, code: str, rate: Fraction | int = 25, frames: int = 12) -> Path:
    film = make_film(path.with_name("v.mkv"), FilmSpec(frames=frames, rate=rate)).path
    with av.open(str(film)) as source, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0], opaque=True)
        stream.metadata.update({"timecode": code, "reel_name": "A001"})
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    return path


@pytest.mark.parametrize("name", ["o.mov", "o.mp4", "o.mkv"])
@pytest.mark.parametrize(
    ("code", "rate", "start", "first"),
    [
        ("10:00:00:00", 25, None, "10:00:00:00"),
        ("10:00:00:00", 25, 5, "10:00:00:05"),
        ("10:00:00:00", 25, "10:00:00:05", "10:00:00:05"),
        ("00:00:59;28", NTSC, 2, "00:01:00;02"),
        ("00:00:59;28", NTSC, "00:01:00;02", "00:01:00;02"),
        ("00:00:59;28", NTSC, "00:01:00:02", "00:01:00;02"),
    ],
)
def test_time_codes_move_with_the_range(
    tmp_path: Path, name: str, code: str, rate: Fraction, start: int | str | None, first: str
) -> None:
    source = with_timecode(tmp_path / "a.mov", code, rate)
    begin = Timecode.parse(start) if isinstance(start, str) else start
    result = rewrite(source, tmp_path / name, GOOD, start=begin)
    assert f"the time code {first} is kept" in result.notes
    assert not any("unknown" in note for note in result.notes)
    assert verify(result.info, result.plan, result.segments, trim_start=start is not None) == []
    with FrameSource(tmp_path / name) as film:
        assert str(film.info.timecode) == first
        is_named = "the reel name A001 does not fit .mp4; use .mov" in result.notes
        assert is_named == name.endswith("mp4")
        assert film.info.reel == (None if is_named else "A001")
    shown = show(source).luma
    assert len(show(tmp_path / name).luma) == len(shown) - (
        2 if rate == NTSC else 5 if start else 0
    )


def test_time_codes_that_cannot_be_met(tmp_path: Path) -> None:
    source = with_timecode(tmp_path / "a.mov", "10:00:00:00")
    result = rewrite(source, tmp_path / "o.ts", GOOD)
    assert "the time code 10:00:00:00 does not fit .ts; use .mov" in result.notes
    with pytest.raises(ConfigError, match="before the film's first time code 10:00:00:00"):
        FrameSource(source, Timecode(9, 0, 0, 0))
    with pytest.raises(ConfigError, match="the film has no time code"):
        FrameSource(tmp_path / "v.mkv", Timecode(9, 0, 0, 0))
    with pytest.raises(MediaError, match="begins behind the last frame") as caught:
        FrameSource(source, Timecode(11, 0, 0, 0))
    assert (caught.value.hint or "").endswith("(10:00:00:11)")


@pytest.mark.parametrize(("name", "codec"), [("o.mp4", "libx264"), ("o.ts", "libx265")])
@pytest.mark.parametrize("height", [486, 480, 576])
def test_interlaced_heights(tmp_path: Path, height: int, name: str, codec: str) -> None:
    pix_fmt = "yuv422p" if height % 4 else "yuv420p"  # as x264 asks for; MPEG-2 does not
    film = FilmSpec(4, 720, height, pix_fmt, interlaced="bff", rate=NTSC)
    made = make_film(tmp_path / "a.mkv", film)
    encode = EncodeConfig(codec=codec, crf=0, preset="ultrafast")
    result = rewrite(made.path, tmp_path / name, encode)
    assert verify(result.info, result.plan, result.segments) == []
    if codec == "libx264":
        with av.open(str(tmp_path / name)) as out:
            assert next(out.decode(video=0)).interlaced_frame


def test_anamorphic_film_keeps_its_shape_everywhere(tmp_path: Path) -> None:
    film = FilmSpec(frames=3, width=720, height=576, sample_aspect_ratio=Fraction(64, 45))
    made = make_film(tmp_path / "a.mp4", film)
    for name, codec in (("o.webm", "auto"), ("o.mkv", "ffv1"), ("o.mp4", "auto")):
        result = rewrite(made.path, tmp_path / name, EncodeConfig(codec=codec, crf=LOSSLESS.crf))
        with av.open(str(tmp_path / name)) as out:
            assert out.streams.video[0].sample_aspect_ratio == Fraction(64, 45)
        assert verify(result.info, result.plan, result.segments) == []


def with_klv(path: Path) -> tuple[Path, list[bytes]]:
    """A transport stream with a packet of metadata for each frame."""
    film = make_film(path.with_name("v.mkv"), FilmSpec(frames=10, rate=25)).path
    key, sent = bytes.fromhex("060e2b34020b01010e01030101000000"), []
    with av.open(str(film)) as source, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0], opaque=True)
        data = out.add_data_stream("klv")
        for number, packet in enumerate(p for p in source.demux(video=0) if p.size):
            sent.append(key + bytes([4, 0, 0, 0, number]))
            item = av.Packet(sent[-1])
            item.stream, item.time_base = data, Fraction(1, 25)
            item.pts = item.dts = number
            out.mux(item)
            packet.stream = stream
            out.mux(packet)
    return path, sent


def test_metadata_of_aircraft_is_kept_or_named(tmp_path: Path) -> None:
    source, sent = with_klv(tmp_path / "a.ts")
    result = rewrite(source, tmp_path / "o.ts", GOOD)
    assert verify(result.info, result.plan, result.segments) == []
    assert [data for *_, data in packets(tmp_path / "o.ts", "data")] == sent
    result = rewrite(source, tmp_path / "o.mkv", GOOD)
    assert "data 1 (klv) does not fit .mkv; use .ts" in result.notes
    assert verify(result.info, result.plan, result.segments) == []
