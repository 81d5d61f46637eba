"""`python -m benchmarks speed`: where the time goes, stage by stage, and whole runs.

Stages are timed one after another in one thread, in processor time; runs as users have them, each
in a process of its own, beside the plain transcode of the same film, and beside runs without
networks and with quicker encoders, all in turns. Then one frame in the networks of the literature,
beside ours (see `peers.py`). Machines are noisy: compare within one run only.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import torch

from vidcolor.components import Parts, build
from vidcolor.config import RunConfig
from vidcolor.processors import available_cores
from vidcolor.speed.stages import measure_stages

from ..machine import machine
from ..store import RUNS, write_json
from . import limits, peers, picture, runs, tables, timeline
from .films import DEEP, FRAMES, SIZES, make_film

PARTS = ("stages", "runs", "growth", "start", "timeline", "peers")
"""What is measured; `--against` adds the comparison with another checkout."""
_WHOLE = ("start", "busy_cores", "growth", "peers")
"""Results that are not of one size."""
_STAGE_FRAMES = 60
_GROWTH = "240p", (100, 300, 1000, 3000)
_START = "480p", 24


def main(args: list[str]) -> None:
    """Measures, prints the tables and writes them with their JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks speed", description=__doc__)
    parser.add_argument("--frames", type=int, help="of each film [as the size needs]")
    parser.add_argument("--sizes", default="480p,1080p,2160p")
    parser.add_argument("--flow", default="auto")
    parser.add_argument("--refiner", default=RunConfig().refiner)
    parser.add_argument("--rounds", type=int, default=2, help="of runs in turn, and of networks")
    parser.add_argument(
        "--parts",
        default=",".join(PARTS),
        help="what to measure [all]; less goes under runs/, or with --out beside what is there",
    )
    parser.add_argument("--quick", action="store_true", help="60 frames at 480p, no long runs")
    parser.add_argument("--jobs", type=int, default=1, help="time a run of so many processes too")
    parser.add_argument("--against", type=Path, help="another checkout, timed in turn with this")
    parser.add_argument("--against-name", default="the earlier version", help="in the table")
    parser.add_argument("--pairs", type=int, default=2, help="of runs, with --against")
    parser.add_argument("--out", type=Path, help="[default: benchmarks/results, or under runs/]")
    options = parser.parse_args(args)
    parts = options.parts.split(",")
    if wrong := set(parts) - set(PARTS):
        parser.error(f"--parts: {', '.join(sorted(wrong))}; there are {', '.join(PARTS)}")
    if options.quick:
        options.frames, options.sizes, options.rounds = 60, "480p", 1
        parts = [part for part in parts if part != "growth"]
    is_whole = not options.quick and set(parts) == set(PARTS)
    out = options.out or (Path("benchmarks/results") if is_whole else RUNS / "results")
    out.mkdir(parents=True, exist_ok=True)
    config = RunConfig(flow=options.flow, refiner=options.refiner)
    results: dict[str, Any] = {
        "machine": machine(),
        "config": config.to_dict(),
        "sizes": {},
    }
    with TemporaryDirectory() as folder:
        for name in options.sizes.split(","):
            work = Path(folder) / name
            work.mkdir()
            results["sizes"][name] = _size(name, work, config, parts, options, results)
        if "start" in parts:
            results["start"] = _start(Path(folder), config, options.rounds)
        if "timeline" in parts:
            results["busy_cores"] = _timeline(Path(folder), config, options, out)
        if "growth" in parts:
            results["growth"] = _growth(Path(folder), config)
    if "peers" in parts:
        results["peers"] = peers.time_peers(options.rounds)
    if not (is_whole or options.quick):
        results = with_earlier(results, out / "speed.json")
    write_json(out / "speed.json", results)
    (out / "speed.md").write_text(tables.page(results))
    print(tables.page(results))


