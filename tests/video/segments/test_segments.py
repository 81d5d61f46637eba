"""Work that is taken up again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.films import FilmSpec, make_film
from tests.video.rewrite import KilledError, packets, rewrite, same, show
from vidcolor.config import EncodeConfig
from vidcolor.errors import ConfigError, EntriesError, ResumeError, StoppedError
from vidcolor.files import fitting_name
from vidcolor.types import Frame
from vidcolor.video.plan.plan import OutputPlan, plan_output
from vidcolor.video.read.source import FrameSource
from vidcolor.video.segments import segments as module
from vidcolor.video.segments.fingerprint import fingerprint_of
from vidcolor.video.segments.segment import finish_segment, segment_writer
from vidcolor.video.segments.segments import Segments, is_own_film, work_folder

FAST = EncodeConfig(crf=20, preset="faster")


@pytest.fixture
def film(tmp_path):
    spec = FilmSpec(frames=47, rate=25, audio=("aac",), b_frames=2)
    return make_film(tmp_path / "a.mkv", spec)


@pytest.fixture
def plan(film, tmp_path) -> OutputPlan:
    with FrameSource(film.path) as source:
        return plan_output(source.info, tmp_path / "o.mkv", FAST)


def add_segment(
    segments: Segments, plan: OutputPlan, state: bytes = b"", number: int | None = None
) -> None:
    """Three frames as the segment of unit `number`, the next one if None."""
    number = len(segments.finished) if number is None else number
    chroma = np.full(plan.chroma_size.shape, 128, np.uint8)
    writer = segment_writer(plan, segments.folder, number)
    for index in range(3 * number, 3 * number + 3):
        y = np.full((plan.height, plan.width), 16 + index, np.uint8)
        writer.write(Frame(index, 40 * index, y), chroma, chroma)
    segments.add(finish_segment(writer, segments.folder, number, state))


@pytest.mark.parametrize("kill_at", [1, 10, 25, 46])
@pytest.mark.parametrize("name", ["o.mkv", "o.mp4"])
def test_resumed_film_is_the_same_to_the_bit(film, tmp_path, kill_at, name):
    whole, broken = tmp_path / f"whole{name}", tmp_path / f"broken{name}"
    rewrite(film.path, whole, FAST)
    with pytest.raises(KilledError):
        rewrite(film.path, broken, FAST, kill_at=kill_at)
    assert not broken.exists()
    finished = len(list(work_folder(broken).glob("*.nut")))
    assert finished == kill_at // 10
    rewrite(film.path, broken, FAST)
    assert packets(broken, "video") == packets(whole, "video")
    assert packets(broken, "audio") == packets(whole, "audio")
    assert show(broken).times == show(whole).times
    assert not work_folder(broken).exists()


@pytest.mark.parametrize("codec", ["libx264", "libx265", "libvpx-vp9", "ffv1"])
def test_encoding_again_gives_the_same_bits(tmp_path, codec):
    # 112 pixels are no multiple of 128: where x264 with AVX-512 gives other bits every time
    made = make_film(tmp_path / "a.mkv", FilmSpec(frames=30, width=112))
    seen = set()
    for _ in range(5 if codec == "libx264" else 3):
        rewrite(made.path, tmp_path / "o.mkv", EncodeConfig(codec=codec), overwrite=True)
        seen.add(tuple(data for *_, data in packets(tmp_path / "o.mkv", "video")))
    assert len(seen) == 1


def test_segments_are_decoded_as_they_were_encoded(film, tmp_path):
    rewrite(film.path, tmp_path / "1.mkv", EncodeConfig(crf=0), segment_frames=7)
    assert same(show(tmp_path / "1.mkv").luma, film.luma)


def test_segments_in_any_order_are_kept_with_their_states(plan, film, tmp_path):
    mark = fingerprint_of(film.path, plan, {"model": "base"})
    with Segments.open(tmp_path / "w", mark) as segments:
        assert segments.finished == []
        add_segment(segments, plan, b"two", number=2)
        add_segment(segments, plan, b"zero", number=0)
        segment_writer(plan, segments.folder, 1)  # begun, never finished
    with Segments.open(tmp_path / "w", mark) as segments:
        assert [s.first_frame for s in segments.finished] == [0, 6]
        assert 0 in segments
        assert 1 not in segments
        assert (segments.state_after(0), segments.state_after(2)) == (b"zero", b"two")
        assert segments.notes == []
        assert not list(segments.folder.glob("*.part"))
    with Segments.open(tmp_path / "w", mark, restart=True) as segments:
        assert segments.finished == []
        segments.discard()
    assert not (tmp_path / "w").exists()


def test_work_is_tied_to_an_analysis(plan, film, tmp_path):
    mark = fingerprint_of(film.path, plan, {})
    with Segments.open(tmp_path / "w", mark) as segments:
        segments.bind("one")
        segments.bind("two")  # nothing is finished yet
        add_segment(segments, plan)
    with Segments.open(tmp_path / "w", mark) as segments:
        segments.bind("two")
        with pytest.raises(ResumeError, match="another analysis"):
            segments.bind("three")


def test_a_run_that_is_refused_leaves_what_it_found(plan, film, tmp_path):
    mark = fingerprint_of(film.path, plan, {})

    def end_with(error):
        with Segments.open(tmp_path / "w", mark) as segments:
            segments.analysis_path.touch()
            raise error

    with pytest.raises(ConfigError):
        end_with(ConfigError("the rehearsal failed"))
    assert not (tmp_path / "w").exists()
    # what was stopped is resumed, also when a run in between was refused
    for error in (StoppedError("stopped"), ConfigError("the rehearsal failed")):
        with pytest.raises(type(error)):
            end_with(error)
        assert (tmp_path / "w" / "analysis.json").exists()


def test_an_analysis_outlives_bad_entries(plan, film, tmp_path):
    def refused(*, is_analyzed):
        with Segments.open(tmp_path / "w", fingerprint_of(film.path, plan, {})) as segments:
            if is_analyzed:
                segments.analysis_path.touch()
            raise EntriesError(["points 1: shot 9"])

    with pytest.raises(EntriesError):
        refused(is_analyzed=False)
    assert not (tmp_path / "w").exists()
    with pytest.raises(EntriesError):
        refused(is_analyzed=True)
    # other settings are no matter as long as nothing is colored
    with Segments.open(tmp_path / "w", fingerprint_of(film.path, plan, {"crf": 3})) as segments:
        assert segments.analysis_path.exists()


def test_other_settings_are_named(plan, film, tmp_path):
    settings = {"model": "base", "crf": 16, "start": None}
    with Segments.open(tmp_path / "w", fingerprint_of(film.path, plan, settings)) as segments:
        add_segment(segments, plan)
    other = fingerprint_of(film.path, plan, settings | {"model": "best", "crf": 20})
    with pytest.raises(ResumeError, match="other settings: crf, model") as caught:
        Segments.open(tmp_path / "w", other)
    assert "--restart" in caught.value.hint
    os.utime(film.path, ns=(1, 1))
    touched = fingerprint_of(film.path, plan, settings)
    with pytest.raises(ResumeError, match="input has changed"):
        Segments.open(tmp_path / "w", touched)
    with Segments.open(tmp_path / "w", touched, restart=True) as segments:
        assert segments.finished == []


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"format": 1}', b"\xff\xfe"])
def test_damaged_manifest_starts_over(plan, film, tmp_path, damage):
    mark = fingerprint_of(film.path, plan, {})
    with Segments.open(tmp_path / "w", mark) as segments:
        add_segment(segments, plan)
    (tmp_path / "w" / "manifest.json").write_bytes(damage)
    with Segments.open(tmp_path / "w", mark) as segments:
        assert segments.finished == []
        assert "damaged: starting over" in segments.notes[0]


@pytest.mark.parametrize("suffix", [".nut", ".state"])
@pytest.mark.parametrize("how", ["missing", "changed"])
def test_damaged_segment_is_done_again(plan, film, tmp_path, suffix, how):
    mark = fingerprint_of(film.path, plan, {})
    with Segments.open(tmp_path / "w", mark) as segments:
        for state in (b"one", b"two", b"three"):
            add_segment(segments, plan, state)
    path = (tmp_path / "w" / "00001").with_suffix(suffix)
    if how == "missing":
        path.unlink()
    else:
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
    with Segments.open(tmp_path / "w", mark) as segments:
        assert [s.number for s in segments.finished] == [0, 2]
        assert "damaged in frames 3:6" in segments.notes[0]
        add_segment(segments, plan, b"two again", number=1)
    with Segments.open(tmp_path / "w", mark) as segments:
        assert [s.number for s in segments.finished] == [0, 1, 2]
        assert segments.state_after(1) == b"two again"


def test_two_runs_at_once_are_refused(plan, film, tmp_path):
    pytest.importorskip("fcntl")
    mark = fingerprint_of(film.path, plan, {})
    first = Segments.open(tmp_path / "w", mark)
    with pytest.raises(ResumeError, match="another run is at work"):
        Segments.open(tmp_path / "w", mark)
    first.close()
    Segments.open(tmp_path / "w", mark).close()


def test_files_of_a_person_stay_in_the_folder(plan, film, tmp_path):
    mark = fingerprint_of(film.path, plan, {})
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / "photo.jpg").write_bytes(b"mine")
    (folder / ".DS_Store").write_bytes(b"a system's")
    for restart in (False, True):
        with Segments.open(folder, mark, restart=restart) as segments:
            add_segment(segments, plan)
        segments = Segments.open(folder, mark)
        assert len(segments.finished) == 1
        segments.discard()
        assert [path.name for path in folder.iterdir()] == ["photo.jpg"]


def test_killed_process_can_be_followed(film, tmp_path):
    """kill -9 in the middle: the lock is gone, the work is there."""
    script = (
        "import sys, os, signal\n"
        "from pathlib import Path\n"
        "from tests.video import rewrite as r\n"
        "from vidcolor.config import EncodeConfig\n"
        "class Die(Exception):\n"
        "    def __init__(self): os.kill(os.getpid(), signal.SIGKILL)\n"
        "r.KilledError = Die\n"
        "r.rewrite(Path(sys.argv[1]), Path(sys.argv[2]), EncodeConfig(crf=20, preset='faster'),\n"
        "          kill_at=33)\n"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", script, film.path, tmp_path / "o.mkv"], cwd=root, check=False
    )
    assert done.returncode == -signal.SIGKILL
    manifest = json.loads((work_folder(tmp_path / "o.mkv") / "manifest.json").read_bytes())
    assert [s["first_frame"] for s in manifest["segments"]] == [0, 10, 20]
    rewrite(film.path, tmp_path / "o.mkv", FAST)
    rewrite(film.path, tmp_path / "whole.mkv", FAST)
    assert packets(tmp_path / "o.mkv", "video") == packets(tmp_path / "whole.mkv", "video")


def test_work_of_a_finished_film_is_taken_up_again(plan, film, tmp_path, monkeypatch):
    mark, output = fingerprint_of(film.path, plan, {}), tmp_path / "o.mkv"
    folder = work_folder(output)
    folder.mkdir()

    def publish(segments: Segments, text: bytes) -> None:
        (folder / "film.part").write_bytes(text)
        segments.publish(folder / "film.part", output)

    with Segments.open(folder, mark, output=output) as segments:
        add_segment(segments, plan, number=0)
        add_segment(segments, plan, number=1)
        publish(segments, b"first")
    assert is_own_film(output, folder)
    with Segments.open(folder, mark, output=output) as segments:
        assert segments.is_published
        assert segments.told(0) == ""
        assert segments.told(2) is None
        segments.forget([1])
        assert not segments.is_published
        assert [s.number for s in segments.finished] == [0]
    # killed here: the film is still known as ours, and one segment is missing
    assert is_own_film(output, folder)
    with Segments.open(folder, mark, output=output) as segments:
        assert 1 not in segments
        add_segment(segments, plan, number=1)
        # killed between the last look at the manifest and the new name of the film
        monkeypatch.setattr(module, "replace_whole", lambda new, path: None)
        publish(segments, b"second")
        monkeypatch.undo()
    assert output.read_bytes() == b"first"
    assert is_own_film(output, folder)
    with Segments.open(folder, mark, output=output) as segments:
        publish(segments, b"second")
    assert is_own_film(output, folder)
    output.write_bytes(b"of somebody else")
    assert not is_own_film(output, folder)


def test_a_damaged_segment_of_a_finished_film_is_noticed(plan, film, tmp_path):
    mark, output = fingerprint_of(film.path, plan, {}), tmp_path / "o.mkv"
    folder = work_folder(output)
    with Segments.open(folder, mark, output=output) as segments:
        for number in range(3):
            add_segment(segments, plan, number=number)
        (folder / "film.part").write_bytes(b"film")
        segments.publish(folder / "film.part", output)
    (folder / "00002.nut").write_bytes(b"damaged")
    with Segments.open(folder, mark, output=output) as segments:
        segments.forget([0])
        assert [s.number for s in segments.finished] == [1]
        assert "damaged in frames 6:9" in segments.notes[0]


def test_names_fit_the_file_system():
    for name in ("a.mp4", "n" * 251 + ".mp4", "ж" * 125 + ".mp4"):
        made = fitting_name(name, ".vidcolor")
        assert made.endswith(".vidcolor")
        assert len(made.encode()) <= 255
    assert fitting_name("a.mp4", ".vidcolor") == "a.mp4.vidcolor"
    assert fitting_name("n" * 255, ".x") != fitting_name("n" * 254 + "m", ".x")
