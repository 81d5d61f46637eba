"""`python -m benchmarks speed`: where the time goes, stage by stage, and a whole run.

Stages are timed one after another in one thread; the run as users have it, in a process of its
own, so that its memory can be read off. Then one frame in the networks of the literature, beside
ours (see `peers.py`). Machines are noisy: compare within one run only.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import av
import cv2
import numpy as np

from vidcolor.components import build
from vidcolor.config import RunConfig
from vidcolor.film import open_film
from vidcolor.processors import share_threads
from vidcolor.stages.choice import choose_colored
from vidcolor.stages.chroma import to_chroma
from vidcolor.stages.colorize import colorize_batches
from vidcolor.stages.lightness import to_lightness
from vidcolor.stages.motion import estimate_motion
from vidcolor.stages.refine import refine
from vidcolor.video.plan.plan import plan_output
from vidcolor.video.segments.sink import SegmentWriter

from ..machine import machine
from ..store import RUNS, write_json
from . import peers

T = TypeVar("T")

_SIZES = {"480p": (854, 480), "1080p": (1920, 1080)}
_ROOT = Path(__file__).parents[2]
_SAMPLE = _ROOT / "samples" / "launch.mp4"
_RUN = """
import json, resource, sys, time
from vidcolor import Film, RunConfig, processors, run
seconds = {"verify": 0.0, "analyze": 0.0}
def timed(name, function):
    def call(*words, **options):
        began = time.perf_counter()
        try:
            return function(*words, **options)
        finally:
            seconds[name] += time.perf_counter() - began
    return call
