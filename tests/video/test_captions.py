"""Closed captions and active format: they lie in the frames, and go along with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import pytest

from tests.films import FilmSpec, make_film
from tests.video.rewrite import GOOD, rewrite
from vidcolor.config import EncodeConfig
from vidcolor.video.read.source import FrameSource
from vidcolor.video.segments.user_data import with_user_data
from vidcolor.video.verify.verify import verify

SPEC = FilmSpec(frames=40, rate=25, b_frames=2, gop=12)


def triplets(number: int, count: int) -> bytes:
    """Captions of a frame; zeros in a row would be a start code if nothing were done about it."""
    return b"".join(bytes([0xFC, 0, 0 if k else number]) for k in range(count))


def captioned(path: Path, spec: FilmSpec = SPEC, count: int = 2, afd: int | None = 10) -> Path:
    """A transport stream whose every frame but the fifth has captions."""
    film = make_film(path.with_name("plain.ts"), spec).path
    with av.open(str(film)) as source, av.open(str(path), "w") as out:
        stream = source.streams.video[0]
        track = out.add_stream_from_template(stream, opaque=True)
        packets = [p for p in source.demux(stream) if p.size]
        order = {pts: n for n, pts in enumerate(sorted(p.pts for p in packets))}
        for packet in packets:
            number = order[packet.pts]
            messages = []
            if number != 5:
                data = triplets(number, count)
                messages.append(
                    b"\xb5\0\x31GA94\x03" + bytes([0x40 | count, 0xFF]) + data + b"\xff"
                )
            if afd is not None:
                messages.append(b"\xb5\0\x31DTG1\x41" + bytes([0xF0 | afd]))
            made = av.Packet(with_user_data(bytes(packet), spec.codec, messages))
            made.pts, made.dts, made.time_base = packet.pts, packet.dts, packet.time_base
            made.is_keyframe, made.stream = packet.is_keyframe, track
            out.mux(made)
    return path


def captions_of(path: Path) -> list[bytes | None]:
    with av.open(str(path)) as film:
        return [
            None if (data := f.side_data.get("A53_CC")) is None else bytes(data)
            for f in film.decode(video=0)
        ]


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
@pytest.mark.parametrize("name", ["o.mp4", "o.mkv", "o.ts"])
@pytest.mark.parametrize("count", [1, 20])
def test_captions_go_along(tmp_path: Path, codec: str, name: str, count: int) -> None:
    source = captioned(tmp_path / "a.ts", count=count)
    wanted = [None if n == 5 else triplets(n, count) for n in range(40)]
    assert captions_of(source) == wanted
    encode = EncodeConfig(codec=codec, crf=30, preset="medium")
    result = rewrite(source, tmp_path / name, encode)
    assert "closed captions and active format (AFD): kept" in result.notes
    assert captions_of(tmp_path / name) == wanted
    assert verify(result.info, result.plan, result.segments) == []
    with av.open(str(tmp_path / name)) as film:
        assert all(bytes(f.side_data.get("AFD"))[0] == 10 for f in film.decode(video=0))


def test_captions_of_a_range_and_of_deinterlaced_film(tmp_path: Path) -> None:
    source = captioned(tmp_path / "a.ts", replace(SPEC, interlaced="tff"))
    rewrite(source, tmp_path / "o.mp4", GOOD, start=10, end=20)
    assert captions_of(tmp_path / "o.mp4") == [triplets(n, 2) for n in range(10, 20)]
    with FrameSource(source, deinterlace=True) as film:
        frames = list(film)
    assert [len(f.user_data) for f in frames] == [1 if n == 5 else 2 for n in range(40)]
    assert all(triplets(n, 2) in f.user_data[0] for n, f in enumerate(frames) if n != 5)


@pytest.mark.parametrize(
    ("name", "codec"), [("o.webm", "auto"), ("o.mov", "prores"), ("o.mkv", "ffv1")]
)
def test_encoders_that_cannot_carry_them_say_so(tmp_path: Path, name: str, codec: str) -> None:
    source = captioned(tmp_path / "a.ts", afd=None)
    result = rewrite(source, tmp_path / name, EncodeConfig(codec=codec))
    assert any(
        note.startswith("closed captions: ") and "--codec libx264" in note for note in result.notes
    )
    plain = rewrite(tmp_path / "plain.ts", tmp_path / f"p{name}", EncodeConfig(codec=codec))
    assert not any("captions" in note for note in plain.notes)
