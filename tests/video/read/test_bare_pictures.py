"""Films written as numbered pictures, GIF and AVI, which hold less than others."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.films import FilmSpec, luma_picture, make_film
from tests.video.rewrite import GOOD, KilledError, packets, rewrite, same, show
from vidcolor.config import EncodeConfig
from vidcolor.errors import ConfigError
from vidcolor.files import replace_whole
from vidcolor.types import ColorTags
from vidcolor.video.plan.place import choose_place, default_output
from vidcolor.video.plan.plan import plan_output
from vidcolor.video.read.source import FrameSource
from vidcolor.video.segments.rgb import RgbConverter
from vidcolor.video.verify.verify import verify

SPEC = FilmSpec(
    frames=25, rate=25, audio=("aac", "aac"), subtitles=("srt",), chapters=((0, 1, "one"),)
)
LEFT = "audio 1 (aac), audio 2 (aac), subtitle 1 (subrip): not carried over to"


@pytest.mark.parametrize("name", ["pictures/%06d.png", "shots/%03d.png"])
@pytest.mark.parametrize(
    ("pix_fmt", "stored"), [("yuv420p", "rgb24"), ("yuv420p10le", "rgb48be"), ("gray", "rgb24")]
)
def test_a_film_becomes_numbered_pictures(
    tmp_path: Path, name: str, pix_fmt: str, stored: str
) -> None:
    codec = "ffv1" if pix_fmt == "gray" else "libx264"
    made = make_film(tmp_path / "a.mkv", replace(SPEC, pix_fmt=pix_fmt, codec=codec))
    result = rewrite(made.path, tmp_path / name)
    folder = tmp_path / name.split("/")[0]
    names = [name.split("/")[1] % n for n in range(25)]
    assert sorted(p.name for p in folder.iterdir()) == names
    assert f"{LEFT} numbered pictures; use .mkv" in result.notes
    assert "chapters do not fit numbered pictures; use .mkv" in result.notes
    assert "numbered pictures hold no times: they are to be shown at 25 fps" in result.notes
    with av.open(str(folder / names[7])) as picture:
        assert next(picture.decode(video=0)).format.name == stored
    assert verify(result.info, result.plan, result.segments) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["a.mkv", folder.name])
    (folder / names[3]).unlink()
    (folder / names[5]).write_bytes(b"half")
    assert verify(result.info, result.plan, result.segments) == [
        "24 pictures, expected 25",
        f"{names[3]} is missing or damaged",
    ]


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(("depth", "stored"), [(8, "rgb24"), (10, "rgb48be"), (16, "rgb48be")])
@pytest.mark.parametrize("matrix", ["bt601", "bt709", "bt2020"])
def test_gray_stays_gray_in_rgb(matrix: str, depth: int, stored: str, full: bool) -> None:
    """Neutral chroma gives R = G = B, the luma's lightness to half a code (one of 16 bits)."""
    luma = luma_picture(3, 96, 64, depth=depth)
    neutral = np.full_like(luma, 1 << (depth - 1))
    converter = RgbConverter(stored, ColorTags(matrix, full, depth))
    rgb = converter.convert(luma, neutral, neutral).to_ndarray().astype(float)
    top = 255 if depth == 8 else 65535
    scale = 1 << (depth - 8)
    black, white = (0, 2**depth - 1) if full else (16 * scale, 235 * scale)
    wanted = (np.clip((luma - black) / (white - black), 0, 1) * top)[..., None]
    assert np.abs(rgb - wanted).max() < (0.52 if depth == 8 else 1.02)
    assert np.ptp(rgb, axis=2).max() <= (depth > 8)


def test_a_range_keeps_the_numbers_of_its_frames(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=40, rate=25))
    rewrite(made.path, tmp_path / "p" / "%06d.png", start=30, end=33)
    assert sorted(p.stem for p in (tmp_path / "p").iterdir()) == ["000030", "000031", "000032"]


