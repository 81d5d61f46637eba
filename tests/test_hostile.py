"""Hostile files and names: refused with one line or handled; nothing run, fetched or misplaced."""

from __future__ import annotations

import hashlib
import os
import pickle
import socket
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.films import FilmSpec, make_film
from tests.reading import read_pictures
from vidcolor import RunConfig, colorize_video, registry
from vidcolor.errors import MediaError, PluginError, VidcolorError, WeightsError
from vidcolor.weights import files as weights
from vidcolor.weights import published

ROOT = Path(__file__).resolve().parents[1]
FLAT = RunConfig(model="flat", refiner="none", work_size=128, preset="ultrafast")


@pytest.fixture(autouse=True)
def flat() -> Iterator[None]:
    with registry.registered(registry.Entry("colorizer", "flat", "tests.fuzzing:load", "")):
        yield


def one_line(err: VidcolorError) -> bool:
    return "\n" not in str(err) and "\n" not in (err.hint or "")


@pytest.mark.parametrize(
    "script",
    [
        "ffconcat version 1.0\nfile secret.mkv\n",
        "ffconcat version 1.0\nfile {url}\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.mkv\n#EXT-X-ENDLIST\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\n"
        "a=rtpmap:96 H264/90000\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet>'
        "<Representation><BaseURL>{url}</BaseURL></Representation></AdaptationSet></Period></MPD>",
        "<smil><body><video src='{url}'/></body></smil>",
        "[playlist]\nFile1={url}\nNumberOfEntries=1\n",
        "subfile,,start,0,end,0,,:secret.mkv\n",
    ],
)
@pytest.mark.parametrize("name", ["film.mp4", "film.m3u8", "film.sdp"])
def test_scripts_are_not_obeyed(tmp_path: Path, script: str, name: str) -> None:
    make_film(tmp_path / "secret.mkv", FilmSpec(frames=2, width=32, height=32))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        text = script.format(url=f"http://127.0.0.1:{port}/x.ts", port=port)
        (tmp_path / name).write_text(text)
        with pytest.raises(MediaError) as caught:
            colorize_video(tmp_path / name, tmp_path / "out.mkv", FLAT)
        assert one_line(caught.value)
        server.settimeout(0.01)
        with pytest.raises(TimeoutError):
            server.accept()
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([name, "secret.mkv"])


NAMES = [
    "%03d.mkv", "tape:2:a.mkv", "http:x.mkv", "http:__127.0.0.1_x.mkv", "-o.mkv", "--help.mkv",
    "a b'\"c`.mkv", "line\nbreak.mkv", "tab\t.mkv", "$(touch hit).mkv", ";touch hit;.mkv",
    "concat:a|b.mkv", "pipe:1.mkv", "data:,x.mkv", "*?[a].mkv", "{a,b}.mkv", "~.mkv", "&|<>.mkv",
    "фильм 映画 🎞.mkv", "é.mkv", " leading.mkv", "trailing .mkv", "..mkv.mkv",
    "n" * 250 + ".mkv", "ж" * 125 + ".mkv", "a,format=raw.mkv", "a#t=1.mkv", "back\\slash.mkv",
]  # fmt: skip


@pytest.mark.skipif(os.name != "posix", reason="other systems forbid such names")
def test_every_name_works_for_source_and_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=2, width=32, height=32))
    data = made.path.read_bytes()
    made.path.unlink()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    for name in [*NAMES, os.fsdecode(b"not utf-8 \xff.mkv")]:
        Path(name).write_bytes(data)
        result = colorize_video(Path(name), Path("out") / name, FLAT)
        assert result.frames == 2
        # under that very name, and nothing else anywhere
        assert {str(path) for path in Path().iterdir()} == {"out", name}
        assert [path.name for path in Path("out").iterdir()] == [name]
        Path(name).unlink()
        (Path("out") / name).unlink()


@pytest.mark.skipif(os.name != "posix", reason="other systems forbid such names")
def test_an_error_with_an_awkward_name_is_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vidcolor", "run", "--", b"-line\nbreak, not utf-8 \xff.mkv"],
        capture_output=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 3
    assert [line.split(b":")[0] for line in done.stderr.splitlines()] == [b"error", b"hint"]


