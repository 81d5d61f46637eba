"""Of several video tracks, each is checked against what was planned for it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.films import FilmSpec, make_film
from tests.video.rewrite import GOOD, packets, rewrite, same, show
from vidcolor.video.verify.verify import verify

TIMES = (0, 40, 80, 100, 160, 200, 240, 300)
SMALL = FilmSpec(
    frames=8,
    width=144,
    height=108,
    pts=TIMES,
    time_base=Fraction(1, 1000),
    rate=25,
    codec="libx265",
    options={"x265-params": "log-level=none"},
)
LARGE = replace(SMALL, width=192, audio=("aac",))


def two_tracks(folder: Path, first: FilmSpec, second: FilmSpec) -> Path:
    """An MP4 as phones write it: both video tracks are enabled."""
    paths = [make_film(folder / f"{n}.mp4", spec).path for n, spec in enumerate((first, second))]
    both = folder / "both.mp4"
    with (
        av.open(str(paths[0])) as one,
        av.open(str(paths[1])) as two,
        av.open(str(both), "w") as out,
    ):
        films = (one, two)
        tracks = {
            (n, s.index): out.add_stream_from_template(s, opaque=True)
            for n, film in enumerate(films)
            for s in film.streams
        }
        coded = [(n, p) for n, film in enumerate(films) for p in film.demux() if p.size]
        for n, packet in sorted(coded, key=lambda item: item[1].dts * item[1].time_base):
            packet.stream = tracks[n, packet.stream_index]
            out.mux(packet)
    data = bytearray(both.read_bytes())
    where = data.find(b"tkhd")
    while where >= 0:
        data[where + 7] = 3  # enabled, in the film
        where = data.find(b"tkhd", where + 1)
    both.write_bytes(data)
    return both


@pytest.mark.parametrize("name", ["o.mp4", "o.mov", "o.mkv", "o.ts"])
@pytest.mark.parametrize(
    ("first", "second", "index"),
    [
        (replace(SMALL, rotation=90), LARGE, 1),
        (replace(LARGE, rotation=90), SMALL, 0),
        (SMALL, replace(LARGE, rotation=270), 1),
        (replace(SMALL, rotation=180), replace(LARGE, rotation=90), 1),
    ],
)
def test_the_colored_track_is_found_wherever_it_lies(
    tmp_path: Path, first: FilmSpec, second: FilmSpec, index: int, name: str
) -> None:
    path = two_tracks(tmp_path, first, second)
    result = rewrite(path, tmp_path / name, GOOD)
    with av.open(str(path)) as film:
        videos = [s.index for s in film.streams.video]
        assert all(s.disposition & 1 for s in film.streams.video)
    assert result.info.stream_index == videos[index]
    assert verify(result.info, result.plan, result.segments) == []
    with av.open(str(tmp_path / name)) as film:
        sizes = [(s.width, s.height) for s in film.streams.video]
        frame = next(film.decode(film.streams.video[index]))
    assert sizes == [(spec.width, spec.height) for spec in (first, second)]
    if name != "o.ts":
        rotation = (first, second)[index].rotation
        assert frame.rotation % 360 == rotation
        other = packets(path, "video", 1 - index)
        assert [d for *_, d in packets(tmp_path / name, "video", 1 - index)] == [
            d for *_, d in other
        ]


def test_a_spoiled_second_track_is_found(tmp_path: Path) -> None:
    """Exchanged tracks, a lost track and a changed packet do not pass."""
    path = two_tracks(tmp_path, SMALL, LARGE)
    result = rewrite(path, tmp_path / "o.mkv", GOOD)

    def spoil(name: str, order: tuple[int, ...], change: bool = False) -> list[str]:
        with av.open(str(result.plan.output)) as film, av.open(str(tmp_path / name), "w") as out:
            streams = [film.streams[i] for i in order]
            tracks = {s.index: out.add_stream_from_template(s, opaque=True) for s in streams}
            for number, packet in enumerate(p for p in film.demux(streams) if p.size):
                if change and packet.stream_index == 0 and number > 9:
                    packet.update(bytes(packet)[:-1] + b"x")
                packet.stream = tracks[packet.stream_index]
                out.mux(packet)
        return verify(result.info, result.plan, result.segments, output=tmp_path / name)

    kinds = {s.index: s.type for s in av.open(str(result.plan.output)).streams}
    assert list(kinds.values()) == ["video", "video", "audio"]
    assert spoil("same.mkv", (0, 1, 2)) == []
    assert "frame size is 144x108, planned 192x108" in spoil("turned.mkv", (1, 0, 2))
    assert spoil("lost.mkv", (1, 2)) != []
    assert spoil("changed.mkv", (0, 1, 2), change=True) == [
        "video 1 (hevc) is not the source's to the bit"
    ]


def test_luma_of_the_second_track_is_the_source_s(tmp_path: Path) -> None:
    path = two_tracks(tmp_path, replace(SMALL, rotation=90), LARGE)
    rewrite(path, tmp_path / "o.mkv")

    def luma(film: Path) -> list:
        copy = tmp_path / f"{film.stem}.second.mkv"
        with av.open(str(film)) as source, av.open(str(copy), "w") as out:
            stream = source.streams.video[1]
            track = out.add_stream_from_template(stream, opaque=True)
            for packet in source.demux(stream):
                if packet.size:
                    packet.stream = track
                    out.mux(packet)
        return show(copy).luma

    assert same(luma(tmp_path / "o.mkv"), luma(path))