def test_pictures_are_taken_up_again_and_replaced_only_if_asked(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=25, rate=25))
    with pytest.raises(KilledError):
        rewrite(made.path, tmp_path / "p" / "%06d.png", kill_at=15)
    assert not (tmp_path / "p").exists()
    rewrite(made.path, tmp_path / "p" / "%06d.png")
    rewrite(made.path, tmp_path / "q" / "%06d.png")
    bytes_of = [[f.read_bytes() for f in sorted((tmp_path / n).iterdir())] for n in "pq"]
    assert len(bytes_of[0]) == 25
    assert bytes_of[0] == bytes_of[1]
    with pytest.raises(ConfigError, match="pictures are there already"):
        rewrite(made.path, tmp_path / "p" / "%06d.png")
    rewrite(made.path, tmp_path / "p" / "%06d.png", end=5, overwrite=True)
    assert len(list((tmp_path / "p").iterdir())) == 5
    (tmp_path / "p" / "letter.txt").write_text("mine")
    with pytest.raises(ConfigError, match=r"other files are there \(letter.txt\)"):
        rewrite(made.path, tmp_path / "p" / "%06d.png", overwrite=True)
    (tmp_path / "empty").mkdir()
    rewrite(made.path, tmp_path / "empty" / "%06d.png", end=2)
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(ConfigError, match="is a file, not a folder"):
        rewrite(made.path, tmp_path / "file" / "%06d.png", overwrite=True)


def test_a_file_that_comes_into_the_folder_meanwhile_is_kept(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=4, rate=25))
    rewrite(made.path, tmp_path / "p" / "%06d.png")
    work, old = tmp_path / "new", sorted((tmp_path / "p").iterdir())
    work.mkdir()
    (work / "000000.png").write_bytes(b"new")
    (tmp_path / "p" / "letter.txt").write_text("mine")
    with pytest.raises(OSError, match="not empty"):
        replace_whole(work, tmp_path / "p")
    assert sorted((tmp_path / "p").iterdir()) == [*old, tmp_path / "p" / "letter.txt"]
    (tmp_path / "p" / "letter.txt").unlink()
    replace_whole(work, tmp_path / "p")
    assert [p.read_bytes() for p in (tmp_path / "p").iterdir()] == [b"new"]


def test_a_film_becomes_a_gif(tmp_path: Path) -> None:
    uneven = (0, 40, 80, 200, 333, 340, 400, 1000, 1040, 1500, 1540, 3000)
    spec = replace(SPEC, frames=12, pts=uneven, time_base=Fraction(1, 1000), width=97, height=65)
    made = make_film(tmp_path / "a.mkv", replace(spec, pix_fmt="gray", codec="ffv1"))
    result = rewrite(made.path, tmp_path / "o.gif")
    assert f"{LEFT} .gif; use .mkv" in result.notes
    assert ".gif rounds times to 1/100 s and has 256 colors a picture; use .mkv" in result.notes
    shown = show(tmp_path / "o.gif")
    assert len(shown.times) == 12
    for time, wanted in zip(shown.times, uneven, strict=True):
        assert abs(time - Fraction(wanted, 1000)) <= Fraction(1, 100)
    with av.open(str(tmp_path / "o.gif")) as film:
        assert (film.streams.video[0].width, film.streams.video[0].height) == (97, 65)
        assert film.duration / 1e6 == pytest.approx(3.04, abs=0.02)
    with FrameSource(tmp_path / "o.gif") as gif, FrameSource(made.path) as film:
        for got, want in zip(gif, film, strict=True):
            lightness = 16 + want.y * (219 / 255)  # untagged gray is full range
            # the test's strong chroma leaves the gamut in places, which moves luma a little
            assert np.abs(got.y - lightness).mean() < 12


def test_an_even_gif_passes_its_check_and_goes_in_again(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=25, rate=25))
    result = rewrite(made.path, tmp_path / "o.gif")
    assert verify(result.info, result.plan, result.segments) == []
    again = rewrite(tmp_path / "o.gif", tmp_path / "o.mp4")
    assert show(tmp_path / "o.mp4").times == [Fraction(n, 25) for n in range(25)]
    assert verify(again.info, again.plan, again.segments) == []
    fast = make_film(tmp_path / "fast.mkv", FilmSpec(frames=6, rate=60))
    with pytest.raises(ConfigError, match="at most 50 frames a second, the film has 60"):
        rewrite(fast.path, tmp_path / "fast.gif")


