"""HDR films stay HDR: depth, curve, mastering display and light level."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.films import FilmSpec, make_film
from tests.video.rewrite import rewrite, same, show
from vidcolor.config import EncodeConfig
from vidcolor.errors import ConfigError
from vidcolor.types import VideoInfo
from vidcolor.video.plan.plan import plan_output
from vidcolor.video.read.source import FrameSource

DISPLAY = tuple(
    Fraction(number, unit)
    for number, unit in (
        *((n, 50000) for n in (34000, 16000, 13250, 34500, 7500, 3000, 15635, 16450)),
        *((n, 10000) for n in (50, 10000000)),
    )
)
SAID = (
    "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
    ":max-cll=1000,400"
)


def hdr_film(path: Path, transfer: int = 16, **settings: object) -> Path:
    """Ten bits, BT.2020, PQ (16) or HLG (18); lossless HEVC."""
    options = {"preset": "ultrafast", "x265-params": f"log-level=none:lossless=1:{SAID}"}
    spec = FilmSpec(
        frames=5, pix_fmt="yuv420p10le", codec="libx265", options=options, colorspace=9,
        color_range=1, primaries=9, transfer=transfer, **settings,
    )  # type: ignore[arg-type]  # fmt: skip
    return make_film(path, spec).path


def info_of(path: Path) -> VideoInfo:
    with FrameSource(path) as source:
        return source.info


@pytest.mark.parametrize("transfer", [16, 18])
@pytest.mark.parametrize(
    ("name", "codec"), [("o.mkv", "auto"), ("o.mp4", "auto"), ("x.mov", "libx264")]
)
def test_hdr_goes_through_untouched(tmp_path: Path, name: str, codec: str, transfer: int) -> None:
    source = hdr_film(tmp_path / "a.mkv", transfer)
    assert info_of(source).mastering_display == DISPLAY
    assert info_of(source).light_level == (1000, 400)
    encode = EncodeConfig(codec=codec, crf=0, preset="ultrafast")
    result = rewrite(source, tmp_path / name, encode)
    after = info_of(tmp_path / name)
    assert result.plan.encoding.pix_fmt == after.pix_fmt == "yuv420p10le"
    assert (after.tags.colorspace, after.tags.primaries, after.tags.transfer) == (9, 9, transfer)
    assert after.mastering_display == DISPLAY
    assert after.light_level == (1000, 400)
    assert same(show(tmp_path / name).luma, show(source).luma)


def test_hdr_data_of_a_range_and_of_half_a_statement(tmp_path: Path) -> None:
    source = hdr_film(tmp_path / "a.mkv")
    rewrite(source, tmp_path / "o.mkv", start=2, end=4)
    assert info_of(tmp_path / "o.mkv").mastering_display == DISPLAY
    options = {"preset": "ultrafast", "x265-params": "log-level=none:max-cll=300,90"}
    spec = FilmSpec(frames=2, pix_fmt="yuv420p10le", codec="libx265", options=options)
    half = make_film(tmp_path / "half.mkv", spec).path
    rewrite(half, tmp_path / "h.mkv")
    assert info_of(tmp_path / "h.mkv").mastering_display is None
    assert info_of(tmp_path / "h.mkv").light_level == (300, 90)


def test_encoders_that_cannot_hold_hdr_say_so(tmp_path: Path) -> None:
    info = info_of(hdr_film(tmp_path / "a.mkv"))
    with pytest.raises(ConfigError, match="holds at most 8 bits") as caught:
        plan_output(info, tmp_path / "o.webm", EncodeConfig(codec="libvpx-vp9"))
    assert "--codec av1" in (caught.value.hint or "")
    plan = plan_output(info, tmp_path / "o.mkv", EncodeConfig(codec="ffv1"))
    assert any("does not carry HDR light levels" in note for note in plan.notes)
    assert plan.encoding.depth == 10


def test_hdr_in_eight_bits_gets_ten(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=3, transfer=16, colorspace=9))
    with pytest.raises(ConfigError, match="HDR needs 10"):
        plan_output(info_of(made.path), tmp_path / "o.webm", EncodeConfig(codec="libvpx-vp9"))
    rewrite(made.path, tmp_path / "o.mkv", EncodeConfig(crf=0))
    shown = show(tmp_path / "o.mkv")
    assert info_of(tmp_path / "o.mkv").pix_fmt == "yuv420p10le"
    assert same(shown.luma, [y.astype("u2") << 2 for y in made.luma])
    with av.open(str(tmp_path / "o.mkv")) as film:
        assert film.streams.video[0].codec_context.color_trc == 16
