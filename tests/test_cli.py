"""The command line as users meet it: in a process of its own."""

from __future__ import annotations

import inspect
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import fields
from pathlib import Path

import av
import cv2
import pytest

from tests.films import FilmSpec, make_film
from vidcolor import cli
from vidcolor.config import RunConfig, split_range
from vidcolor.video.plan.encoders import available

ROOT = Path(__file__).resolve().parents[1]


def vidcolor(*words: object, cwd: Path = ROOT) -> subprocess.CompletedProcess:
    environment = {k: v for k, v in os.environ.items() if k != "VIDCOLOR_DEBUG"}
    return subprocess.run(
        [sys.executable, "-m", "vidcolor", *map(str, words)],
        capture_output=True,
        text=True,
        env=environment | {"PYTHONPATH": str(ROOT)},
        cwd=cwd,
    )


def test_run_says_what_it_did(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=6, cuts=(3,), audio=("aac",)))
    done = vidcolor("run", made.path, "-o", tmp_path / "out.mkv", "--work-size", 128)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "6 frames, 2 shots" in done.stderr
    assert f"wrote {tmp_path / 'out.mkv'}" in done.stderr


def test_run_as_json_and_default_name(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=4))
    done = vidcolor("run", made.path, "--json", "--work-size", 128, "--refiner", "none")
    report = json.loads(done.stdout)
    assert report["frames"] == 4
    assert report["output"] == str(tmp_path / "film.color.mkv")
    assert (tmp_path / "film.color.mkv").exists()
    again = vidcolor("run", made.path, "--quiet", "--work-size", 128)
    assert again.returncode == 2
    assert "--overwrite" in again.stderr
    assert vidcolor("run", made.path, "-q", "-y", "--work-size", 128).stderr == ""


def _bad_inputs(folder: Path) -> dict[str, tuple[Path, Path]]:
    good = make_film(folder / "good.mp4", FilmSpec(frames=3)).path
    (folder / "empty.mp4").touch()
    (folder / "text.mp4").write_text("this is no film\n" * 50)
    (folder / "script.mp4").write_text("ffconcat version 1.0\nfile good.mp4\n")
    with av.open(str(folder / "sound.mp4"), "w") as out:
        stream = out.add_stream("aac", rate=48000)
        frame = av.AudioFrame(format="fltp", layout="stereo", samples=1024)
        frame.rate, frame.pts = 48000, 0
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    out = folder / "out.mp4"
    return {
        "missing": (folder / "nothing.mp4", out),
        "empty": (folder / "empty.mp4", out),
        "text": (folder / "text.mp4", out),
        "script": (folder / "script.mp4", out),
        "audio only": (folder / "sound.mp4", out),
        "folder": (folder, out),
        "output is input": (good, good),
        "no such folder": (good, folder / "no" / "out.mp4"),
        "no such container": (good, folder / "out.xyz"),
    }


def test_bad_input_gets_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    cases = _bad_inputs(tmp_path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    for name, (source, output) in cases.items():
        done = vidcolor("run", source, "-o", output, "--overwrite")
        lines = done.stderr.strip().splitlines()
        assert done.returncode not in (0, 1), f"{name}: {done.stderr}"
        assert lines[0].startswith("error: "), f"{name}: {done.stderr}"
        assert len(lines) <= 2, f"{name}: {done.stderr}"
        assert "Traceback" not in done.stderr
        assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before, name


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_unwritable_folder(tmp_path: Path) -> None:
    good = make_film(tmp_path / "good.mp4", FilmSpec(frames=3)).path
    (tmp_path / "locked").mkdir(mode=0o555)
    done = vidcolor("run", good, "-o", tmp_path / "locked" / "out.mp4")
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_unwritable_folders_are_told_before_the_work_and_films_in_them_described(
    tmp_path: Path,
) -> None:
    (tmp_path / "disc").mkdir()
    good = make_film(tmp_path / "disc" / "good.mkv", FilmSpec(frames=3)).path
    good.parent.chmod(0o555)
    for words in (
        ("stills", good),
        ("probe", good, "--analysis", good.with_name("good.json")),
        ("report", good),
    ):
        done = vidcolor(*words)
        assert done.returncode == 3
        assert "no permission to write there" in done.stderr
        assert "Traceback" not in done.stderr
    assert "REFUSED" in vidcolor("probe", good, "--quick").stdout


@pytest.mark.skipif(not available("libsvtav1"), reason="no SVT-AV1 here")
def test_encoders_do_not_chat(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=3))
    done = vidcolor("run", made.path, "-o", tmp_path / "o.mkv", "--codec", "av1", "-q")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("--model", "bose"), 5, "base"),
        (("--refiner", "x"), 5, "recurrent"),
        (("--flow", "rafd"), 5, "raft"),
        (("--work-size", 3), 2, "work-size"),
        (("--start", "5", "--end", "5"), 2, "range"),
        (("--start", "soon"), 2, "position"),
        (("--start", "99"), 3, "range"),
        (("--device", "cuda:9"), 2, "device"),
        (("--codec", "libnothing"), 2, "libnothing"),
        (("--crf", 64), 2, "63"),
        (("--nothing",), 2, "--help"),
    ],
)
def test_bad_options_get_one_line(tmp_path: Path, words: tuple, status: int, says: str) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=3))
    done = vidcolor("run", made.path, "-o", tmp_path / "out.mkv", *words)
    assert done.returncode == status, done.stderr
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2
    assert [p.name for p in tmp_path.iterdir()] == ["film.mkv"]