def with_earlier(results: dict[str, Any], path: Path) -> dict[str, Any]:
    """Results with the parts that they lack from an earlier file, if it is of such a machine.

    `earlier` names these parts; the rows of the sizes are the new ones.
    """
    if not path.is_file():
        return results
    before = json.loads(path.read_text())
    one, other = ({**r["machine"], "load_before": None} for r in (before, results))
    if one != other or before["config"] != results["config"]:
        return results
    lacking = [part for part in _WHOLE if part in before and part not in results]
    return results | {part: before[part] for part in lacking} | {"earlier": lacking}


def _size(
    name: str,
    work: Path,
    config: RunConfig,
    parts: list[str],
    options: argparse.Namespace,
    results: dict[str, Any],
) -> dict[str, Any]:
    """Stages and runs of a film of one size."""
    # fewer frames, and one round
    is_large = name == DEEP
    frames = _frames(name, options.frames)
    film = work / "film.mp4"
    make_film(film, SIZES[name], frames, deep=is_large)
    found: dict[str, Any] = {"frames": frames}
    if "runs" in parts:
        variants: dict[str, dict[str, Any]] = {"no networks": {"networks": False}}
        if not is_large:
            for more in ({"preset": "ultrafast"}, {"codec": "ffv1"}):
                changed = RunConfig(**config.to_dict() | more)
                variants[more.popitem()[1]] = {"config": changed}
        rounds = 1 if is_large else options.rounds
        found["runs"] = runs.in_turn(film, work, config, variants, rounds)
    if options.jobs > 1:
        found["in_processes"] = runs.in_jobs(film, work / "jobs.mkv", options.jobs)
        results["jobs"] = options.jobs
    if options.against is not None and not is_large:
        results["against"] = options.against_name
        found["against"] = runs.against(film, work, options.against.resolve(), options.pairs)
    if "stages" in parts:
        networks = _loaded(config)
        if "limits" not in results:
            results["limits"] = asdict(limits.measure_limits())
        few = RunConfig(**config.to_dict() | {"end": str(min(frames, _STAGE_FRAMES))})
        times = measure_stages(film, work, few, networks)
        found["stages_ms"] = {k: 1000 * v for k, v in times.seconds.items()}
        needed = limits.needs(name, networks, config.work_size)
        here = limits.Limits(**results["limits"])
        found["limits"] = limits.beside_limits(found["stages_ms"], needed, here)
    return found


def _frames(name: str, asked: int | None) -> int:
    """Frames of a film of a size; of the largest an eighth of what is asked for."""
    if asked is None:
        return FRAMES[name]
    return asked // 8 if name == DEEP else asked


def _loaded(config: RunConfig) -> Parts:
    """Networks, with one thread for each stage."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    return build(config)


def _start(folder: Path, config: RunConfig, rounds: int) -> dict[str, Any]:
    """From the start of the process to the first frame of a short film."""
    size, frames = _START
    film = folder / "start.mp4"
    make_film(film, SIZES[size], frames)
    rows = [runs.run(film, folder / "start.mkv", config) for _ in range(rounds)]
    return {"size": size, "frames": frames} | runs.middle(rows)


def _timeline(folder: Path, config: RunConfig, options: argparse.Namespace, out: Path) -> float:
    """Draws a run of the second size, or of the only one."""
    size = options.sizes.split(",")[:2][-1]
    film, record = folder / "timeline.mp4", folder / "timeline.json"
    frames = _frames(size, options.frames)
    make_film(film, SIZES[size], frames)
    runs.run(film, folder / "timeline.mkv", config, timeline=str(record))
    found = json.loads(record.read_text())
    title = f"a run of {frames} frames at {size}, default settings"
    (out / "speed.svg").write_text(picture.svg(found, title, available_cores()))
    return timeline.busy_cores(found)


def _growth(folder: Path, config: RunConfig) -> dict[str, Any]:
    """Runs of films of one size and more and more frames."""
    size, lengths = _GROWTH
    rows = {}
    for frames in lengths:
        film = folder / "growth.mp4"
        make_film(film, SIZES[size], frames)
        rows[str(frames)] = runs.run(film, folder / "growth.mkv", config)
    return {"size": size, "rows": rows}