@pytest.mark.parametrize("sound", ["mp2", "pcm_s16le", "aac"])
@pytest.mark.parametrize("rate", [Fraction(25), Fraction(24000, 1001)])
def test_an_even_film_becomes_an_avi(tmp_path: Path, rate: Fraction, sound: str) -> None:
    spec = replace(
        SPEC, frames=50, rate=rate, time_base=1 / rate, b_frames=2, audio=(sound,),
        sample_aspect_ratio=Fraction(16, 15),
    )  # fmt: skip
    made = make_film(tmp_path / "a.mkv", spec)
    result = rewrite(made.path, tmp_path / "o.avi", EncodeConfig(crf=0, preset="medium"))
    assert verify(result.info, result.plan, result.segments) == []
    assert "chapters do not fit .avi; use .mkv" in result.notes
    assert "subtitle 1 (subrip) does not fit .avi; use .mkv" in result.notes
    assert "languages of tracks do not fit .avi; use .mkv" in result.notes
    shown = show(tmp_path / "o.avi")
    assert same(shown.luma, made.luma)
    assert [t - shown.times[0] for t in shown.times] == [n / rate for n in range(50)]
    before, after = packets(made.path, "audio"), packets(tmp_path / "o.avi", "audio")
    assert b"".join(p[2] for p in before) == b"".join(p[2] for p in after)
    with av.open(str(tmp_path / "o.avi")) as film:
        assert film.streams.video[0].sample_aspect_ratio == Fraction(16, 15)


@pytest.mark.parametrize("sound", ["ac3", "aac", "libmp3lame"])
def test_an_avi_becomes_by_itself_a_film_that_keeps_its_times(tmp_path: Path, sound: str) -> None:
    # the times of such sound are lost in another AVI; beside mp3 the file has a dropped frame
    spec = FilmSpec(frames=50, rate=25, codec="mpeg4", audio=(sound,))
    made = make_film(tmp_path / "a.avi", spec)
    result = rewrite(made.path, default_output(made.path))
    assert result.plan.output == tmp_path / "a.color.mkv"
    assert verify(result.info, result.plan, result.segments) == []


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (replace(SPEC, audio_delay=Fraction(1, 4)), "begins 250 ms after the picture"),
        (
            FilmSpec(frames=4, rate=25, pts=(0, 40, 105, 120), time_base=Fraction(1, 1000)),
            "not evenly spaced",
        ),
    ],
)
def test_what_an_avi_cannot_hold_is_said_before_any_work(
    tmp_path: Path, spec: FilmSpec, message: str
) -> None:
    made = make_film(tmp_path / "a.mkv", spec)
    with FrameSource(made.path) as source, pytest.raises(ConfigError, match=message) as caught:
        plan_output(source.info, tmp_path / "o.avi", GOOD)
    assert ".mkv" in (caught.value.hint or "")


def test_names_choose_the_kind(tmp_path: Path) -> None:
    source = tmp_path / "a.mpg"
    source.touch()
    (tmp_path / "o").mkdir()
    for name, container, output in (
        ("x.MP4", "mp4", "x.MP4"),
        ("x.gif", "gif", "x.gif"),
        ("x.mxf", "mxf", "x.mxf"),
        ("x.png", "picture", "x.png"),
        ("d/%04d.DPX", "pictures", "d"),
        ("%06d.png", "pictures", ""),
        ("f/%d.png", "pictures", "f"),
    ):
        place = choose_place(source, tmp_path / "o" / name, overwrite=False)
        assert (place.container, place.output) == (container, tmp_path / "o" / output)
    assert default_output(source) == tmp_path / "a.color.mkv"
    assert default_output(tmp_path / "a.webm") == tmp_path / "a.color.webm"
    assert default_output(tmp_path) == tmp_path.with_name(f"{tmp_path.name}-color")
    assert default_output(tmp_path / "%d.png") == tmp_path.with_name(f"{tmp_path.name}-color")
