"""What is decided before the work begins."""

from __future__ import annotations

import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.films import FilmSpec, make_film
from vidcolor.config import EncodeConfig
from vidcolor.errors import ConfigError, MediaError
from vidcolor.types import ColorTags, VideoInfo
from vidcolor.video.plan.plan import plan_output
from vidcolor.video.plan.tracks import fits
from vidcolor.video.read.source import FrameSource


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> VideoInfo:
    made = make_film(tmp_path_factory.mktemp("films") / "a.mkv", FilmSpec(frames=3, audio=("aac",)))
    with FrameSource(made.path) as source:
        return source.info


def deep(info: VideoInfo, depth: int) -> VideoInfo:
    return replace(info, tags=replace(info.tags, depth=depth))


@pytest.mark.parametrize(
    ("name", "depth", "codec", "pix_fmt"),
    [
        ("o.mp4", 8, "libx264", "yuv420p"),
        ("o.MKV", 8, "libx264", "yuv420p"),
        ("o.ts", 8, "libx264", "yuv420p"),
        ("o.mov", 10, "libx265", "yuv420p10le"),
        ("o.mp4", 9, "libx265", "yuv420p10le"),
        ("o.mkv", 12, "libx265", "yuv420p12le"),
        ("o.mkv", 14, "ffv1", "yuv420p14le"),
        ("o.mkv", 16, "ffv1", "yuv420p16le"),
    ],
)
def test_codec_and_depth(film, tmp_path, name, depth, codec, pix_fmt):
    plan = plan_output(deep(film, depth), tmp_path / name, EncodeConfig())
    assert (plan.encoding.codec, plan.encoding.pix_fmt) == (codec, pix_fmt)
    assert plan.tags.depth == plan.encoding.depth == depth + plan.luma_shift
    assert plan.luma_shift == (1 if depth == 9 else 0)


@pytest.mark.parametrize(
    ("chroma_shift", "size", "pix_fmt", "chroma_size"),
    [
        ((1, 1), (96, 64), "yuv420p", (48, 32)),
        ((1, 0), (96, 64), "yuv422p", (48, 64)),
        ((0, 0), (96, 64), "yuv444p", (96, 64)),
        (None, (96, 64), "yuv420p", (48, 32)),
        ((2, 0), (96, 64), "yuv422p", (48, 64)),
        ((2, 2), (96, 64), "yuv420p", (48, 32)),
        ((0, 1), (96, 64), "yuv444p", (96, 64)),
        ((1, 1), (97, 64), "yuv444p", (97, 64)),
        ((1, 0), (96, 65), "yuv422p", (48, 65)),
    ],
)
def test_subsampling(film, tmp_path, chroma_shift, size, pix_fmt, chroma_size):
    info = replace(film, chroma_shift=chroma_shift, width=size[0], height=size[1])
    plan = plan_output(info, tmp_path / "o.mkv", EncodeConfig())
    assert plan.encoding.pix_fmt == pix_fmt
    assert plan.chroma_size == chroma_size
    odd = any("odd size" in note for note in plan.notes)
    assert odd == (pix_fmt == "yuv444p" and size[0] % 2 == 1)


def test_ffv1_keeps_odd_sizes_in_420(film, tmp_path):
    info = replace(film, width=97, height=65)
    plan = plan_output(info, tmp_path / "o.mkv", EncodeConfig(codec="ffv1", crf=12, preset="slow"))
    assert (plan.encoding.pix_fmt, plan.chroma_size) == ("yuv420p", (49, 33))
    assert "ffv1 is always lossless: --crf 12 has no effect" in plan.notes
    assert "ffv1 has no choice of speed: --preset slow has no effect" in plan.notes


@pytest.mark.parametrize("size", [(1, 64), (2, 1), (5, 3), (8, 2)])
def test_ffv1_takes_every_size(film, tmp_path, size):
    info = replace(film, width=size[0], height=size[1])
    plan = plan_output(info, tmp_path / "o.mkv", EncodeConfig(codec="ffv1"))
    assert plan.encoding.codec == "ffv1"


@pytest.mark.parametrize(
    ("codec", "crf", "options"),
    [
        ("libx264", None, {"crf": "16"}),
        ("libx264", 0, {"qp": "0"}),
        ("libx264", 23, {"crf": "23"}),
        ("libx265", 0, {"x265-params": "lossless=1"}),
        ("libx265", 20, {"x265-params": "crf=20"}),
        ("libvpx-vp9", 0, {"lossless": "1"}),
        ("libvpx-vp9", 55, {"crf": "55", "b": "0"}),
    ],
)
def test_crf(film, tmp_path, codec, crf, options):
    plan = plan_output(film, tmp_path / "o.mkv", EncodeConfig(codec=codec, crf=crf, preset="fast"))
    for key, value in options.items():
        assert value in plan.encoding.options[key].split(":")


