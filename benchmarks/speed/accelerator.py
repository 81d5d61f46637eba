"""`python -m benchmarks accelerator`: what a run reaches on an accelerator, in five minutes.

Frames a second of the chain without an encoder, by the number of frames at once, and how busy the
device is meanwhile; of whole runs with the encoder, in one process and in several; the colorizer as
it is and compiled by torch; RAFT and DIS; and how far the colors are from those of the CPU. Without
an accelerator it runs on the CPU, which measures nothing but shows that it works.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from vidcolor.analysis.film_analysis import FilmAnalysis
from vidcolor.components import Parts, build, choose_device, load_flow
from vidcolor.config import RunConfig
from vidcolor.film import open_film
from vidcolor.metrics.difference import ciede2000
from vidcolor.pipeline import color_frames, refine_frames
from vidcolor.processors import share_threads
from vidcolor.stages.grid import resized
from vidcolor.video.plan.plan import plan_output

from ..machine import machine
from ..store import RUNS, write_json
from . import runs
from .films import SIZES, make_film
from .utilization import Utilization

_COMPARED = 24
"""Frames whose colors are compared with the CPU's."""
_CALLS = 20


def main(args: list[str]) -> None:
    """Measures, prints and writes `accelerator.json`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks accelerator", description=__doc__)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--frames", type=int, default=240)
    parser.add_argument("--sizes", default="480p,1080p")
    parser.add_argument("--batches", default="1,8,24,48", help="frames at once")
    parser.add_argument("--jobs", default="1,4", help="processes of whole runs")
    parser.add_argument("--no-compile", action="store_true", help="leave out torch.compile")
    parser.add_argument("--out", type=Path, help="[default: benchmarks/results, CPU: runs/]")
    options = parser.parse_args(args)
    share_threads()
    device = choose_device(options.device)
    batches = [int(n) for n in options.batches.split(",")]
    jobs = [int(n) for n in options.jobs.split(",")]
    results: dict[str, Any] = {"machine": machine(), "device": _name(device), "sizes": {}}
    config = RunConfig(device=device)
    parts = build(config)
    with TemporaryDirectory() as folder:
        for name in options.sizes.split(","):
            film, work = Path(folder) / f"{name}.mp4", Path(folder) / name
            work.mkdir()
            make_film(film, SIZES[name], options.frames)
            found: dict[str, Any] = {"chain": {}, "runs": {}}
            # kernels are chosen and loaded at the first calls
            chain(film, work, replace(config, batch=batches[-1], end=str(_COMPARED)), parts)
            for batch in batches:
                found["chain"][batch] = chain(film, work, replace(config, batch=batch), parts)
                print(name, "chain, batch", batch, found["chain"][batch], flush=True)
            for count in jobs:
                found["runs"][count] = runs.in_jobs(film, work / "run.mkv", count, device)
                print(name, "run, jobs", count, found["runs"][count], flush=True)
            results["sizes"][name] = found
        few = replace(config, end=str(min(_COMPARED, options.frames)))
        results["ciede2000"] = beside_cpu(film, few, parts, max(batches))
    print("CIEDE2000 from the CPU's colors:", results["ciede2000"], flush=True)
    results["colorizer_ms"] = colorizer_times(parts, batches, compiled=not options.no_compile)
    print("colorizer, ms a frame:", results["colorizer_ms"], flush=True)
    results["flow_ms"] = flow_times(device, batches)
    print("flow, ms a pair:", results["flow_ms"], flush=True)
    on_cpu = device == "cpu"
    write_json(
        (options.out or (RUNS / "results" if on_cpu else Path("benchmarks/results")))
        / "accelerator.json",
        results,
    )


def chain(film: Path, work: Path, config: RunConfig, parts: Parts) -> dict[str, float | None]:
    """Frames a second from decoding to chroma planes, and percent that the device is busy."""
    with open_film(film, config.film) as opened:
        info = opened.info
        plan = plan_output(info, work / "chain.mkv", config.encode)
        known = opened.analyze()
        with opened.frames() as looked, opened.frames() as again:
            colored = color_frames(
                looked, info, known, plan.tags, plan.chroma_size, parts, config, again=again
            )
            with closing(colored), Utilization() as busy:
                began = time.perf_counter()
                frames = sum(1 for _ in colored)
                seconds = time.perf_counter() - began
    return {"frames_per_second": frames / seconds, "utilization": busy.mean}


def beside_cpu(film: Path, config: RunConfig, parts: Parts, batch: int) -> dict[str, float]:
    """CIEDE2000 of an accelerator's colors from the CPU's, over the first frames of a film."""
    on_cpu = build(replace(config, device="cpu"))
    total, worst, count = 0.0, 0.0, 0
    pairs = zip(
        _colors(film, replace(config, batch=batch), parts),
        _colors(film, replace(config, device="cpu"), on_cpu),
        strict=True,
    )
    for here, there in pairs:
        apart = float(ciede2000(here, there).mean())
        total, worst, count = total + apart, max(worst, apart), count + 1
    return {"mean": total / count, "worst_frame": worst, "frames": count}


def _colors(film: Path, config: RunConfig, parts: Parts) -> Iterator[torch.Tensor]:
    """Final Lab `(1, 3, h, w)` of frames, on the CPU."""
    with open_film(film, config.film) as opened:
        known = FilmAnalysis.one_shot(opened.info, opened.info.frame_count or _COMPARED)
        with opened.frames() as frames:
            for item in refine_frames(frames, opened.info, known, parts, config):
                ab = resized(item.ab, (item.L.shape[-2], item.L.shape[-1]))
                yield torch.cat((item.L, ab), dim=1).float().cpu()


def colorizer_times(
    parts: Parts, batches: list[int], *, compiled: bool
) -> dict[str, dict[int, float] | float | str]:
    """Milliseconds a frame of the colorizer; the seconds that compiling takes, or why it fails."""
    found: dict[str, dict[int, float] | float | str] = {}
    colorize: Any = parts.colorizer.colorize
    found["as it is"] = {n: _per_frame(colorize, parts.device, n) for n in batches}
    if compiled:
        fast = torch.compile(colorize)
        began = time.perf_counter()
        try:
            found["compiled"] = {n: _per_frame(fast, parts.device, n) for n in batches}
            found["compiling, seconds"] = time.perf_counter() - began
        except Exception as err:  # a compiler or Triton may be missing: that is the finding
            found["compiled"] = str(err).splitlines()[0][:120]
    return found


def flow_times(device: str, batches: list[int]) -> dict[str, dict[int, float]]:
    """Milliseconds a pair, both ways, of the flows that may be chosen."""
    found = {}
    for name in ("raft", "dis", "raft+dis"):
        flow = load_flow(name, device)
        found[name] = {
            n: _per_frame(lambda L, f=flow: f.both_flows(L / 100, L.flip(-1) / 100), device, n)
            for n in batches
        }
    return found


def _per_frame(work: Any, device: str, count: int) -> float:
    """Milliseconds a frame of calls with `count` frames at the usual working size."""
    L = torch.rand(count, 1, 192, 336, device=device) * 100
    work(L)
    _wait(device)
    began = time.perf_counter()
    calls = max(1, _CALLS // count)
    for _ in range(calls):
        work(L)
    _wait(device)
    return 1000 * (time.perf_counter() - began) / (calls * count)


def _wait(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()


def _name(device: str) -> str:
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device
