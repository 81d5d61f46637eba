"""`python -m benchmarks scale`: one film in one process, in two, in two shards, and on Ray.

Every way runs in a process of its own. Start-up (imports, networks, Ray) and the analysis are timed
apart; frames a second are those of coloring and putting together. A process colors, reads and
encodes in threads side by side, so that one worker alone would use more than one core: what is
compared is a worker held to one core with as many workers as cores. Two films at once, a core each,
share nothing but the machine: no way can be faster there. Linux alone.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from ..machine import machine
from ..speed.films import make_film
from ..store import RUNS, write_json
from .simulate import scenarios, simulate

_SIZE = (854, 480)
_ONE = "one process, one core"
_SCRIPT = """
import json, os, sys, time
began = float(sys.argv[5])
os.sched_setaffinity(0, json.loads(sys.argv[6]))
from pathlib import Path
from vidcolor import RunConfig, processors, run
from vidcolor.shards.color_share import color_share
from vidcolor.shards.share import Shard
from vidcolor.workers.choose import choose_workers
film, output, way, count = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
processors.share_threads()
marks = {}
def analyzed(done, total):
    marks.setdefault("first", time.time())
    marks["analyzed"] = time.time()
if way == "ray":
    import ray
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray.init(num_cpus=count, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
jobs, address = (count if way == "jobs" else 1), ("local" if way == "ray" else None)
config = RunConfig(device="cpu")
with choose_workers(jobs, address) as workers:
    if way.startswith("shard"):
        shard = Shard(int(way[5:]), count)
        color_share(film, output, config, shard, workers, analysis_progress=analyzed)
    else:
        run.colorize_video(film, output, config, workers=workers, analysis_progress=analyzed)
end = time.time()
first = marks.get("first", end)
print(json.dumps({"begun": began, "first": first, "analyzed": marks.get("analyzed"), "end": end}))
"""


class Way(NamedTuple):
    """How one process of a measurement colors, and the processors it may use."""

    name: str
    workers: int
    cores: Sequence[int]


def _start(film: Path, output: Path, way: Way) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", _SCRIPT, str(film), str(output), way.name, str(way.workers)]
    words += [str(time.time()), json.dumps(list(way.cores))]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def _tree_mb(roots: list[int]) -> dict[str, float]:
    """Resident memory of processes and all below them in MB, by what they are; Linux alone."""
    parents: dict[int, int] = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(place.name)] = int(
                (place / "stat").read_text().rsplit(")", 1)[1].split()[1]
            )
        except (OSError, ValueError, IndexError):
            continue
    found: dict[str, float] = {}
    for pid in parents:
        above = pid
        while above not in roots and above in parents:
            above = parents[above]
        if above not in roots:
            continue
        try:
            words = (Path("/proc") / str(pid) / "cmdline").read_bytes().split(b"\0")
            pages = int((Path("/proc") / str(pid) / "statm").read_text().split()[1])
        except (OSError, ValueError, IndexError):
            continue
        kind = _kind(words, is_root=pid in roots)
        found[kind] = found.get(kind, 0) + pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return found


def _kind(words: list[bytes], *, is_root: bool) -> str:
    if is_root:
        return "driver"
    name = words[0].decode(errors="replace")
    if name.startswith("ray::") and "IDLE" not in name and "color" in name:
        return "workers"
    if b"spawn_main" in b" ".join(words):
        return "workers"
    return "ray's own" if "ray" in b" ".join(words).decode(errors="replace") else "helpers"


def measure(film: Path, folder: Path, ways: Sequence[Way], frames: int) -> dict[str, Any]:
    """One way of coloring a film: seconds, frames a second, memory by kind of process.

    Args:
        film: the film.
        folder: for the outputs, empty.
        ways: of the processes that are started at the same time.
        frames: of the film.
    """
    outputs = [folder / f"{number}.mp4" for number in range(len(ways))]
    if ways[0].name.startswith("shard"):
        outputs = outputs[:1] * len(ways)
    running = [_start(film, output, way) for output, way in zip(outputs, ways, strict=True)]
    peak: dict[str, float] = {}
    while any(process.poll() is None for process in running):
        for kind, size in _tree_mb([p.pid for p in running]).items():
            peak[kind] = max(peak.get(kind, 0), size)
        time.sleep(1)
    if any(process.returncode for process in running):
        raise SystemExit(f"{ways} failed")
    said = [json.loads(process.communicate()[0].splitlines()[-1]) for process in running]
    analyzed = max(s["analyzed"] for s in said if s["analyzed"] is not None)
    end = max(s["end"] for s in said)
    return {
        "startup_s": min(s["first"] for s in said) - said[0]["begun"],
        "analysis_s": analyzed - min(s["first"] for s in said),
        "color_s": end - analyzed,
        "fps": frames * len(set(outputs)) / (end - analyzed),
        "whole_s": end - said[0]["begun"],
        "peak_mb": {kind: round(size) for kind, size in peak.items()},
        "bytes": outputs[0].read_bytes(),
    }


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = [
        "| way | start-up, s | analysis, s | coloring, s | frames a second | / one core | MB |",
        "|---|--:|--:|--:|--:|--:|---|",
    ]
    one = results["ways"].get(_ONE, {}).get("fps")
    for name, row in results["ways"].items():
        ratio = "-" if one is None else f"{row['fps'] / one:.2f}"
        memory = ", ".join(f"{kind} {size}" for kind, size in sorted(row["peak_mb"].items()))
        lines.append(
            f"| {name} | {row['startup_s']:.1f} | {row['analysis_s']:.1f} | {row['color_s']:.1f} | "
            f"{row['fps']:.1f} | {ratio} | {memory} |"
        )
    return "\n".join(lines) + "\n"


def simulation_table(results: dict[str, Any]) -> str:
    """The simulation as Markdown."""
    names = {"shards": "500 shards", "small_shards": "5000 shards", "ray": "Ray"}
    heads = " | ".join(f"{name}, h | efficient" for name in names.values())
    lines = [f"| simulated | ideal, h | {heads} |", "|---|" + "--:|" * (1 + 2 * len(names))]
    for name, row in results["simulated"].items():
        cells = " | ".join(
            f"{row[way]['hours']:.1f} | {row[way]['efficiency']:.0%}" for way in names
        )
        lines.append(f"| {name} | {row['ideal_hours']:.1f} | {cells} |")
    return "\n".join(lines) + "\n"


def main(args: list[str]) -> None:
    """Measures, simulates, and writes the tables with their JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks scale", description=__doc__)
    parser.add_argument("--frames", type=int, default=3000)
    parser.add_argument("--quick", action="store_true", help="120 frames, small simulation")
    parser.add_argument("--simulate", action="store_true", help="the simulation alone")
    parser.add_argument("--out", type=Path, help="[default: benchmarks/results, or under runs/]")
    options = parser.parse_args(args)
    frames = 120 if options.quick else options.frames
    out = options.out or (RUNS / "results" if options.quick else Path("benchmarks/results"))
    results: dict[str, Any] = {"machine": machine(), "frames": frames, "ways": {}}
    old = out / "scale.json"
    if options.simulate and old.exists():
        results = json.loads(old.read_text())
    else:
        results["ways"] = {} if options.simulate else _ways(frames)
    plans = scenarios()
    if options.quick:
        plans = {name: plan for name, plan in plans.items() if plan.films < 1000}
    results["simulated"] = {
        name: simulate(plan) | {"plan": asdict(plan)} for name, plan in plans.items()
    }
    write_json(old, results)
    measured = f"{table(results)}\n" if results["ways"] else ""
    page = f"{measured}{simulation_table(results)}"
    (out / "scale.md").write_text(page)
    print(page)


def _ways(frames: int) -> dict[str, Any]:
    first, second, *_ = sorted(os.sched_getaffinity(0))
    one, both = [first], [first, second]
    cases = {
        _ONE: [Way("jobs", 1, one)],
        "one process, two cores": [Way("jobs", 1, both)],
        "--jobs 2, two cores": [Way("jobs", 2, both)],
        "two shards, a core each": [Way("shard1", 2, one), Way("shard2", 2, [second])],
        "two films at once, a core each": [Way("jobs", 1, one), Way("jobs", 1, [second])],
    }
    if importlib.util.find_spec("ray") is not None:
        cases["Ray, one worker, one core"] = [Way("ray", 1, one)]
        cases["Ray, two workers, two cores"] = [Way("ray", 2, both)]
    found: dict[str, Any] = {}
    with TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        make_film(film, _SIZE, frames)
        films = set()
        for name, ways in cases.items():
            with TemporaryDirectory(dir=folder) as outputs:
                found[name] = measure(film, Path(outputs), ways, frames)
            films.add(found[name].pop("bytes"))
            print(f"{name}: {found[name]['fps']:.1f} frames a second", flush=True)
    if len(films) != 1:
        raise SystemExit("the films differ")
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
