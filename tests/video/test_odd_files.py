"""Files that are sound but unusual: from the source to the finished film and its check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.stream import Disposition

from tests.films import FilmSpec, join_ts, make_film
from tests.video.rewrite import GOOD, LOSSLESS, Result, packets, rewrite, same, show
from vidcolor.video.read.source import FrameSource
from vidcolor.video.verify.verify import verify

SPEC = FilmSpec(frames=30, rate=25, b_frames=2, gop=10, audio=("aac",))


def remux(
    source: Path,
    output: Path,
    change: Callable[[av.Packet], bool] = lambda packet: True,
    *,
    order: tuple[int, ...] | None = None,
    **options: str,
) -> Path:
    """Copies packets; `change` may alter one, and says whether it is kept."""
    with (
        av.open(str(source)) as film,
        av.open(str(output), "w", options=dict(options)) as out,
    ):
        streams = [film.streams[i] for i in order or range(len(film.streams))]
        tracks = {s.index: out.add_stream_from_template(s, opaque=True) for s in streams}
        for packet in film.demux(streams):
            if packet.size and change(packet):
                packet.stream = tracks[packet.stream_index]
                out.mux(packet)
    return output


def passes(source: Path, output: Path) -> Result:
    """Writes the film without loss and compares it with what a player shows of the source."""
    result = rewrite(source, output, LOSSLESS)
    assert verify(result.info, result.plan, result.segments) == []
    before, after = show(source), show(output)
    assert same(before.luma, after.luma)
    steps = [
        abs((b - before.times[0]) - (a - after.times[0]))
        for b, a in zip(before.times, after.times, strict=True)
    ]
    assert max(steps) <= Fraction(1, 1000)
    return result


@pytest.mark.parametrize("name", ["o.mkv", "o.mp4"])
def test_pictures_hidden_by_an_edit_list_stay_hidden(tmp_path: Path, name: str) -> None:
    made = make_film(tmp_path / "a.mp4", SPEC)

    def begin_early(packet: av.Packet) -> bool:
        shift = int(Fraction(2, 5) / packet.time_base)  # ten pictures lie before 0
        packet.pts -= shift
        packet.dts -= shift
        return True

    cut = remux(made.path, tmp_path / "cut.mp4", begin_early)
    with av.open(str(cut)) as film:
        assert film.streams.video[0].frames == 30  # the header counts hidden ones, too
    assert len(show(cut).times) == 20
    passes(cut, tmp_path / name)
    with av.open(str(cut)) as film, av.open(str(tmp_path / name)) as out:
        heard = [sum(f.samples for f in c.decode(audio=0)) for c in (film, out)]
    assert abs(heard[0] - heard[1]) <= 10 * 2048


def test_a_fragmented_film(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mp4", SPEC)
    path = remux(made.path, tmp_path / "f.mp4", movflags="frag_keyframe+empty_moov")
    for name in ("o.mp4", "o.mkv"):
        passes(path, tmp_path / name)


def test_uneven_pictures_with_b_frames_in_mp4(tmp_path: Path) -> None:
    pts = tuple(int(t) for t in np.cumsum([0, 20, 500, 20, 60, 1000, 20, 20, 340, 40, 1800, 20]))
    spec = FilmSpec(frames=12, pts=pts, time_base=Fraction(1, 600), b_frames=2, options={})
    made = make_film(tmp_path / "a.mp4", spec)
    passes(made.path, tmp_path / "o.mp4")
    assert show(tmp_path / "o.mp4").times == show(made.path).times
    with av.open(str(tmp_path / "o.mp4")) as film:
        stream = film.streams.video[0]
        assert float(stream.duration * stream.time_base) >= pts[-1] / 600


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "ts"])
def test_the_picture_need_not_be_the_first_track(tmp_path: Path, suffix: str) -> None:
    made = make_film(tmp_path / f"a.{suffix}", replace(SPEC, audio=("aac", "aac")))
    path = remux(made.path, tmp_path / f"b.{suffix}", order=(1, 0, 2))
    result = passes(path, tmp_path / f"o.{suffix}")
    assert result.info.stream_index == 1
    with av.open(str(tmp_path / f"o.{suffix}")) as film:
        assert [s.type for s in film.streams] == ["audio", "video", "audio"]


@pytest.mark.parametrize("name", ["o.mkv", "o.ts"])
def test_the_clock_of_a_transport_stream_wraps(tmp_path: Path, name: str) -> None:
    wrap = Fraction(2**33, 90000)
    spec = replace(SPEC, audio=("mp2",), start=Fraction(int(wrap * 25) - 12, 25))
    made = make_film(tmp_path / "a.ts", spec)
    result = passes(made.path, tmp_path / name)
    assert not any("timestamps" in note for note in result.notes)
    times = show(tmp_path / name).times
    assert times[0] < 2
    assert {round(float(b - a), 3) for a, b in pairwise(times)} == {0.04}


def test_a_jump_forward_is_kept_and_makes_no_frames(tmp_path: Path) -> None:
    """Ten hours without a picture are ten hours without a picture."""
    ten_hours = 36_000_000
    pts = (0, 40, 80, 80 + ten_hours, 120 + ten_hours)
    spec = FilmSpec(frames=5, pts=pts, time_base=Fraction(1, 1000), rate=25)
    made = make_film(tmp_path / "a.mkv", spec)
    for name in ("o.mkv", "o.mp4"):
        passes(made.path, tmp_path / name)
        assert (tmp_path / name).stat().st_size < 100_000


@pytest.mark.parametrize("name", ["o.mkv", "o.mp4"])
def test_a_raw_stream_gets_times(tmp_path: Path, name: str) -> None:
    made = make_film(tmp_path / "a.h264", FilmSpec(frames=20, b_frames=2, rate=25))
    result = rewrite(made.path, tmp_path / name, LOSSLESS)
    assert verify(result.info, result.plan, result.segments) == []
    assert [round(float(t), 3) for t in show(tmp_path / name).times] == [
        round(n / 25, 3) for n in range(20)
    ]
    assert same(show(tmp_path / name).luma, made.luma)
    with FrameSource(made.path, rate=Fraction(18)) as source:
        times = [f.pts * source.info.time_base for f in source]
        assert source.info.rate == 18
    assert times == [pytest.approx(n / 18, abs=1e-5) for n in range(20)]


def test_fps_does_not_touch_films_with_times(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=10, rate=25))
    with FrameSource(made.path, rate=Fraction(18)) as source:
        assert [f.pts * source.info.time_base for f in source] == made.times
        assert "--fps has no effect: the film has times of its own" in source.notes


@pytest.mark.parametrize("source", ["a.mp4", "a.mkv", "a.mov"])
def test_sound_that_begins_before_zero_moves_all_tracks_alike(tmp_path: Path, source: str) -> None:
    """AAC begins 21 ms early. Matroska has no times below 0: there all tracks are later by it."""
    spec = replace(SPEC, audio=("aac", "mp2"), subtitles=() if "mkv" not in source else ("srt",))
    made = make_film(tmp_path / source, spec)
    for name, shift in (("o.mkv", 1), ("o.mp4", 0)):
        passes(made.path, tmp_path / name)
        moved = [
            packets(tmp_path / name, "audio", n)[0][0] - packets(made.path, "audio", n)[0][0]
            for n in (0, 1)
        ] + [show(tmp_path / name).times[0] - show(made.path).times[0]]
        assert max(moved) - min(moved) <= Fraction(2, 1000)
        late = Fraction(1024, 48000) if shift and source != "a.mkv" else Fraction(0)
        assert abs(moved[0] - late) <= Fraction(2, 1000)


def test_a_data_track_is_left_out_with_a_note(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.ts", SPEC)
    path = tmp_path / "b.ts"
    with av.open(str(made.path)) as film, av.open(str(path), "w") as out:
        tracks = {s.index: out.add_stream_from_template(s, opaque=True) for s in film.streams}
        data = out.add_data_stream("bin_data")
        for number, packet in enumerate(p for p in film.demux() if p.size):
            packet.stream = tracks[packet.stream_index]
            if number % 5 == 0:
                extra = av.Packet(b"telemetry")
                extra.stream, extra.time_base = data, packet.time_base
                extra.pts = extra.dts = packet.dts
                out.mux(extra)
            out.mux(packet)
    for name in ("o.mkv", "o.mp4", "o.ts"):
        result = passes(path, tmp_path / name)
        assert any(n.startswith("data 1 (") and "left out" in n for n in result.notes)


def test_a_cover_is_kept_and_never_colored(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mp4", SPEC)
    path = tmp_path / "cover.mp4"
    with av.open(str(made.path)) as film, av.open(str(path), "w") as out:
        tracks = {s.index: out.add_stream_from_template(s, opaque=True) for s in film.streams}
        cover = out.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt = 640, 640, "rgb24"
        cover.disposition = Disposition.attached_pic
        picture = av.VideoFrame.from_ndarray(np.full((640, 640, 3), 99, np.uint8), format="rgb24")
        picture.pts = 0
        [coded] = [*cover.encode(picture), *cover.encode(None)]
        wanted = bytes(coded)
        out.mux(coded)
        for packet in film.demux():
            if packet.size:
                packet.stream = tracks[packet.stream_index]
                out.mux(packet)
    for name in ("o.mp4", "o.mkv"):
        result = rewrite(path, tmp_path / name)
        assert verify(result.info, result.plan, result.segments) == []
        assert (result.info.width, result.info.height) == (96, 64)
        with av.open(str(tmp_path / name)) as film:
            [kept] = [s for s in film.streams.video if s.disposition & Disposition.attached_pic]
            assert [bytes(p) for p in film.demux(kept) if p.size] == [wanted]


def test_a_film_that_changes_its_size(tmp_path: Path) -> None:
    small = make_film(tmp_path / "s.ts", FilmSpec(frames=24, width=96, height=64))
    large = make_film(tmp_path / "l.ts", FilmSpec(frames=24, width=192, height=128, start=1))
    path = join_ts(tmp_path / "both.ts", small.path, large.path)
    result = rewrite(path, tmp_path / "o.mp4", GOOD)
    assert verify(result.info, result.plan, result.segments) == []
    shown = show(tmp_path / "o.mp4")
    assert len(shown.times) >= 46
    assert {y.shape for y in shown.luma} == {(64, 96)}


@pytest.mark.parametrize(
    ("pix_fmt", "codec", "suffix", "size"),
    [
        ("yuv444p10le", "ffv1", "mkv", (97, 65)),
        ("yuv422p10le", "libx264", "mkv", (96, 64)),
        ("yuv444p12le", "ffv1", "mkv", (96, 64)),
        ("yuv420p14le", "ffv1", "mkv", (98, 66)),
        ("gray10le", "ffv1", "mkv", (96, 64)),
        ("gray12le", "ffv1", "mkv", (95, 63)),
        ("gray16le", "ffv1", "mkv", (95, 63)),
        ("monob", "rawvideo", "nut", (96, 64)),
        ("yuva420p", "ffv1", "mkv", (96, 64)),
        ("yuv411p", "rawvideo", "nut", (96, 64)),
        ("yuv440p", "rawvideo", "nut", (96, 64)),
        ("nv12", "rawvideo", "nut", (96, 64)),
        ("yuyv422", "rawvideo", "nut", (96, 64)),
        ("yuvj420p", "libx264", "mkv", (96, 64)),
        ("rgb24", "png", "mov", (97, 65)),
        ("bgra", "ffv1", "mkv", (96, 64)),
    ],
)
@pytest.mark.parametrize("name", ["o.mkv", "o.mov"])
def test_luma_of_every_format_reaches_the_film(
    tmp_path: Path, pix_fmt: str, codec: str, suffix: str, size: tuple[int, int], name: str
) -> None:
    """What the reader hands out is in the film to the last bit, in both kinds of range."""
    spec = FilmSpec(frames=4, width=size[0], height=size[1], pix_fmt=pix_fmt, codec=codec)
    made = make_film(tmp_path / f"a.{suffix}", spec)
    with FrameSource(made.path) as source:
        luma = [frame.y.copy() for frame in source]
        full, depth = source.info.tags.full_range, source.info.tags.depth
    if depth > 12 and name == "o.mov":
        pytest.skip("more than 12 bits go into .mkv only, which test_plan.py shows")
    result = rewrite(made.path, tmp_path / name, LOSSLESS)
    assert same(show(tmp_path / name).luma, [y << result.plan.luma_shift for y in luma])
    assert verify(result.info, result.plan, result.segments) == []
    with av.open(str(tmp_path / name)) as film:
        assert film.streams.video[0].codec_context.color_range == (2 if full else 1)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(
    ("code", "matrix"),
    [(1, "bt709"), (5, "bt601"), (6, "bt601"), (7, "bt709"), (9, "bt2020"), (2, "bt601")],
)
def test_luma_is_untouched_by_matrix_and_range(
    tmp_path: Path, code: int, matrix: str, full: bool
) -> None:
    spec = FilmSpec(frames=3, colorspace=code, color_range=2 if full else 1)
    made = make_film(tmp_path / "a.mkv", spec)
    result = rewrite(made.path, tmp_path / "o.mp4", LOSSLESS)
    assert same(show(tmp_path / "o.mp4").luma, made.luma)
    assert (result.plan.tags.matrix, result.plan.tags.full_range) == (matrix, full)
    assert verify(result.info, result.plan, result.segments) == []
