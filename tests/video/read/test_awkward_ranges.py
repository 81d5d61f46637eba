"""Ranges and going on in files that libav does not seek well in: the frames of a full decode."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.films import FilmSpec, cut_off, make_film
from tests.video.read.test_source_ranges import assert_same, frames_of
from vidcolor.types import Anchor
from vidcolor.video.read.source import FrameSource

_SMALL = {"frames": 30, "width": 64, "height": 48}


def fragmented(folder: Path) -> Path:
    """An MP4 in fragments, as cameras and streams write it."""
    made = make_film(folder / "whole.mp4", FilmSpec(**_SMALL, b_frames=2, gop=8))
    options = {"movflags": "frag_keyframe+empty_moov"}
    path = folder / "fragments.mp4"
    with av.open(str(made.path)) as film, av.open(str(path), "w", options=options) as out:
        stream = out.add_stream_from_template(film.streams.video[0])
        for packet in film.demux(video=0):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    return path


def edit_list(folder: Path) -> Path:
    """An MP4 whose edit list hides the first pictures."""
    spec = FilmSpec(**_SMALL, b_frames=2, gop=8, start=Fraction(-7, 24))
    return make_film(folder / "edit.mp4", spec).path


def interlaced(folder: Path) -> Path:
    return make_film(folder / "tff.mkv", FilmSpec(**_SMALL, interlaced="tff", gop=8)).path


def mpeg2_ts(folder: Path) -> Path:
    spec = FilmSpec(**_SMALL, codec="mpeg2video", b_frames=2, gop=8, rate=25)
    return make_film(folder / "mpeg2.ts", spec).path


def intra_refresh(folder: Path) -> Path:
    """No key frames but the first: pictures are renewed column by column."""
    options = {"qp": "10", "x264-params": "intra-refresh=1"}
    return make_film(folder / "refresh.mkv", FilmSpec(**_SMALL, gop=10, options=options)).path


def cut_short(folder: Path) -> Path:
    made = make_film(folder / "whole.mkv", FilmSpec(**_SMALL, b_frames=2, gop=8))
    return cut_off(folder / "cut.mkv", made.path, 0.7)


def pictures(folder: Path) -> Path:
    """A folder of numbered pictures with a gap."""
    place = folder / "pictures"
    place.mkdir()
    spec = FilmSpec(**_SMALL | {"frames": 12}, codec="png", pix_fmt="gray")
    made = make_film(folder / "film.mov", spec)
    with av.open(str(made.path)) as film:
        for number, packet in enumerate(p for p in film.demux(video=0) if p.size):
            (place / f"scan{number + 7 + 3 * (number > 5)}.png").write_bytes(bytes(packet))
    return place


@pytest.mark.parametrize(
    "make", [fragmented, edit_list, interlaced, mpeg2_ts, intra_refresh, cut_short, pictures]
)
def test_ranges_are_those_of_a_full_decode(tmp_path: Path, make) -> None:
    path = make(tmp_path)
    whole = frames_of(path)
    assert len(whole) >= 12
    for start in (1, 5, 9, len(whole) - 1):
        assert_same(frames_of(path, start=start, end=start + 3), whole[start : start + 3])
    with FrameSource(path) as source:
        info = source.info
    at = whole[4].pts * info.time_base - info.start_time
    assert_same(frames_of(path, start=at), whole[4:])
    assert_same(frames_of(path, end=at), whole[:4])
    for first in (1, 7, len(whole) - 1):
        pts = whole[first - 1].pts
        assert_same(frames_of(path, first_frame=first), whole[first:])
        assert_same(frames_of(path, first_frame=first, anchor=Anchor(first, pts)), whole[first:])


def test_an_edit_list_hides_pictures(tmp_path: Path) -> None:
    assert len(frames_of(edit_list(tmp_path))) == 23