run.verify = timed("verify", run.verify)
Film.analyze = timed("analyze", Film.analyze)
processors.share_threads()
config, jobs = RunConfig(**json.loads(sys.argv[3])), int(sys.argv[4])
result = run.colorize_video(sys.argv[1], sys.argv[2], config, jobs=jobs)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report = {"fps": result.frames_per_second, "peak_mb": peak / 1024}
report |= {f"{name}_share": spent / result.seconds for name, spent in seconds.items()}
print(json.dumps(report))
"""


def make_film(path: Path, size: tuple[int, int], frames: int) -> None:
    """The sample film enlarged to `size` (width, height) and run to and fro for `frames`."""
    with av.open(str(_SAMPLE)) as source:
        luma = [np.ascontiguousarray(f.to_ndarray(format="gray")) for f in source.decode(video=0)]
    order = [*range(len(luma)), *range(len(luma) - 2, 0, -1)]
    width, height = size
    with av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=24, options={"crf": "18"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for i in range(frames):
            big = cv2.resize(luma[order[i % len(order)]], size, interpolation=cv2.INTER_CUBIC)
            planes = np.concatenate(
                (big.ravel(), np.full(2 * ((width + 1) // 2) * ((height + 1) // 2), 128, np.uint8))
            )
            frame = av.VideoFrame.from_ndarray(planes.reshape(-1, width), format="yuv420p")
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))


class Stage(Iterator[T]):
    """Passes items on and sums up the time spent in making them, all earlier stages included."""

    def __init__(self, name: str, items: Iterable[T]) -> None:
        self.name = name
        self.seconds = 0.0
        self._items = iter(items)

    def __next__(self) -> T:
        began = time.perf_counter()
        try:
            return next(self._items)
        finally:
            self.seconds += time.perf_counter() - began


def time_stages(film: Path, work: Path, config: RunConfig) -> dict[str, float]:
    """Milliseconds a frame of every stage, each with all the threads that a run gives it.

    The analysis decodes the film in a thread of its own: its figure is time by the clock.
    """
    with open_film(film, config.film) as opened:
        info = opened.info
        plan = plan_output(info, work / "out.mp4", config.encode)
        parts = build(config)
        began = time.perf_counter()
        analysis = opened.analyze()
        analyze = time.perf_counter() - began
        size = info.geometry.working_size(config.work_size)
        with opened.frames() as source, opened.frames() as again:
            decode = Stage("decode", source)
            work_frames = Stage(
                "lightness", to_lightness(decode, info, analysis, size, parts.device)
            )
            whole = parts.sees_shots
            moving = Stage("flow", estimate_motion(work_frames, parts.flow, None, both_ways=whole))
            chosen = choose_colored(moving, ()) if whole and not config.every_frame else moving
            colored = Stage("colorize", colorize_batches(chosen, parts.colorizer, config.batch))
            most = config.unit_frames
            steady = refine(colored, parts.refiner, None, end=None, most=most)
            refined = Stage("refine", steady)
            twice = Stage("decode again", again)
            chroma = Stage(
                "chroma",
                to_chroma(twice, refined, info, plan.tags, plan.chroma_size),
            )
            encode = 0.0
            with SegmentWriter(plan, work / "segment.nut") as writer:
                for item in chroma:
                    began = time.perf_counter()
                    writer.write(item.frame, item.u, item.v)
                    encode += time.perf_counter() - began
    chroma.seconds -= twice.seconds
    stages: list[Stage[Any]] = [decode, work_frames, moving, colored, refined, chroma]
    own = {"analyze": analyze / analysis.frames * 1000}
    before = 0.0
    for stage in stages:
        own[stage.name] = (stage.seconds - before) / analysis.frames * 1000
        before = stage.seconds
    per_frame = 1000 / analysis.frames
    return own | {"decode again": twice.seconds * per_frame, "encode": encode * per_frame}


def time_against(film: Path, work: Path, other: Path, rounds: int) -> dict[str, Any]:
    """Frames a second of `vidcolor run` in this checkout and in another one, in turn."""
    fps: dict[str, list[float]] = {"this": [], "other": []}
    for _ in range(rounds):
        for name, tree in (("other", other), ("this", _ROOT)):
            words = ["run", str(film), "-o", str(work / f"{name}.mp4"), "-y", "--json"]
            done = subprocess.run(
                [sys.executable, "-m", "vidcolor", *words],
                check=True,
                capture_output=True,
                text=True,
                cwd=tree,
                env=os.environ | {"PYTHONPATH": str(tree)},
            )
            fps[name].append(json.loads(done.stdout)["frames_per_second"])
    pairs = zip(fps["other"], fps["this"], strict=True)
    return fps | {"seconds_ratio": median(o / t for o, t in pairs)}


def time_run(film: Path, output: Path, config: RunConfig, jobs: int = 1) -> dict[str, float]:
    """Frames a second, peak memory in MB and the share of time that the check of the finished film
    took, of a whole run in a process of its own.
    """
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            _RUN,
            str(film),
            str(output),
            json.dumps(config.to_dict()),
            str(jobs),
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


def table(results: dict[str, Any]) -> str:
    """The results as a Markdown table."""
    sizes = list(results["sizes"])
    lines = [
        "| milliseconds a frame | " + " | ".join(sizes) + " |",
        "|---|" + "--:|" * len(sizes),
    ]
    first = results["sizes"][sizes[0]]
    for stage in first["stages_ms"]:
        cells = [f"{results['sizes'][s]['stages_ms'][stage]:.1f}" for s in sizes]
        lines.append(f"| {stage} | " + " | ".join(cells) + " |")
    for key, label, form in (
        ("fps", "**whole run, frames a second**", "{:.1f}"),
        ("peak_mb", "peak memory, MB", "{:.0f}"),
        ("analyze_share", "analysis of the film, share of the run", "{:.1%}"),
        ("verify_share", "check of the finished film, share of the run", "{:.1%}"),
    ):
        if any(key not in results["sizes"][s]["run"] for s in sizes):
            continue  # results of an earlier version
        cells = [form.format(results["sizes"][s]["run"][key]) for s in sizes]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    if all("in_processes" in results["sizes"][s] for s in sizes):
        cells = [f"{results['sizes'][s]['in_processes']['fps']:.1f}" for s in sizes]
        lines.append(
            f"| with --jobs {results['jobs']}, frames a second | " + " | ".join(cells) + " |"
        )
    if all("against" in results["sizes"][s] for s in sizes):
        cells = [f"{results['sizes'][s]['against']['seconds_ratio']:.3f}" for s in sizes]
        label = f"time of a run over that of {results['against']}, median of pairs"
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def peers_table(results: dict[str, Any]) -> str:
    """One frame in every network, as a Markdown table."""
    return peers.table(results["peers"])


def main(args: list[str]) -> None:
    """Measures, prints the table and writes it with its JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks speed", description=__doc__)
    parser.add_argument("--frames", type=int, default=200)
    parser.add_argument("--sizes", default="480p,1080p")
    parser.add_argument("--flow", default="auto")
    parser.add_argument("--refiner", default=RunConfig().refiner)
    parser.add_argument("--rounds", type=int, default=5, help="of one frame in every network")
    parser.add_argument("--quick", action="store_true", help="60 frames at 480p, one round")
    parser.add_argument("--jobs", type=int, default=1, help="time a run of so many processes too")
    parser.add_argument("--against", type=Path, help="another checkout, timed in turn with this")
    parser.add_argument("--against-name", default="the earlier version", help="in the table")
    parser.add_argument("--pairs", type=int, default=3, help="of runs, with --against")
    parser.add_argument("--out", type=Path, help="[default: benchmarks/results, or under runs/]")
    options = parser.parse_args(args)
    if options.quick:
        options.frames, options.sizes, options.rounds = 60, "480p", 1
    share_threads()
    config = RunConfig(flow=options.flow, refiner=options.refiner)
    results: dict[str, Any] = {
        "machine": machine(),
        "frames": options.frames,
        "config": config.to_dict(),
        "sizes": {},
    }
    with TemporaryDirectory() as folder:
        for name in options.sizes.split(","):
            film = Path(folder) / f"{name}.mp4"
            make_film(film, _SIZES[name], options.frames)
            work = Path(folder) / name
            work.mkdir()
            results["sizes"][name] = {
                "run": time_run(film, work / "run.mp4", config),
                "stages_ms": time_stages(film, work, config),
            }
            if options.jobs > 1:
                results["jobs"] = options.jobs
                results["sizes"][name]["in_processes"] = time_run(
                    film, work / "jobs.mp4", config, options.jobs
                )
            if options.against is not None:
                results["against"] = options.against_name
                results["sizes"][name]["against"] = time_against(
                    film, work, options.against.resolve(), options.pairs
                )
    results["peers"] = peers.time_peers(options.rounds)
    out = options.out or (RUNS / "results" if options.quick else Path("benchmarks/results"))
    write_json(out / "speed.json", results)
    page = f"{table(results)}\nOne frame, one thread:\n\n{peers_table(results)}"
    (out / "speed.md").write_text(page)
    print(page)