@pytest.mark.parametrize(
    ("numbers", "status"),
    [([signal.SIGINT], 130), ([signal.SIGTERM], 143), ([signal.SIGINT, signal.SIGINT], 130)],
)
def test_stopped_runs_say_so_and_go_on(
    tmp_path: Path, numbers: list[signal.Signals], status: int
) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=80, width=64, height=64))
    words = ["run", str(made.path), "-o", str(tmp_path / "out.mkv"), "--work-size", "128"]
    words += ["--refiner", "none", "--unit-frames", "10"]
    run = subprocess.Popen(
        [sys.executable, "-m", "vidcolor", *words], stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    # Until the first segment is there.
    manifest = tmp_path / "out.mkv.vidcolor" / "manifest.json"
    while not manifest.exists() and run.poll() is None:
        time.sleep(0.05)
    assert run.stderr is not None
    said = ""
    for number in numbers:
        run.send_signal(number)
        # two at once would be one
        while "press again" not in said and (line := run.stderr.readline()):
            said += line
    said += run.stderr.read()
    assert run.wait(60) == status, said
    assert "the same command" in said
    assert "stopping after the current unit of work; press again to stop immediately" in said
    # the first signal waits for a whole part, and says where it stopped
    assert ("stopped at 00:00:0" in said) == (len(numbers) == 1)
    assert "Traceback" not in said
    assert not (tmp_path / "out.mkv").exists()
    done = vidcolor(*words, "--json")
    report = json.loads(done.stdout)
    assert report["frames"] == 80
    assert report["resumed_at"] in range(10, 80, 10)


def test_preview_makes_a_sheet_and_a_clip(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mp4", FilmSpec(frames=30, width=160, height=96, cuts=(14,)))
    folder = tmp_path / "look"
    folder.mkdir()
    done = vidcolor("preview", made.path, "--frames", "10:20", "-o", folder, "--work-size", 128)
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in folder.iterdir()) == ["film.preview.mp4", "film.preview.png"]
    sheet = cv2.imread(str(folder / "film.preview.png"))
    # Four columns of frames, two rows of before above after.
    assert sheet.shape[0] > 600
    assert sheet.std() > 10
    with av.open(str(folder / "film.preview.mp4")) as clip:
        pictures = [f.to_ndarray(format="yuv420p") for f in clip.decode(video=0)]
    assert len(pictures) == 10
    assert pictures[0].shape == (96 * 3 // 2, 320)
    again = vidcolor("preview", made.path, "--frames", "10:20", "-o", folder)
    assert again.returncode == 2


@pytest.mark.parametrize("command", ["preview", "stills", "batch"])
def test_the_name_of_a_file_is_not_made_a_folder(tmp_path: Path, command: str) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=2))
    for name in ("look.png", "look.mp4", "film.mkv"):
        done = vidcolor(command, made.path, "-o", tmp_path / name)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 2, done.stderr
        assert f"-o {tmp_path}" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["film.mkv"]


@pytest.mark.parametrize("words", [("models",), ("doctor",)])
def test_listings_come_as_text_and_json(words: tuple) -> None:
    text, report = vidcolor(*words), vidcolor(*words, "--json")
    assert text.returncode == report.returncode == 0, text.stderr
    found = json.dumps(json.loads(report.stdout))
    assert "torch" in found or "recurrent" in found
    assert text.stdout.strip()


