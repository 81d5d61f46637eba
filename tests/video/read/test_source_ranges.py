"""Ranges, resuming and timestamps: every way of reading gives the frames of an unbroken read."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.films import FilmSpec, MadeFilm, join_ts, make_film
from vidcolor.errors import MediaError
from vidcolor.prefetch import prefetch
from vidcolor.types import Anchor, Frame
from vidcolor.video.read import source as source_module
from vidcolor.video.read.frame_index import index_packets, index_pictures
from vidcolor.video.read.source import FrameSource

OPEN_GOP = {"qp": "0", "x264-params": "open-gop=1"}
VFR = (0, 20, 50, 55, 200, 300, 310, 320, 400, 800, 801, 900)
FILMS = {
    "b_frames.mp4": FilmSpec(frames=40, b_frames=3, gop=8),
    "open_gop.mkv": FilmSpec(frames=40, b_frames=3, gop=8, options=OPEN_GOP),
    "one_key.mp4": FilmSpec(frames=30, b_frames=2, gop=250),
    "b_frames.ts": FilmSpec(frames=40, b_frames=2, gop=8, audio=("aac",)),
    "delayed.mp4": FilmSpec(frames=30, b_frames=2, gop=8, start=Fraction(3, 2)),
    "late_picture.mkv": FilmSpec(frames=30, gop=8, audio=("aac",), audio_delay=Fraction(1, 4)),
    "vfr.mkv": FilmSpec(frames=12, time_base=Fraction(1, 1000), pts=VFR, gop=4),
    "vfr.mp4": FilmSpec(frames=12, time_base=Fraction(1, 600), pts=VFR, gop=4),
    "mpeg4.avi": FilmSpec(frames=30, codec="mpeg4", gop=8),
    "mpeg2.mpg": FilmSpec(frames=30, codec="mpeg2video", b_frames=2, gop=8, rate=25),
    "b_frames.flv": FilmSpec(frames=40, b_frames=2, gop=8),
    "vp8.webm": FilmSpec(frames=30, codec="libvpx", options={"auto-alt-ref": "1"}, gop=12),
    "raw.h264": FilmSpec(frames=20, b_frames=2, gop=8),
    "raw.mjpeg": FilmSpec(frames=8, pix_fmt="yuvj420p", codec="mjpeg", options={}),
    "ffv1.mkv": FilmSpec(frames=10, pix_fmt="gray", codec="ffv1"),
}


def frames_of(path: Path, *args: object, **kwargs: object) -> list[Frame]:
    with FrameSource(path, *args, **kwargs) as source:  # type: ignore[arg-type]
        return [Frame(f.index, f.pts, f.y.copy()) for f in source]


def assert_same(got: list[Frame], want: list[Frame]) -> None:
    assert [(f.index, f.pts) for f in got] == [(f.index, f.pts) for f in want]
    for a, b in zip(got, want, strict=True):
        np.testing.assert_array_equal(a.y, b.y)


@pytest.fixture(scope="module", params=FILMS, ids=list(FILMS))
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> MadeFilm:
    return make_film(tmp_path_factory.mktemp("films") / request.param, FILMS[request.param])


def test_every_frame_is_there_in_order(film: MadeFilm) -> None:
    frames = frames_of(film.path)
    assert [f.index for f in frames] == list(range(film.spec.frames))
    assert all(a.pts < b.pts for a, b in pairwise(frames))
    if film.spec.codec in ("libx264", "ffv1"):
        for frame, want in zip(frames, film.luma, strict=True):
            np.testing.assert_array_equal(frame.y, want)


def test_a_range_from_any_frame_is_exact(film: MadeFilm) -> None:
    whole = frames_of(film.path)
    for start in range(1, len(whole)):
        with FrameSource(film.path, start=start, end=start + 3) as source:
            got = [Frame(f.index, f.pts, f.y.copy()) for f in source]
        assert_same(got, whole[start : start + 3])
        assert source.info.first_frame == start
        assert source.info.frame_count == len(got)


def test_a_time_is_the_first_frame_at_it_or_later(film: MadeFilm) -> None:
    whole = frames_of(film.path)
    with FrameSource(film.path) as source:
        info = source.info
    times = [f.pts * info.time_base - info.start_time for f in whole]
    for number in (1, 4, len(whole) - 1):
        exact = frames_of(film.path, start=times[number])
        assert_same(exact, whole[number:])
        between = frames_of(film.path, start=times[number - 1] + Fraction(1, 10**6))
        assert_same(between, whole[number:])
        assert_same(frames_of(film.path, end=times[number]), whole[:number])


def test_resuming_gives_the_rest(film: MadeFilm) -> None:
    whole = frames_of(film.path)
    for first in (1, 5, len(whole) - 1, len(whole)):
        assert_same(frames_of(film.path, first_frame=first), whole[first:])
        for begin in {first, max(1, first - 3)}:
            anchor = Anchor(begin, whole[begin - 1].pts)
            assert_same(frames_of(film.path, first_frame=first, anchor=anchor), whole[first:])


def test_resuming_inside_a_range(film: MadeFilm) -> None:
    whole = frames_of(film.path)
    kwargs = {"start": 2, "end": 9, "first_frame": 6}
    assert_same(frames_of(film.path, **kwargs), whole[6:9])
    assert_same(frames_of(film.path, **kwargs, anchor=Anchor(6, whole[5].pts)), whole[6:9])


def test_sound_files_are_indexed_without_decoding(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mp4", FILMS["b_frames.mp4"])
    with FrameSource(made.path) as source:
        first = next(source)
    index = index_packets(made.path, first.pts)
    assert index is not None
    assert index.pts.tolist() == index_pictures(made.path).pts.tolist()


def test_a_jump_does_not_decode_the_film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_film(tmp_path / "a.mp4", FilmSpec(frames=200, gop=10, b_frames=2))

    def never(*_: object) -> None:
        raise AssertionError("decoded the whole film")

    monkeypatch.setattr(source_module, "index_pictures", never)
    with FrameSource(made.path, start=150) as source:
        assert next(source).index == 150
    with FrameSource(made.path, first_frame=150, anchor=Anchor(150, 149 * 512)) as source:
        np.testing.assert_array_equal(next(source).y, made.luma[150])


def test_no_index_is_made_where_none_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_film(tmp_path / "a.mp4", FilmSpec(frames=10))

    def never(*_: object) -> None:
        raise AssertionError("made an index")

    monkeypatch.setattr(source_module, "index_packets", never)
    monkeypatch.setattr(source_module, "index_pictures", never)
    assert len(frames_of(made.path, end=Fraction(1, 4))) == 6
    assert len(frames_of(made.path, start=0, end=5)) == 5


def test_closing_while_a_thread_reads(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mp4", FilmSpec(frames=100, b_frames=2))
    for _ in range(10):
        source = FrameSource(made.path)
        frames = prefetch(source, depth=2)
        first = next(frames)
        source.close()
        assert len(list(frames)) < 10  # it ends, without an error
        np.testing.assert_array_equal(first.y, made.luma[0])


def test_timestamps_are_those_of_the_file(tmp_path: Path) -> None:
    spec = FilmSpec(frames=12, time_base=Fraction(1, 1000), pts=VFR, gop=4, b_frames=2)
    made = make_film(tmp_path / "a.mkv", spec)
    with FrameSource(made.path) as source:
        assert [f.pts * source.info.time_base for f in source] == made.times
        assert source.notes == []


def test_times_count_from_the_first_sound(tmp_path: Path) -> None:
    # sound begins half a second before the picture: the picture is at 0.5 s of the film
    spec = FilmSpec(frames=24, start=1, audio=("aac",), audio_delay=Fraction(-1, 2))
    made = make_film(tmp_path / "a.ts", spec)
    with FrameSource(made.path) as source:
        first = next(source)
        at = first.pts * source.info.time_base - source.info.start_time
    assert abs(at - Fraction(1, 2)) < Fraction(1, 40)  # AAC begins a packet early
    assert frames_of(made.path, start=at + Fraction(1, 24))[0].index == 1


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (24, None, "begins behind the last frame"),
        (Fraction(5), None, "begins behind the last frame"),
        (3, 3, "holds no frame"),
        (12, Fraction(1, 4), "holds no frame"),
        (Fraction(1, 2), 5, "holds no frame"),
    ],
)
def test_ranges_without_frames_are_refused(tmp_path: Path, start: int, end: int, text: str) -> None:
    made = make_film(tmp_path / "a.mp4", FilmSpec(frames=24))
    with pytest.raises(MediaError, match=text):
        FrameSource(made.path, start, end)


@pytest.mark.parametrize(("frames", "says"), [(1, "has 1 frame,"), (2, "has 2 frames,")])
def test_the_hint_counts_the_frames(tmp_path: Path, frames: int, says: str) -> None:
    made = make_film(tmp_path / "a.mp4", FilmSpec(frames=frames))
    with pytest.raises(MediaError) as caught:
        FrameSource(made.path, 5)
    assert says in str(caught.value.hint)


def test_expected_frames_follow_the_range(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mp4", FilmSpec(frames=48, rate=24))
    for args, count in (((), 48), ((10,), 38), ((None, 10), 10), ((None, Fraction(1)), 24),
                        ((Fraction(1, 2), Fraction(1)), 12), ((40, 100), 8)):  # fmt: skip
        with FrameSource(made.path, *args) as source:
            assert source.info.frame_count == count == len(list(source))


def test_missing_timestamps_are_made_and_noted(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.h264", FilmSpec(frames=10, rate=25))
    with FrameSource(made.path) as source:
        times = [f.pts * source.info.time_base for f in source]
    assert times == [Fraction(i, 25) for i in range(10)]
    assert source.notes == ["10 pictures without timestamps: 25 fps used"]


def test_joined_recordings_go_on_in_time(tmp_path: Path) -> None:
    made = make_film(tmp_path / "one.ts", FilmSpec(frames=20, gop=5))
    path = join_ts(tmp_path / "two.ts", made.path, made.path)
    with FrameSource(path) as source:
        frames = [Frame(f.index, f.pts, f.y.copy()) for f in source]
    assert len(frames) == 40
    steps = {b.pts - a.pts for a, b in pairwise(frames)}
    assert steps == {3750}
    # (the joint itself may be told as a damaged frame, too)
    assert source.notes[0].startswith("timestamps jump back after 00:00:00.8")
    assert_same(frames_of(path, start=25, end=30), frames[25:30])
    assert_same(frames_of(path, first_frame=30, anchor=Anchor(30, frames[29].pts)), frames[30:])
