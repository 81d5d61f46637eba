"""One segment: planes and times as given."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest

from tests.films import FilmSpec, luma_picture, make_film
from tests.video.rewrite import chroma, same, show
from vidcolor.config import EncodeConfig
from vidcolor.errors import MediaError
from vidcolor.types import Frame
from vidcolor.video.mux.frame_clock import FrameClock
from vidcolor.video.mux.timeline import picture_packets
from vidcolor.video.plan.plan import OutputPlan, plan_output
from vidcolor.video.read.source import FrameSource
from vidcolor.video.segments.segment import Segment
from vidcolor.video.segments.sink import SegmentWriter


def plan_for(tmp_path, encode: EncodeConfig, **changes) -> OutputPlan:
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=2))
    with FrameSource(made.path) as source:
        return replace(plan_output(source.info, tmp_path / "o.mkv", encode), **changes)


def frames(plan: OutputPlan, times: list[int]) -> list[Frame]:
    return [
        Frame(7 + n, pts, luma_picture(n, plan.width, plan.height, depth=plan.encoding.depth))
        for n, pts in enumerate(times)
    ]


def write(plan: OutputPlan, path, times: list[int]) -> tuple[SegmentWriter, list[Frame]]:
    made = frames(plan, times)
    with SegmentWriter(plan, path) as writer:
        for frame in made:
            writer.write(frame, *chroma(frame, plan))
    return writer, made


TIMES = [-3000, -1, 0, 1, 2, 5000, 5001, 9999, 2**33, 2**33 + 1, 2**33 + 90]


@pytest.mark.parametrize(
    "time_base",
    [Fraction(1, 90000), Fraction(1, 1000), Fraction(1001, 30000), Fraction(1, 10**7)],
)
@pytest.mark.parametrize("codec", ["libx264", "libx265", "libvpx-vp9", "ffv1"])
def test_times_survive_a_segment(tmp_path, codec, time_base):
    """Any ticks in any time base, below 0 and with B-frames."""
    plan = plan_for(tmp_path, EncodeConfig(codec=codec, crf=30), time_base=time_base)
    writer, made = write(plan, tmp_path / "s.nut", TIMES)
    segment = _segment(writer)
    clock = FrameClock(time_base, 1, None, time_base, TIMES[0])
    packets = list(picture_packets([segment], clock, TIMES[-1] + 1, fill_end=False))
    assert sorted(p.pts for p in packets) == TIMES
    dts = [p.dts for p in packets]
    assert dts == sorted(set(dts))
    assert all(p.dts <= p.pts for p in packets)
    assert (writer.first_frame, writer.frames) == (7, len(made))
    assert (writer.first_pts, writer.last_pts) == (TIMES[0], TIMES[-1])
    if codec == "libx264":
        assert writer.reorder > 0
        assert [p.pts for p in packets] != TIMES


def _segment(writer: SegmentWriter) -> Segment:
    return Segment(
        number=0,
        path=writer.path,
        first_frame=writer.first_frame or 0,
        frames=writer.frames,
        first_pts=writer.first_pts,
        last_pts=writer.last_pts,
        reorder=writer.reorder,
        size=0,
        sha256="",
        state_sha256="",
    )


@pytest.mark.parametrize("codec", ["libx264", "libx265", "libvpx-vp9", "ffv1"])
def test_lossless_means_every_code_of_every_plane(tmp_path, codec):
    plan = plan_for(tmp_path, EncodeConfig(codec=codec, crf=0))
    _, made = write(plan, tmp_path / "s.nut", list(range(0, 480, 40)))
    shown = show(tmp_path / "s.nut")
    assert same(shown.luma, [frame.y for frame in made])
    assert same([p[1] for p in shown.planes], [chroma(frame, plan)[0] for frame in made])
    assert same([p[2] for p in shown.planes], [chroma(frame, plan)[1] for frame in made])


@pytest.mark.parametrize("codec", ["libx264", "libx265", "ffv1"])
def test_ten_bits_are_lossless(tmp_path, codec):
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=9, pix_fmt="yuv420p10le"))
    with FrameSource(made.path) as source:
        plan = plan_output(source.info, tmp_path / "o.mkv", EncodeConfig(codec=codec, crf=0))
    _, written = write(plan, tmp_path / "s.nut", list(range(9)))
    assert plan.encoding.pix_fmt == "yuv420p10le"
    assert same(show(tmp_path / "s.nut").luma, [frame.y for frame in written])


def test_segments_stand_alone(tmp_path):
    """The first picture of a segment is a key frame and shown first, whatever the encoder."""
    for codec in ("libx264", "libx265", "libvpx-vp9"):
        plan = plan_for(tmp_path, EncodeConfig(codec=codec))
        write(plan, tmp_path / "s.nut", list(range(0, 1200, 40)))
        with av.open(str(tmp_path / "s.nut")) as film:
            packets = [p for p in film.demux(video=0) if p.size]
        assert packets[0].is_keyframe
        assert packets[0].pts == min(p.pts for p in packets)


def test_wrong_planes_and_times_are_refused(tmp_path):
    plan = plan_for(tmp_path, EncodeConfig())
    one, two = frames(plan, [0, 40])
    u, v = chroma(one, plan)
    with SegmentWriter(plan, tmp_path / "s.nut") as writer:
        writer.write(one, u, v)
        with pytest.raises(ValueError, match="pts must increase"):
            writer.write(replace(two, pts=0), u, v)
        with pytest.raises(ValueError, match="shape"):
            writer.write(replace(two, y=two.y[:-2]), u, v)
        with pytest.raises(ValueError, match="uint16"):
            writer.write(two, u.astype(np.uint16), v)
        with pytest.raises(ValueError, match="plane"):
            writer.write(two, u[:, :-1], v)
        writer.write(two, u, v)
    assert writer.frames == 2


def test_an_error_removes_the_file(tmp_path):
    plan = plan_for(tmp_path, EncodeConfig())
    [one] = frames(plan, [0])

    def fail():
        with SegmentWriter(plan, tmp_path / "s.nut") as writer:
            writer.write(one, *chroma(one, plan))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not (tmp_path / "s.nut").exists()


def test_folder_that_is_gone(tmp_path):
    plan = plan_for(tmp_path, EncodeConfig())
    with pytest.raises(MediaError, match="cannot be written"):
        write(plan, tmp_path / "gone" / "s.nut", [0, 40])
