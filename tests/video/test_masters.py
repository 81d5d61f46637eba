"""Masters and deliverables: every encoder in every container that holds it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.films import FilmSpec, make_film
from tests.video.rewrite import KilledError, rewrite, same, show
from vidcolor.config import EncodeConfig, RunConfig
from vidcolor.errors import ConfigError
from vidcolor.purposes import PURPOSES, purpose
from vidcolor.video.plan import encoders
from vidcolor.video.plan.place import IMAGES
from vidcolor.video.verify.verify import verify

SPEC = FilmSpec(frames=6, width=288, height=144, rate=25, audio=("pcm_s16le",))
ENDINGS = {"mp4": "mp4", "mov": "mov", "matroska": "mkv", "webm": "webm", "mpegts": "ts",
           "avi": "avi", "mxf": "mxf"}  # fmt: skip
MADE = [
    (codec, ENDINGS[container], depth)
    for codec, encoder in encoders.ENCODERS.items()
    for container in encoder.containers
    if container in ENDINGS and encoder.repeats
    for depth in (8, 10)
]


@pytest.mark.parametrize(("codec", "ending", "depth"), MADE)
def test_every_encoder_in_every_container(
    tmp_path: Path, codec: str, ending: str, depth: int
) -> None:
    available = encoders.available(codec)
    if available is None:
        pytest.skip(f"{codec} is not in this build of libav")
    pix_fmt = "yuv422p" + ("10le" if depth == 10 else "")
    spec = replace(SPEC, pix_fmt=pix_fmt, audio=() if ending in ("webm", "ts") else SPEC.audio)
    made = make_film(tmp_path / "a.mov", spec)
    output = tmp_path / f"o.{ending}"
    encode = EncodeConfig(codec=codec, preset="ultrafast")
    if depth > max(available.depths):
        with pytest.raises(ConfigError, match="bits"):
            rewrite(made.path, output, encode)
        return
    result = rewrite(made.path, output, encode)
    assert verify(result.info, result.plan, result.segments) == []
    shown = show(output)
    wanted = [y.astype(int) << result.plan.luma_shift for y in made.luma]
    if available.lossless:
        assert same(shown.luma, wanted)
    else:
        scale = 1 << (result.plan.encoding.depth - 8)
        errors = [np.abs(a.astype(int) - b).mean() for a, b in zip(shown.luma, wanted, strict=True)]
        assert max(errors) < 3 * scale
    assert [t - shown.times[0] for t in shown.times] == [Fraction(n, 25) for n in range(6)]


@pytest.mark.parametrize("codec", ["prores_ks", "dnxhd", "v210", "libsvtav1", "ffv1"])
def test_a_stopped_run_ends_in_the_same_film(tmp_path: Path, codec: str) -> None:
    made = make_film(tmp_path / "a.mkv", replace(SPEC, frames=24, audio=()))
    ending = "mov" if encoders.ENCODERS[codec].containers[0] == "mov" else "mkv"
    encode = EncodeConfig(codec=codec, preset="ultrafast")
    with pytest.raises(KilledError):
        rewrite(made.path, tmp_path / f"o.{ending}", encode, kill_at=15)
    rewrite(made.path, tmp_path / f"o.{ending}", encode)
    rewrite(made.path, tmp_path / f"p.{ending}", encode)
    assert (tmp_path / f"o.{ending}").read_bytes() == (tmp_path / f"p.{ending}").read_bytes()


@pytest.mark.parametrize(
    ("pix_fmt", "codec", "profile", "stored"),
    [
        ("yuv420p", "prores", "HQ", "yuv422p10le"),
        ("yuv444p", "prores", "4444", "yuv444p12le"),
        ("yuv422p10le", "dnxhr", "DNXHR HQX", "yuv422p10le"),
        ("yuv422p", "dnxhr", "DNXHR HQ", "yuv422p"),
        ("yuv444p10le", "dnxhr", "DNXHR 444", "yuv444p10le"),
    ],
)
def test_profiles(tmp_path: Path, pix_fmt: str, codec: str, profile: str, stored: str) -> None:
    made = make_film(tmp_path / "a.mkv", replace(SPEC, pix_fmt=pix_fmt, audio=()))
    rewrite(made.path, tmp_path / "o.mov", EncodeConfig(codec=codec))
    with av.open(str(tmp_path / "o.mov")) as film:
        context = film.streams.video[0].codec_context
        assert (context.profile, context.pix_fmt) == (profile, stored)


@pytest.mark.parametrize("codec", ["prores", "dnxhr", "v210"])
def test_full_range_is_scaled_for_editing_formats(tmp_path: Path, codec: str) -> None:
    made = make_film(tmp_path / "a.mkv", replace(SPEC, color_range=2, audio=()))
    result = rewrite(made.path, tmp_path / "o.mov", EncodeConfig(codec=codec))
    assert any("is of limited range" in note for note in result.notes)
    assert not result.plan.tags.full_range
    depth = result.plan.encoding.depth
    scale = 1 << (depth - 8)
    want = 16 * scale + made.luma[2] * (219 * scale / 255)
    error = np.abs(show(tmp_path / "o.mov").luma[2] - want)
    assert error.mean() < (0.51 if codec == "v210" else 3 * scale)


def test_ffv1_has_a_checksum_in_every_slice(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mkv", replace(SPEC, audio=()))
    rewrite(made.path, tmp_path / "o.mkv", EncodeConfig(codec="ffv1"))
    with av.open(str(tmp_path / "o.mkv")) as film:
        stream = film.streams.video[0]
        packets = [bytes(p) for p in film.demux(stream) if p.size]
        found = 0
        av.logging.set_level(av.logging.ERROR)
        for place in range(40, len(packets[0]) - 40, 97):
            damaged = bytearray(packets[0])
            damaged[place] ^= 4
            decoder = av.CodecContext.create("ffv1", "r")
            decoder.extradata, decoder.thread_count = stream.codec_context.extradata, 1
            decoder.width, decoder.height = stream.width, stream.height
            with av.logging.Capture() as log:
                try:
                    frames = decoder.decode(av.Packet(bytes(damaged)))
                    found += any(f.is_corrupt for f in frames) or any("CRC" in x[2] for x in log)
                except av.error.FFmpegError:
                    found += 1
        av.logging.restore_default_callback()
        av.logging.set_level(None)
        assert found == len(range(40, len(packets[0]) - 40, 97))


def test_purposes_choose_everything() -> None:
    for name, ending in (("web", ".mp4"), ("archive", ".mkv"), ("edit", ".mov")):
        config = RunConfig().fit_for(purpose(name))
        assert PURPOSES[name].ending == ending
        assert config.codec == PURPOSES[name].codec
        assert encoders.available(config.codec) is not None
    own = RunConfig(codec="libx265", crf=12, depth=10).fit_for(purpose("web"))
    assert (own.codec, own.crf, own.depth) == ("libx265", 12, 10)
    with pytest.raises(ConfigError, match="no such purpose") as caught:
        purpose("cinema")
    assert "archive" in (caught.value.hint or "")


def test_an_encoder_that_is_not_here_is_refused_in_one_line(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mkv", replace(SPEC, audio=()))
    there = encoders.available_codecs()
    assert {"libx264", "ffv1", "png"} <= set(there)
    for codec in set(encoders.ENCODERS) - set(there):
        with pytest.raises(ConfigError, match="not available on this machine") as caught:
            rewrite(made.path, tmp_path / "o.mkv", EncodeConfig(codec=codec))
        assert "libx264" in (caught.value.hint or "")
    with pytest.raises(ConfigError, match="memory of a GPU alone"):
        rewrite(made.path, tmp_path / "o.mkv", EncodeConfig(codec="h264_vaapi"))
    for codec in there:
        if not encoders.ENCODERS[codec].repeats:
            result = rewrite(made.path, tmp_path / f"{codec}.mkv", EncodeConfig(codec=codec))
            assert any("not bit-identical" in note for note in result.notes)
            assert verify(result.info, result.plan, result.segments) == []
    assert not set(IMAGES) & set(ENDINGS)


def test_deep_vp9_names_the_way_out(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mkv", replace(SPEC, pix_fmt="yuv420p10le", audio=()))
    vp9 = encoders.available("libvpx-vp9")
    if vp9 is not None and 10 in vp9.depths:
        assert rewrite(made.path, tmp_path / "o.webm", EncodeConfig(codec="vp9")).plan
        return
    with pytest.raises(ConfigError, match="at most 8 bits, the film has 10") as caught:
        rewrite(made.path, tmp_path / "o.webm", EncodeConfig(codec="vp9"))
    assert "--codec av1" in (caught.value.hint or "")