@pytest.mark.parametrize(
    ("name", "encode", "depth", "message", "hint"),
    [
        ("o.flv", EncodeConfig(), 8, "cannot write .flv", ".mkv"),
        ("o.png", EncodeConfig(), 8, "one picture cannot hold", "o/%06d.png"),
        ("o", EncodeConfig(), 8, "the name has no ending", "%06d.png for pictures"),
        ("o.avi", EncodeConfig(codec="libx265"), 8, "does not fit into avi", "libx264"),
        ("o.mkv", EncodeConfig(codec="h263"), 8, "unknown codec 'h263'", "libx264"),
        ("o.webm", EncodeConfig(codec="libx264"), 8, "does not fit into webm", "libvpx-vp9"),
        ("o.mp4", EncodeConfig(codec="ffv1"), 8, "ffv1 does not fit into mp4", ".mkv"),
        ("o.mkv", EncodeConfig(codec="libx264"), 12, "at most 10 bits", "libx265"),
        ("o.mp4", EncodeConfig(codec="ffv1"), 16, "ffv1 does not fit into mp4", ".mkv"),
        ("o.webm", EncodeConfig(), 8, "audio 1 (aac) does not fit .webm", "use .mkv"),
        ("o.mkv", EncodeConfig(crf=60), 8, "--crf 60 is outside 0..51", None),
        ("o.mkv", EncodeConfig(preset="quick"), 8, "unknown preset 'quick'", "medium"),
    ],
)
def test_what_cannot_be_met_is_said(film, tmp_path, name, encode, depth, message, hint):
    with pytest.raises(ConfigError) as caught:
        plan_output(deep(film, depth), tmp_path / name, encode)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert hint is None or hint in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_output_is_never_the_input(film, tmp_path):
    link, hard = tmp_path / "link.mkv", tmp_path / "hard.mkv"
    link.symlink_to(film.path)
    os.link(film.path, hard)
    spelled = film.path.parent / "." / film.path.name
    for output in (film.path, link, hard, spelled):
        with pytest.raises(ConfigError, match="the output is the input"):
            plan_output(film, output, EncodeConfig(), overwrite=True)


def test_existing_outputs_are_kept(film, tmp_path):
    output = tmp_path / "o.mkv"
    output.write_bytes(b"film")
    with pytest.raises(ConfigError, match="exists already") as caught:
        plan_output(film, output, EncodeConfig())
    assert "--overwrite" in caught.value.hint
    plan_output(film, output, EncodeConfig(), overwrite=True)
    assert output.read_bytes() == b"film"
    (tmp_path / "f.mkv").mkdir()
    with pytest.raises(ConfigError, match="is a folder"):
        plan_output(film, tmp_path / "f.mkv", EncodeConfig(), overwrite=True)


def test_a_link_to_what_is_not_there_is_kept(film, tmp_path):
    output = tmp_path / "o.mkv"
    output.symlink_to(tmp_path / "unplugged" / "o.mkv")
    with pytest.raises(ConfigError, match=r"is a link to .*unplugged") as caught:
        plan_output(film, output, EncodeConfig())
    assert "--overwrite" in caught.value.hint
    plan_output(film, output, EncodeConfig(), overwrite=True)
    assert output.is_symlink()


def test_folder_must_be_there_and_writable(film, tmp_path, monkeypatch):
    with pytest.raises(MediaError, match="no such folder"):
        plan_output(film, tmp_path / "no" / "o.mkv", EncodeConfig())
    (tmp_path / "file").touch()
    with pytest.raises(MediaError, match="is a file"):
        plan_output(film, tmp_path / "file" / "o.mkv", EncodeConfig())
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(MediaError, match="no permission"):
        plan_output(film, tmp_path / "o.mkv", EncodeConfig())


@pytest.mark.parametrize(
    ("tags", "height", "written"),
    [
        (ColorTags("bt601", False, 8), 480, (6, 1, 1)),
        (ColorTags("bt601", False, 8), 576, (5, 1, 1)),
        (ColorTags("bt709", True, 8), 1080, (1, 1, 1)),
        (ColorTags("bt601", False, 8, 5, 5, 5), 480, (5, 5, 5)),
        (ColorTags("bt2020", False, 10, 9, 9, 16), 1080, (9, 9, 16)),
        # a matrix nobody computes with gives way to the one that was used
        (ColorTags("bt709", False, 8, 8, 1, 1), 1080, (1, 1, 1)),
        (ColorTags("bt601", False, 8, 0, 2, 2), 480, (6, 1, 1)),
    ],
)
def test_tags_written_say_what_was_used(film, tmp_path, tags, height, written):
    info = replace(film, tags=tags, height=height)
    plan = plan_output(info, tmp_path / "o.mkv", EncodeConfig())
    assert (plan.tags.colorspace, plan.tags.primaries, plan.tags.transfer) == written
    assert plan.tags.full_range == tags.full_range


def test_second_run_replaces_its_own_note(tmp_path):
    comment = "from the attic\nmade by vidcolor 0.1: model base"
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=3, metadata={"comment": comment}))
    with FrameSource(made.path) as source:
        plan = plan_output(
            source.info, tmp_path / "o.mkv", EncodeConfig(), made_by="made by vidcolor 0.2: x"
        )
    assert plan.metadata["comment"] == "from the attic\nmade by vidcolor 0.2: x"


def test_fits_asks_the_container(film):
    with av.open(str(film.path)) as source:
        sound = source.streams.audio[0]
        answers = {c: fits(sound, c) for c in ("mp4", "mov", "matroska", "webm", "mpegts")}
    assert answers == {"mp4": True, "mov": True, "matroska": True, "webm": False, "mpegts": True}


def test_second_picture_track_is_named(tmp_path):
    one = make_film(tmp_path / "1.mkv", FilmSpec(frames=3)).path
    two = tmp_path / "2.mkv"
    with av.open(str(one)) as source, av.open(str(two), "w") as out:
        tracks = [
            out.add_stream_from_template(source.streams.video[0], opaque=True) for _ in range(2)
        ]
        for packet in source.demux(video=0):
            if packet.size:
                times = packet.pts, packet.dts, packet.time_base
                for track in tracks:
                    packet.stream, (packet.pts, packet.dts, packet.time_base) = track, times
                    out.mux(packet)
    with FrameSource(Path(two)) as source:
        plan = plan_output(source.info, tmp_path / "o.mkv", EncodeConfig())
    assert "video 2 (h264) is copied as it is, without color" in plan.notes
    assert plan.time_base == Fraction(1, 1000)
