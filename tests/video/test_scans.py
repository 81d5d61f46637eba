"""Scans and photographs: every level, every name and number, in and out."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.films import FilmSpec, make_film
from tests.video.rewrite import packets, show
from vidcolor.config import EncodeConfig, FilmSettings
from vidcolor.errors import ConfigError, VidcolorError
from vidcolor.film import open_film
from vidcolor.video.mux.mux import assemble
from vidcolor.video.plan.place import chosen_output, default_output
from vidcolor.video.plan.plan import OutputPlan, plan_output
from vidcolor.video.segments.segment import finish_segment, segment_writer
from vidcolor.video.verify.verify import verify

CODECS = {".png": "png", ".tif": "tiff", ".dpx": "dpx", ".jpg": "mjpeg"}
SIZE = (320, 208)


def ramp(depth: int, number: int = 0) -> np.ndarray:
    """Every level of a depth, as far as there are pixels."""
    width, height = SIZE
    codes = (np.arange(width * height) + number).reshape(height, width) % 2**depth
    return codes.astype(np.uint8 if depth == 8 else np.uint16)


def picture(path: Path, luma: np.ndarray, pix_fmt: str) -> Path:
    """A file in which all channels of a pixel have its luma code."""
    context = av.CodecContext.create(CODECS[path.suffix], "w")
    context.width, context.height, context.pix_fmt = luma.shape[1], luma.shape[0], pix_fmt
    context.time_base, context.color_range = Fraction(1, 25), 2
    frame = av.VideoFrame(context.width, context.height, pix_fmt)
    order = ">" if pix_fmt.endswith("be") else "<"
    packed = 3 if pix_fmt.startswith("rgb") else 1
    for number, plane in enumerate(frame.planes):
        codes = np.repeat(luma, packed, axis=1).astype(f"{order}u{luma.dtype.itemsize}")
        if pix_fmt.startswith("yuv") and number:
            codes = np.full((plane.height, plane.width), 128, np.uint8)
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        rows[: codes.shape[0], : codes.shape[1] * codes.itemsize] = codes.view(np.uint8)
    frame.pts = 0
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"".join(bytes(p) for p in [*context.encode(frame), *context.encode(None)]))
    return path


def uncolored(
    source: Path, output: Path, encode: EncodeConfig | None = None, **settings: str
) -> tuple[OutputPlan, list[str]]:
    """The film with neutral chroma, and what its check finds."""
    with open_film(source, FilmSettings(**settings)) as film:
        plan = plan_output(film.info, output, encode or EncodeConfig())
        work = source.parent / "work"
        work.mkdir(parents=True, exist_ok=True)
        writer = segment_writer(plan, work, 0)
        dtype = np.uint8 if plan.encoding.depth == 8 else np.uint16
        neutral = np.full(plan.chroma_size.shape, 1 << (plan.encoding.depth - 1), dtype)
        with film.frames() as frames:
            for frame in frames:
                writer.write(frame, neutral, neutral)
        segments = [finish_segment(writer, work, 0, b"")]
        assemble(film.info, plan, segments)
        return plan, verify(film.info, plan, segments)


def codes_of(path: Path) -> np.ndarray:
    """The first channel of an image."""
    with av.open(str(path), container_options={"pattern_type": "none"}) as file:
        frame = next(file.decode(video=0))
        bits = frame.format.components[0].bits
        name = frame.format.name
        order = ">" if name.endswith("be") else "<"
        plane = frame.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        codes = rows.view(f"{order}u{1 if bits == 8 else 2}")
        packed = 3 if name.startswith("rgb") else 1
        return codes[: frame.height, : packed * frame.width : packed]


SCANS = [
    (".png", "gray", 8),
    (".png", "rgb24", 8),
    (".png", "gray16be", 16),
    (".png", "rgb48be", 16),
    (".tif", "gray16le", 16),
    (".tif", "rgb48le", 16),
    (".dpx", "gbrp10be", 10),
    (".dpx", "gbrp10le", 10),
    (".dpx", "gbrp12be", 12),
    (".dpx", "rgb48be", 16),
    (".dpx", "rgb24", 8),
]


@pytest.mark.parametrize(("ending", "pix_fmt", "depth"), SCANS)
def test_scans_keep_every_level_and_their_names(
    tmp_path: Path, ending: str, pix_fmt: str, depth: int
) -> None:
    for n in range(3):
        picture(tmp_path / "scan" / f"reel_{86400 + n:07d}{ending}", ramp(depth, n), pix_fmt)
    plan, problems = uncolored(tmp_path / "scan", tmp_path / "out")
    assert problems == []
    assert plan.tags.full_range
    names = [f"reel_{86400 + n:07d}{ending}" for n in range(3)]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == names
    assert not any("rounded" in note for note in plan.notes) or pix_fmt.startswith("gray")
    for n, name in enumerate(names):
        np.testing.assert_array_equal(codes_of(tmp_path / "out" / name), ramp(depth, n))


@pytest.mark.parametrize(("ending", "pix_fmt", "depth"), SCANS)
@pytest.mark.parametrize("name", ["o.mkv", "o.mp4", "o.mov"])
def test_scans_as_films(tmp_path: Path, ending: str, pix_fmt: str, depth: int, name: str) -> None:
    for n in range(2):
        picture(tmp_path / "scan" / f"{n}{ending}", ramp(depth, n), pix_fmt)
    plan, problems = uncolored(tmp_path / "scan", tmp_path / name, EncodeConfig(crf=0))
    assert problems == []
    if plan.encoding.depth >= depth:
        levels = [ramp(depth, n).astype(int) << plan.luma_shift for n in range(2)]
        assert not any("levels remain" in note for note in plan.notes)
    else:
        assert (depth, plan.encoding.depth) == (16, 12)
        assert any("4096 of 65536 levels remain" in note for note in plan.notes)
        levels = [np.rint(ramp(16, n) * (4095 / 65535)) for n in range(2)]
    for luma, want in zip(show(tmp_path / name).luma, levels, strict=True):
        np.testing.assert_array_equal(luma, want)


def test_images_are_places_by_their_names(tmp_path: Path) -> None:
    scan = tmp_path / "scan"
    for n in (86400, 86401, 86403, 86404):
        picture(scan / f"s{n}.dpx", ramp(10, n), "gbrp10be")
    # numbers count frames, as everywhere; the folder of a name does not matter
    for number, (start, end) in enumerate((("scan/s86401.dpx", "s86404.dpx"), ("1", "3"))):
        out = tmp_path / f"out{number}"
        uncolored(scan, out, start=start, end=end)
        assert sorted(p.name for p in out.iterdir()) == ["s86401.dpx", "s86403.dpx"]
    for settings, message in (
        ({"start": "86401"}, "begins behind the last frame"),
        ({"end": "s86402.dpx"}, r"no image s86402\.dpx"),
        ({"start": "s86403.dpx", "end": "s86401.dpx"}, "holds no frame"),
    ):
        with pytest.raises(VidcolorError, match=message) as caught:
            open_film(scan, FilmSettings(**settings))
        if "holds" not in message:
            assert "s86400.dpx to s86404.dpx" in (caught.value.hint or "")
    with pytest.raises(ConfigError, match="not a folder of images"):
        open_film(scan / "s86401.dpx", FilmSettings(start="s86401.dpx"))


def test_an_own_pattern_and_another_kind(tmp_path: Path) -> None:
    for n in (7, 8):
        picture(tmp_path / "scan" / f"s{n}.dpx", ramp(10, n), "gbrp10be")
    for pattern, ending in (("a/f_%04d.tif", "tif"), ("b/%d.png", "png"), ("c/x%03d.jpg", "jpg")):
        _, problems = uncolored(tmp_path / "scan", tmp_path / pattern)
        assert problems == []
        made = sorted(p for p in (tmp_path / pattern).parent.iterdir() if p.is_file())
        assert [p.name for p in made] == [Path(pattern).name % n for n in range(2)]
        depth = {"tif": 16, "png": 16, "jpg": 8}[ending]
        want = ramp(10, 7) * ((2**depth - 1) / 1023)
        tolerance = 6 if ending == "jpg" else 0.51
        assert np.abs(codes_of(made[0]) - want).max() <= tolerance


def test_dpx_headers_are_kept(tmp_path: Path) -> None:
    source = picture(tmp_path / "scan" / "a1.dpx", ramp(10), "gbrp10be")
    data = bytearray(source.read_bytes())
    data[160:170] = b"Scanner 70"  # creator
    film = bytearray(384)
    film[:2] = b"28"  # film manufacturer's code
    film[256:260] = bytes.fromhex("10203004")  # time code
    data[1664:1664] = film
    data[4:8] = (2048).to_bytes(4, "big")
    source.write_bytes(data)
    uncolored(tmp_path / "scan", tmp_path / "out")
    made = (tmp_path / "out" / "a1.dpx").read_bytes()
    assert (made[160:170], made[1664:1666]) == (b"Scanner 70", b"28")
    assert made[1920:1924] == bytes.fromhex("10203004")
    np.testing.assert_array_equal(codes_of(tmp_path / "out" / "a1.dpx"), ramp(10))


def exif(orientation: int) -> bytes:
    """An APP1 segment that says how a photograph is turned."""
    entry = bytes.fromhex("0112 0003 00000001") + orientation.to_bytes(2, "big") + bytes(2)
    body = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + entry + bytes(4)
    return b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body


@pytest.mark.parametrize(
    ("name", "pix_fmt"), [("a.jpg", "yuvj420p"), ("a.png", "gray"), ("a.tif", "gray16le")]
)
def test_a_photograph_becomes_a_photograph(tmp_path: Path, name: str, pix_fmt: str) -> None:
    depth = 16 if "16" in pix_fmt else 8
    smooth = np.linspace(0, 2**depth - 1, SIZE[0])[None] * np.ones((SIZE[1], 1))
    luma = smooth.astype(np.uint8 if depth == 8 else np.uint16)
    source = picture(tmp_path / name, luma, pix_fmt)
    if name == "a.jpg":
        data = source.read_bytes()
        source.write_bytes(data[:2] + exif(6) + data[2:])
    output = default_output(source)
    assert output == tmp_path / f"a.color{source.suffix}"
    _, problems = uncolored(source, output)
    assert problems == []
    assert np.abs(codes_of(output).astype(int) - luma).max() <= (3 if name == "a.jpg" else 0)
    assert output.is_file()
    if name == "a.jpg":
        assert exif(6) in output.read_bytes()
    for other in ("b.png", "b.jpg", "b.dpx", "b.mp4"):
        assert uncolored(source, tmp_path / other)[1] == []


def test_one_picture_of_a_film(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=5, codec="ffv1", rate=25))
    with pytest.raises(ConfigError, match="one picture cannot hold 5 frames"):
        uncolored(made.path, tmp_path / "o.png")
    uncolored(made.path, tmp_path / "o.png", start="3", end="4")
    want = np.clip((made.luma[3].astype(float) - 16) * (255 / 219), 0, 255)
    assert np.abs(codes_of(tmp_path / "o.png") - want).max() <= 1


def test_an_animated_image_is_a_film(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.png"), "w", format="apng") as out:
        stream = out.add_stream("apng", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "gray"
        for n in range(4):
            frame = av.VideoFrame.from_ndarray(np.full((32, 32), 60 * n, np.uint8), format="gray")
            frame.pts, frame.time_base = n, Fraction(1, 10)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    assert chosen_output(tmp_path / "a.png", None) == tmp_path / "a.color.mkv"
    with pytest.raises(ConfigError, match="one picture cannot hold several frames"):
        uncolored(tmp_path / "a.png", tmp_path / "o.png")
    assert uncolored(tmp_path / "a.png", tmp_path / "o.mkv")[1] == []


def test_exr_is_linear_light(tmp_path: Path) -> None:
    light = np.linspace(0, 1, 64, dtype=np.float32)[None] * np.ones((32, 1), np.float32)
    frame = av.VideoFrame(64, 32, "gbrpf32le")
    for plane in frame.planes:
        np.frombuffer(plane, np.float32).reshape(-1, plane.line_size // 4)[:, :64] = light
    context = av.CodecContext.create("exr", "w")
    context.width, context.height, context.pix_fmt = 64, 32, "gbrpf32le"
    context.time_base, frame.pts = Fraction(1, 25), 0
    (tmp_path / "e").mkdir()
    data = b"".join(bytes(p) for p in [*context.encode(frame), *context.encode(None)])
    (tmp_path / "e" / "1.exr").write_bytes(data)
    uncolored(tmp_path / "e", tmp_path / "out")
    made = codes_of(tmp_path / "out" / "1.png")[0] / 65535
    curve = np.where(light[0] <= 0.0031308, 12.92 * light[0], 1.055 * light[0] ** (1 / 2.4) - 0.055)
    assert np.abs(made - curve).max() < 1e-4
    with open_film(tmp_path / "e") as film, film.frames() as frames:
        assert any("linear light" in note for note in frames.notes)
    with pytest.raises(ConfigError, match=r"cannot write \.exr: .*linear light"):
        uncolored(tmp_path / "e", tmp_path / "%04d.exr")


def test_what_output_a_user_means(tmp_path: Path) -> None:
    film = make_film(tmp_path / "a.webm", FilmSpec(codec="libvpx-vp9", frames=2)).path
    deep = make_film(tmp_path / "d.mkv", FilmSpec(pix_fmt="yuv420p10le", frames=2)).path
    deep = deep.rename(tmp_path / "d.webm")  # read by its contents
    picture(tmp_path / "scan" / "1.tif", ramp(8), "gray")
    folder = tmp_path / "into"
    folder.mkdir()
    assert chosen_output(film, None) == tmp_path / "a.color.webm"
    assert chosen_output(deep, None) == tmp_path / "d.color.mkv"
    assert chosen_output(film, str(folder)) == folder / "a.color.webm"
    assert chosen_output(film, f"{tmp_path}/new/") == tmp_path / "new" / "a.color.webm"
    assert chosen_output(tmp_path / "scan", f"{folder}/") == folder
    assert chosen_output(tmp_path / "b.PNG", None) == tmp_path / "b.color.PNG"
    with pytest.raises(ConfigError, match="not written to standard output"):
        chosen_output(film, "-")
    with pytest.raises(ConfigError, match="no ending that says what to write") as caught:
        uncolored(film, tmp_path / "name")
    assert "name.mkv" in (caught.value.hint or "")


def test_depth_and_sound_of_a_preview_of_any_depth(tmp_path: Path) -> None:
    for n in range(2):
        picture(tmp_path / "scan" / f"{n}.tif", ramp(16, n), "gray16le")
    eight = EncodeConfig(codec="libx264", depth=8, crf=0)
    plan, problems = uncolored(tmp_path / "scan", tmp_path / "o.mp4", eight)
    assert (plan.encoding.pix_fmt, problems) == ("yuv420p", [])
    assert len(packets(tmp_path / "o.mp4", "video")) == 2
    with pytest.raises(ConfigError, match="--depth 9"):
        replace(eight, depth=9)
