"""Reading and writing keep little in memory and on the disk, and bear headers that lie."""

from __future__ import annotations

import gc
import io
import re
import subprocess
import sys
import time
from pathlib import Path

import av
import pytest
from av.video.frame import VideoFrame

from tests.films import FilmSpec, make_film
from tests.video.rewrite import chroma
from vidcolor import terminal
from vidcolor.config import EncodeConfig
from vidcolor.video.plan.plan import plan_output
from vidcolor.video.read.source import FrameSource
from vidcolor.video.segments.segment import finish_segment, segment_writer
from vidcolor.video.segments.segments import Segments

ROOT = Path(__file__).resolve().parents[2]


def test_a_film_many_times_longer_takes_no_more_memory(tmp_path: Path) -> None:
    """The same 40 pictures once and 15 times in a row, read, coded and put together."""
    script = (
        "import resource, sys\nfrom pathlib import Path\n"
        "from tests.video.rewrite import GOOD, rewrite\n"
        "rewrite(Path(sys.argv[1]), Path(sys.argv[2]), GOOD, segment_frames=20)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    options = {"preset": "ultrafast", "crf": "30"}
    spec = FilmSpec(frames=40, width=320, height=240, options=options, audio=("mp2",))
    short = make_film(tmp_path / "short.ts", spec).path
    long = tmp_path / "long.ts"
    long.write_bytes(15 * short.read_bytes())
    peaks = []
    for path in (short, long):
        done = subprocess.run(
            [sys.executable, "-c", script, str(path), str(path.with_suffix(".mkv"))],
            capture_output=True, text=True, check=True, cwd=ROOT,
        )  # fmt: skip
        peaks.append(int(done.stdout) / 1024)
    # 560 more pictures are 65 MB of luma and chroma
    assert peaks[1] < peaks[0] + 25, f"peak memory in MB: {peaks}"


def test_pictures_are_let_go_of_at_once(tmp_path: Path) -> None:
    """Not only when Python looks for objects that hold each other: at 2160p a picture is 25 MB."""
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=30))
    gc.collect()
    gc.disable()
    try:
        most = 0
        with FrameSource(made.path, chroma_every=1) as film:
            for frame in film:
                del frame
                most = max(most, sum(type(o) is VideoFrame for o in gc.get_objects()))
    finally:
        gc.enable()
    assert most <= 3


def test_nothing_but_coded_segments_lies_on_the_disk(tmp_path: Path) -> None:
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=30))
    seen: set[str] = set()
    with FrameSource(made.path) as film:
        plan = plan_output(film.info, tmp_path / "o.mkv", EncodeConfig())
        with Segments.open(tmp_path / "work", {}) as segments:
            number = 0
            writer = segment_writer(plan, segments.folder, number)
            for frame in film:
                writer.write(frame, *chroma(frame, plan))
                if writer.frames == 10:
                    segments.add(finish_segment(writer, segments.folder, number, b"state"))
                    number += 1
                    writer = segment_writer(plan, segments.folder, number)
                seen |= {p.suffix for p in (tmp_path / "work").iterdir()}
            writer.abort()
    assert seen <= {".nut", ".part", ".state", ".json", ""}
    assert ".nut" in seen


@pytest.mark.parametrize("promised", [1, 12, None, 100_000])
def test_progress_bears_a_wrong_total(
    monkeypatch: pytest.MonkeyPatch, promised: int | None
) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", screen)
    with terminal.frame_bar(False, "coloring") as show:
        for done in range(1, 31):
            show(done, promised)
    last = screen.getvalue().split("\r")[-1]
    assert "30" in last
    assert ("100000" in last) == (promised == 100_000)
    assert "100%" not in last


def test_the_remaining_time_is_that_of_the_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", screen)
    with terminal.frame_bar(False, "coloring") as show:
        time.sleep(2)  # the film is analyzed
        for done in range(1, 5):
            show(done, 40)
            time.sleep(0.11)
    for line in [text for text in screen.getvalue().split("\r") if "/40" in text]:
        elapsed, remaining = re.findall(r"\d\d:(\d\d)", line)
        assert int(elapsed) < 2
        assert int(remaining) < 10


def test_pictures_that_a_decoder_swallows_are_told(tmp_path: Path) -> None:
    """HEVC gives no error and no picture where the start of a packet is destroyed."""
    options = {"x265-params": "log-level=none:bframes=0"}
    spec = FilmSpec(frames=24, gop=12, codec="libx265", options=options, width=320, height=240)
    made = make_film(tmp_path / "a.mp4", spec)
    data = bytearray(made.path.read_bytes())
    with av.open(str(made.path)) as film:
        packet = [p for p in film.demux(video=0) if p.size][17]
        data[packet.pos + 4 : packet.pos + 6] = b"\x7e\x01"  # a unit of an unknown kind
    made.path.write_bytes(data)
    with FrameSource(made.path) as source:
        frames = [f.pts for f in source]
        assert 12 <= len(frames) < 24
        lost = 24 - len(frames)
        word = "frame" if lost == 1 else "frames"
        assert any(n.startswith(f"{lost} damaged {word}") for n in source.notes + source.warnings)


def test_damaged_pictures_come_out_the_same_each_time(tmp_path: Path) -> None:
    """With several threads libav repairs them differently from run to run."""
    options = {"preset": "medium", "crf": "20"}
    spec = FilmSpec(frames=48, gop=12, b_frames=2, width=320, height=240, options=options)
    made = make_film(tmp_path / "a.mp4", spec)
    data = bytearray(made.path.read_bytes())
    for share in (0.3, 0.42, 0.54, 0.66):
        place = int(len(data) * share)
        data[place : place + 60] = bytes((7 * n) % 256 for n in range(60))
    made.path.write_bytes(data)
    runs = []
    for _ in range(4):
        with FrameSource(made.path) as source:
            runs.append([(f.index, f.pts, f.is_damaged, f.y.tobytes()) for f in source])
    assert any(damaged for _, _, damaged, _ in runs[0])
    assert all(run == runs[0] for run in runs)