def test_a_foreign_flow_module_is_named(tmp_path: Path) -> None:
    make_film(tmp_path / "film.mkv", FilmSpec(frames=2))
    (tmp_path / "flow.py").write_text("")
    done = vidcolor("run", "film.mkv", cwd=tmp_path)
    assert done.returncode == 2
    assert "flow.py" in done.stderr
    assert "Traceback" not in done.stderr


def _redirected(to: str, *words: object) -> subprocess.CompletedProcess:
    """As `vidcolor`, with the redirections of a shell."""
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {to}', "sh", sys.executable, "-m", "vidcolor", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )


def test_streams_that_are_closed_or_full_cost_no_film(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=3, width=64, height=48)).path
    quick = ("--work-size", 128)
    usual = tmp_path / "usual.mkv"
    assert vidcolor("run", made, "-o", usual, *quick).returncode == 0
    ways = ["2>&-", "<&- >&- 2>&-"] + ["2>/dev/full"] * Path("/dev/full").exists()
    for number, to in enumerate(ways):
        film = tmp_path / f"{number}.mkv"
        done = _redirected(to, "run", made, "-o", film, *quick)
        assert done.returncode == 0, to
        assert film.read_bytes() == usual.read_bytes(), to
    assert _redirected("2>&-", "run", "nofile.mkv").returncode == 3


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_behind_standard_output_gets_one_line() -> None:
    done = _redirected(">/dev/full", "models", "--json")
    assert done.returncode == 3
    assert "no space left" in done.stderr
    assert len(done.stderr.splitlines()) == 2, done.stderr


@pytest.mark.parametrize("words", [
    ("run", "LONG.mkv"), ("run", "film.mkv", "-o", "LONG.mkv"), ("probe", "LONG.mkv"),
    ("run", "film.mkv", "-o", "o.mkv", "--model", "LONG.onnx"), ("report", "LONG.mkv"),
    ("stills", "film.mkv", "-o", "LONG"), ("batch", "LONG", "-o", "out"),
])  # fmt: skip
def test_a_name_that_the_system_refuses_gets_one_line(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    make_film(tmp_path / "film.mkv", FilmSpec(frames=2, width=64, height=48))
    long = "ü" * 130
    done = vidcolor(*(tmp_path / w.replace("LONG", long) if "." in w or "LONG" in w else w
                      for w in words))  # fmt: skip
    assert done.returncode in (2, 3)
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 2, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["film.mkv"]


def test_version() -> None:
    assert vidcolor("--version").stdout.startswith("vidcolor 0.")


def test_options_are_the_settings() -> None:
    """Names and defaults of `run` are those of RunConfig: help, API and README cannot drift."""
    options = inspect.signature(cli.run).parameters
    known = {f.name: f.default for f in fields(RunConfig)}
    ours = set(options) - {"source", "output", "overwrite", "restart", "check", "quiet", "as_json"}
    ours -= {"with_report", "jobs", "analysis", "colors", "keep_work", "only_plan", "shard"}
    ours -= {"use", "more", "ray"}
    assert ours == set(known) - {"batch"}
    for name in ours:
        assert options[name].default == known[name]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100:148", ("100", "148")),
        (":48", (None, "48")),
        ("10:", ("10", None)),
        ("0:01:02:0:01:04", ("0:01:02", "0:01:04")),
        ("1:02:1:04", ("1:02", "1:04")),
    ],
)
def test_ranges(text: str, expected: tuple) -> None:
    assert split_range(text) == expected


def test_probe_tells_people_and_programs(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=6, cuts=(3,), audio=("aac",)))
    done = vidcolor("probe", made.path, "--quick")
    assert done.returncode == 0, done.stderr
    assert "6 frames" in done.stdout
    assert "aac, eng, stereo" in done.stdout
    done = vidcolor("probe", made.path, "--json", "--quick", "-o", tmp_path / "out.mp4")
    report = json.loads(done.stdout)
    assert report["picture"]["frames"] == 6
    assert report["run"]["container"] == "mp4"
    missing = vidcolor("probe", tmp_path / "no.mkv", "--quick")
    assert missing.returncode == 3
    assert missing.stderr.startswith("error: ")
    assert "Traceback" not in missing.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["film.mkv"]
