"""Interlaced films: made progressive on request, else kept as they are."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from tests.films import FilmSpec, make_film
from tests.old_films import planes_of, scene, woven, write_film
from vidcolor.analysis.cadence import compare, rhythm, shrink
from vidcolor.config import EncodeConfig, FilmSettings
from vidcolor.errors import ConfigError
from vidcolor.film import open_film, read_range
from vidcolor.types import Anchor, Frame
from vidcolor.video.mux.mux import assemble
from vidcolor.video.plan.plan import plan_output
from vidcolor.video.read.decoding import PictureDecoder
from vidcolor.video.read.deinterlacing import deinterlaced
from vidcolor.video.read.fields import field_order
from vidcolor.video.read.luma import LumaReader, luma_layout
from vidcolor.video.read.sampling import sampled_frames
from vidcolor.video.read.source import FrameSource
from vidcolor.video.segments.segment import finish_segment, segment_writer

FRAMES = 30


def rgb(time: float) -> np.ndarray:
    return np.repeat(scene(7, time)[..., None], 3, axis=2)


def interlaced_film(
    folder: Path, order: str = "tff", *, marked: bool = True, depth: int = 8, codec: str = "libx264"
) -> Path:
    pictures = [planes_of(woven(rgb, i, order), depth) for i in range(FRAMES)]
    options = {"g": "8", "bf": "2", "qp": "0", "preset": "ultrafast"}
    return write_film(
        folder / f"{order}.mkv",
        pictures,
        rate=25,
        interlaced=order if marked else None,
        depth=depth,
        codec=codec,
        options=options if codec == "libx264" else None,
    )


def frames_of(path: Path, **settings: object) -> list[Frame]:
    with open_film(path, FilmSettings(**settings)) as film, film.frames() as frames:  # type: ignore[arg-type]
        return [Frame(f.index, f.pts, f.y.copy()) for f in frames]


@pytest.mark.parametrize("order", ["tff", "bff"])
@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("depth", [8, 10])
def test_each_frame_becomes_one_without_combs(
    tmp_path: Path, order: str, marked: bool, depth: int
) -> None:
    path = interlaced_film(tmp_path, order, marked=marked, depth=depth)
    with open_film(path, FilmSettings(deinterlace=True)) as film, film.frames() as frames:
        assert film.info.field_order == "progressive"
        smooth = [Frame(f.index, f.pts, f.y.copy()) for f in frames]
        assert any(f"deinterlaced ({order}" in note for note in frames.notes)
    combed = frames_of(path)
    assert [(f.index, f.pts) for f in smooth] == [(f.index, f.pts) for f in combed]
    # every second line is the source's own, and the rest follows the picture at that field's time
    kept = slice(0, None, 2) if order == "tff" else slice(1, None, 2)
    truth = [planes_of(rgb(float(i)), depth)[0].astype(float) for i in range(FRAMES)]
    for before, after, true in list(zip(combed, smooth, truth, strict=True))[1:-1]:
        np.testing.assert_array_equal(after.y[kept], before.y[kept])
        error = [np.abs(f.y.astype(float) - true)[4:-4].mean() for f in (before, after)]
        assert error[1] < 0.5 * error[0]
    lines = [shrink(f.y, depth) for f in smooth]
    steps = [compare(a, b) for a, b in pairwise(lines)]
    assert rhythm([steps]).order == "progressive"


def test_a_part_is_the_same_frames_as_the_whole(tmp_path: Path) -> None:
    path = interlaced_film(tmp_path)
    whole = frames_of(path, deinterlace=True)
    ranges = frames_of(path, start="11", end="20", deinterlace=True)
    assert [f.index for f in ranges] == list(range(11, 20))
    with open_film(path, FilmSettings(deinterlace=True)) as film:
        analysis = replace(film.analyze(), anchors=(Anchor(17, whole[16].pts),))
    with read_range(path, film.settings, analysis, 17, FRAMES) as rest:
        resumed = [Frame(f.index, f.pts, f.y.copy()) for f in rest]
    assert [f.index for f in resumed] == list(range(17, FRAMES))
    for part in (ranges, resumed):
        for frame in part:
            assert frame.pts == whole[frame.index].pts
            np.testing.assert_array_equal(frame.y, whole[frame.index].y)


def test_progressive_film_is_left_alone_and_said_so(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mkv", [planes_of(rgb(i)) for i in range(12)])
    with open_film(path, FilmSettings(deinterlace=True)) as film, film.frames() as frames:
        assert film.fields == "progressive"
        smooth = [f.y.copy() for f in frames]
        assert any("nothing was deinterlaced" in note for note in frames.notes)
    for one, other in zip(smooth, frames_of(path), strict=True):
        np.testing.assert_array_equal(one, other.y)


@pytest.mark.parametrize("codec", ["libx264", "ffv1"])
@pytest.mark.parametrize("order", ["tff", "bff"])
def test_without_the_option_interlacing_is_kept(tmp_path: Path, codec: str, order: str) -> None:
    path = interlaced_film(tmp_path, order)
    output = tmp_path / "out.mkv"
    with FrameSource(path) as film:
        assert f"interlaced ({order}); consider --deinterlace" in film.notes
        plan = plan_output(film.info, output, EncodeConfig(codec=codec, crf=0, preset="ultrafast"))
        assert not any("interlaced" in note for note in plan.notes)
        writer = segment_writer(plan, tmp_path, 0)
        for frame in film:
            gray = np.full((48, 80), 128, np.uint8)
            writer.write(frame, gray, gray)
        assemble(film.info, plan, [finish_segment(writer, tmp_path, 0, b"")])
    with av.open(str(output)) as out:
        pictures = list(out.decode(video=0))
        assert len(pictures) == FRAMES
        assert {field_order(p) for p in pictures} == {order}


def test_glimpses_are_pictures_of_the_film(tmp_path: Path) -> None:
    path = interlaced_film(tmp_path)
    every = {f.pts: f.y for f in frames_of(path)}
    with FrameSource(path) as film:
        info = film.info
    seen = list(sampled_frames(path, info, [(k / 4, 3) for k in range(4)]))
    assert len({g.place for g in seen}) >= 3
    assert [g.frame.pts for g in seen] == sorted(g.frame.pts for g in seen)
    for glimpse in seen:
        assert glimpse.marked_interlaced
        np.testing.assert_array_equal(glimpse.frame.y, every[glimpse.frame.pts])


def test_chroma_is_deinterlaced_with_its_luma(tmp_path: Path) -> None:
    path = interlaced_film(tmp_path)
    with FrameSource(path, deinterlace=True, chroma_every=4) as film:
        given = [(f.index, f.chroma) for f in film]
    assert [index for index, chroma in given if chroma is not None] == list(range(0, FRAMES, 4))
    assert all(p.shape == (48, 80) and (p == 128).all() for _, c in given for p in c or ())


def test_formats_the_filter_would_convert_are_refused(tmp_path: Path) -> None:
    path = make_film(tmp_path / "f.mkv", FilmSpec(frames=3, pix_fmt="gray10le", codec="ffv1")).path
    marked = FrameSource(path)
    reader = LumaReader(96, 64, luma_layout("gray10le"), marked.info.tags)
    with marked, pytest.raises(ConfigError, match="gray10le"):
        list(deinterlaced(PictureDecoder(path).pictures(), reader, "tff"))
