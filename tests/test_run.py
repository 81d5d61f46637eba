"""Whole films through the whole chain, with the bundled networks and real codecs."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from flow.consistency import visibility
from tests.films import FilmSpec, MadeFilm, make_film
from tests.reading import read_pictures
from vidcolor import RunConfig, colorize_video
from vidcolor.analysis.film_analysis import FilmAnalysis
from vidcolor.components import build
from vidcolor.errors import ConfigError, PluginError, ResumeError
from vidcolor.film import open_film
from vidcolor.geometry import Area, Size
from vidcolor.metrics import chroma_flicker
from vidcolor.pipeline import color_frames, refine_frames
from vidcolor.stages.grid import resized
from vidcolor.stages.motion import estimate_motion
from vidcolor.stages.values import WorkFrame
from vidcolor.video.segments.segments import work_folder

ROOT = Path(__file__).resolve().parents[1]
LOSSLESS = RunConfig(crf=0, work_size=128, preset="ultrafast")


def film(folder: Path, **settings: object) -> MadeFilm:
    spec = replace(FilmSpec(frames=14, width=160, height=96, cuts=(6,)), **settings)
    return make_film(folder / "film.mkv", spec)


@pytest.mark.parametrize(
    ("pix_fmt", "size"),
    [
        ("yuv420p", (160, 96)),
        ("gray", (160, 96)),
        ("yuv422p", (160, 96)),
        ("yuv444p", (161, 97)),
        ("yuv420p10le", (160, 96)),
    ],
)
def test_luma_and_times_are_the_films_own(
    tmp_path: Path, pix_fmt: str, size: tuple[int, int]
) -> None:
    codec = "ffv1" if pix_fmt == "gray" else "libx264"
    made = film(tmp_path, pix_fmt=pix_fmt, codec=codec, width=size[0], height=size[1])
    result = colorize_video(made.path, tmp_path / "out.mkv", LOSSLESS)
    out = read_pictures(tmp_path / "out.mkv")
    assert result.frames == len(out.y) == len(made.luma)
    assert all(np.array_equal(a, b) for a, b in zip(out.y, made.luma, strict=True))
    assert out.times == read_pictures(made.path).times
    neutral = 2 ** (9 if "10" in pix_fmt else 7)
    assert max(np.abs(plane.astype(int) - neutral).max() for plane in out.u + out.v) > 4


def test_a_film_of_uneven_rhythm_with_everything_aboard(tmp_path: Path) -> None:
    pts = [0, 40, 80, 200, 210, 250, 400, 440, 480, 900]
    made = film(
        tmp_path,
        frames=len(pts),
        pts=pts,
        time_base=Fraction(1, 1000),
        audio=("aac", "aac"),
        subtitles=("srt",),
        chapters=((0, 0.2, "one"), (0.2, 0.9, "two")),
        attachments=(("font.ttf", "application/x-truetype-font", b"x" * 99),),
        metadata={"title": "A film"},
        sample_aspect_ratio=Fraction(4, 3),
    )
    colorize_video(made.path, tmp_path / "out.mkv", LOSSLESS)
    assert read_pictures(tmp_path / "out.mkv").times == read_pictures(made.path).times

    def packets(path: Path) -> dict[int, list[bytes]]:
        with av.open(str(path)) as container:
            found: dict[int, list[bytes]] = {}
            for packet in container.demux([s for s in container.streams if s.type != "video"]):
                if packet.size:
                    found.setdefault(packet.stream.index, []).append(bytes(packet))
            return found

    assert packets(tmp_path / "out.mkv") == packets(made.path)
    with av.open(str(tmp_path / "out.mkv")) as out, av.open(str(made.path)) as source:
        assert out.metadata["title"] == "A film"
        assert "vidcolor" in out.metadata.get("COMMENT", out.metadata.get("comment", ""))
        assert [c["metadata"] for c in out.chapters()] == [c["metadata"] for c in source.chapters()]
        assert [a.data for a in out.streams.attachments] == [b"x" * 99]
        assert out.streams.video[0].sample_aspect_ratio == Fraction(4, 3)


def test_a_range_is_exactly_those_frames(tmp_path: Path) -> None:
    made = film(tmp_path, frames=20, b_frames=2, audio=("aac",))
    config = replace(LOSSLESS, start="5", end="11")
    result = colorize_video(made.path, tmp_path / "out.mkv", config)
    out = read_pictures(tmp_path / "out.mkv")
    assert result.frames == 6
    assert all(np.array_equal(a, b) for a, b in zip(out.y, made.luma[5:11], strict=True))


def test_strength_zero_is_gray_and_more_is_more(tmp_path: Path) -> None:
    made = film(tmp_path, frames=3)
    spread = []
    for strength in (0.0, 0.5, 1.0):
        target = tmp_path / f"{strength}.mkv"
        colorize_video(made.path, target, replace(LOSSLESS, strength=strength))
        out = read_pictures(target)
        spread.append(float(np.mean([np.abs(p.astype(int) - 128).mean() for p in out.u + out.v])))
    assert spread[0] == 0
    assert spread[0] < spread[1] < spread[2]


def test_an_interrupted_run_ends_in_the_same_film(tmp_path: Path) -> None:
    made = film(tmp_path, frames=23, cuts=(9,), b_frames=1)
    config = replace(LOSSLESS, unit_frames=5)
    colorize_video(made.path, tmp_path / "whole.mkv", config)

    def stop(done: int, total: int | None) -> None:
        if done == 13:
            raise KeyboardInterrupt

    target = tmp_path / "broken.mkv"
    with pytest.raises(KeyboardInterrupt):
        colorize_video(made.path, target, config, progress=stop)
    assert not target.exists()
    # Other settings must not be mixed into begun work.
    with pytest.raises(ResumeError, match="strength"):
        colorize_video(made.path, target, replace(config, strength=0.5))
    result = colorize_video(made.path, target, config)
    assert result.resumed_at == 9
    assert result.shots == 2
    assert (tmp_path / "whole.mkv").read_bytes() == target.read_bytes()
    assert not work_folder(target).exists()


def test_a_run_that_finished_no_unit_leaves_the_analysis_alone(tmp_path: Path) -> None:
    made = film(tmp_path, frames=6)

    def stop(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        colorize_video(made.path, tmp_path / "out.mkv", LOSSLESS, progress=stop)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["film.mkv", "out.mkv.vidcolor"]
    left = sorted(p.name for p in work_folder(tmp_path / "out.mkv").iterdir())
    assert left == ["analysis.json", "lock"]


def test_restart_forgets_begun_work(tmp_path: Path) -> None:
    made = film(tmp_path, frames=12)
    config = replace(LOSSLESS, unit_frames=4)

    def stop(done: int, total: int | None) -> None:
        if done == 6:
            raise KeyboardInterrupt

    target = tmp_path / "out.mkv"
    with pytest.raises(KeyboardInterrupt):
        colorize_video(made.path, target, config, progress=stop)
    other = replace(config, strength=0.5)
    assert colorize_video(made.path, target, other, restart=True).resumed_at == 0


def test_bad_wishes_are_refused_before_any_work(tmp_path: Path) -> None:
    made = film(tmp_path, frames=2)
    with pytest.raises(PluginError, match="nonsense"):
        colorize_video(made.path, tmp_path / "out.mkv", RunConfig(model="nonsense"))
    with pytest.raises(ConfigError, match="device"):
        colorize_video(made.path, tmp_path / "out.mkv", RunConfig(device="cuda:7"))
    with pytest.raises(ConfigError):
        colorize_video(made.path, made.path, overwrite=True)
    (tmp_path / "there.mkv").write_bytes(b"mine")
    with pytest.raises(ConfigError, match="exists"):
        colorize_video(made.path, tmp_path / "there.mkv")
    assert (tmp_path / "there.mkv").read_bytes() == b"mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["film.mkv", "there.mkv"]


def test_frames_are_not_hoarded(tmp_path: Path) -> None:
    """No stage runs further ahead than the queues between the threads allow."""
    made = film(tmp_path, frames=120, width=64, height=64)
    config = RunConfig(refiner="none", work_size=128)
    with open_film(made.path) as opened, opened.frames() as source:
        taken = 0

        def counting():
            nonlocal taken
            for frame in source:
                taken += 1
                yield frame

        parts = build(config)
        info = source.info
        analysis = FilmAnalysis.one_shot(info, 120)
        colored = color_frames(counting(), info, analysis, info.tags, Size(32, 32), parts, config)
        for given, _ in enumerate(colored, start=1):
            assert taken - given <= 32
        assert given == 120


@pytest.mark.slow
def test_a_film_ten_times_longer_needs_no_more_memory(tmp_path: Path) -> None:
    script = (
        "import resource, sys; from vidcolor import RunConfig, colorize_video\n"
        "colorize_video(sys.argv[1], sys.argv[2], RunConfig(work_size=128, unit_frames=50))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peaks = []
    for frames in (40, 400):
        made = make_film(tmp_path / f"{frames}.mkv", FilmSpec(frames=frames, width=320, height=240))
        done = subprocess.run(
            [sys.executable, "-c", script, str(made.path), str(tmp_path / f"{frames}.out.mkv")],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
        peaks.append(int(done.stdout) / 1024)
    # 360 more frames of this size are 41 MB of luma and 35 MB of lightness: hoarding would show.
    assert peaks[1] < peaks[0] + 40, f"peak memory in MB: {peaks}"


def test_the_refiner_takes_flicker_out_of_the_sample(samples: Path) -> None:
    """Flicker of small colors along the flow, with and without the refiner, on the sample."""
    source = sorted(p for p in samples.glob("*.mp4") if ".color" not in p.name)[0]
    flicker = {}
    config = RunConfig(end="24")
    for refiner in ("none", "recurrent", "bidirectional"):
        parts = build(replace(config, refiner=refiner))
        steady = build(config).flow
        with open_film(source, config.film) as film:
            analysis = film.analyze()
            with film.frames() as frames:
                items = list(refine_frames(frames, film.info, analysis, parts, config))
        lights = [i.L.float() / 100 for i in items]
        colors = [resized(i.ab, lights[0].shape[-2:]) for i in items]
        assert steady is not None
        values = []
        for a in range(0, len(items) - 2):
            if len({analysis.shot_at(i.index).start for i in items[a : a + 3]}) > 1:
                continue
            features = [steady.encode(x) for x in lights[a : a + 3]]
            to_old, from_old = steady.flows(features[1], features[0])
            from_new, to_new = steady.flows(features[2], features[1])
            seen = [visibility(to_old, from_old), visibility(to_new, from_new)]
            values.append(float(chroma_flicker(colors[a : a + 3], [to_old, to_new], seen)))
        flicker[refiner] = float(np.mean(values))
    print(f"flicker along the flow: {flicker}")
    assert flicker["recurrent"] < 0.6 * flicker["none"]
    assert flicker["bidirectional"] < 0.3 * flicker["none"]


def test_flow_is_not_asked_across_a_cut() -> None:
    class Watcher:
        name = "watcher"
        calls = 0

        def encode(self, luma: torch.Tensor) -> torch.Tensor:
            return luma

        def flows(self, cur: torch.Tensor, prev: torch.Tensor) -> tuple:
            self.calls += 1
            flow = torch.zeros(1, 2, *cur.shape[-2:])
            return flow, flow

    items = [
        WorkFrame(
            i,
            torch.zeros(1, 1, 8, 8),
            Area(0, 0, 8, 8),
            starts_shot=i in (0, 3),
        )
        for i in range(6)
    ]
    watcher = Watcher()
    motions = [i.motion is not None for i in estimate_motion(items, watcher, None)]
    assert motions == [False, True, True, False, True, True]
    assert watcher.calls == 4