def png(path: Path, width: int, height: int) -> None:
    """A black picture of one bit a pixel in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    lines = zlib.compressobj(9)
    data = b"".join(lines.compress(bytes(1 + (width + 7) // 8)) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
        + chunk(b"IDAT", data + lines.flush()) + chunk(b"IEND", b"")
    )  # fmt: skip


def test_pictures_made_to_fill_the_memory_are_refused(tmp_path: Path) -> None:
    png(tmp_path / "bomb.png", 16000, 16000)
    assert (tmp_path / "bomb.png").stat().st_size < 50_000
    with pytest.raises(MediaError, match="frame size 16000x16000 exceeds the limit") as caught:
        colorize_video(tmp_path / "bomb.png", tmp_path / "out.mkv", FLAT)
    assert one_line(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == ["bomb.png"]


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "ts"])
def test_a_gap_of_ten_hours_makes_no_frames(tmp_path: Path, suffix: str) -> None:
    hours = 36_000_000
    pts = (0, 40, 80, hours, hours + 40)
    spec = FilmSpec(frames=5, pts=pts, time_base=Fraction(1, 1000), width=32, height=32, rate=25)
    made = make_film(tmp_path / "film.mkv", spec)
    result = colorize_video(made.path, tmp_path / f"out.{suffix}", FLAT)
    assert result.frames == 5
    times = read_pictures(tmp_path / f"out.{suffix}").times
    assert [round(1000 * (t - times[0])) for t in times] == list(pts)
    assert (tmp_path / f"out.{suffix}").stat().st_size < 100_000


def test_names_inside_a_film_lead_nowhere(tmp_path: Path) -> None:
    evil = "../../../evil.sh"
    spec = FilmSpec(
        frames=2,
        width=32,
        height=32,
        subtitles=("srt",),
        attachments=((evil, "application/x-sh", b"touch hit"), ("/etc/evil", "text/plain", b"x")),
        metadata={"title": "$(touch hit)", "comment": "../../x"},
    )
    folder = tmp_path / "a" / "b" / "c"
    folder.mkdir(parents=True)
    made = make_film(folder / "film.mkv", spec)
    for name in ("out.mkv", "out.mp4"):
        colorize_video(made.path, folder / name, FLAT)
    everything = sorted(p.name for p in tmp_path.rglob("*") if p.is_file())
    assert everything == ["film.mkv", "out.mkv", "out.mp4"]
    with av.open(str(folder / "out.mkv")) as out:
        assert [a.name for a in out.streams.attachments] == [evil, "/etc/evil"]


@pytest.mark.parametrize(
    "name", ["../../x", "os:system", "vidcolor.cli:main", "http://x/y", "base\nx", ""]
)
@pytest.mark.parametrize("part", ["model", "refiner", "flow"])
def test_only_known_names_are_imported(tmp_path: Path, part: str, name: str) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=2, width=32, height=32))
    config = replace(RunConfig(), **{part: name})
    with pytest.raises(PluginError, match="is called") as caught:
        colorize_video(made.path, tmp_path / "out.mkv", config)
    assert one_line(caught.value)


class _Code:
    """Runs a command when it is unpickled by anybody careless."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple:
        return os.system, (f"touch {self.target}",)


def test_weights_with_code_inside_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hit = tmp_path / "hit"
    payload = pickle.dumps({"net": _Code(hit)}, protocol=2)
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "base.safetensors").write_bytes(payload)
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=2, width=32, height=32))
    monkeypatch.setenv("VIDCOLOR_WEIGHTS", str(folder))
    with pytest.raises(WeightsError) as caught:
        colorize_video(made.path, tmp_path / "out.mkv", RunConfig())
    assert one_line(caught.value)
    entry = next(iter(published.TABLE))
    file = folder / "published.pth"
    file.write_bytes(payload)
    # another file than the published one, and the same should its hash ever be met
    for known in (entry, replace(entry, sha256=hashlib.sha256(payload).hexdigest())):
        with pytest.raises(WeightsError) as caught:
            weights.read_published(file, known)
        assert one_line(caught.value)
    assert not hit.exists()
    pickle.loads(payload)  # as it would have been
    assert hit.exists()
