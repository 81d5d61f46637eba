"""Whole runs, each in a process of its own: the clock, processor time and memory of each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from vidcolor.config import RunConfig
from vidcolor.film import open_film
from vidcolor.video.plan.plan import plan_output

from .films import ROOT, TRANSCODE

Row = dict[str, float]


def child(words: list[str], tree: Path = ROOT) -> Row:
    """What a Python process says as JSON, with its processor seconds and those from its call on.

    Args:
        words: of the command line.
        tree: checkout that it imports.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree)},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    said, complaints = process.stdout.read(), process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    called = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"python {' '.join(words[:4])} ... failed:\n{complaints}")
    found: Row = {k: v for k, v in json.loads(said).items() if isinstance(v, int | float)}
    return found | {"cpu_seconds": used.ru_utime + used.ru_stime, "command_seconds": called}


def run(source: Path, output: Path, config: RunConfig, **more: Any) -> Row:
    """A run of this checkout; `more`: see `one_run.main`."""
    words = {"source": str(source), "output": str(output), "config": config.to_dict()}
    words |= {"started": time.time()} | more
    return child(["-m", "benchmarks.speed.one_run", json.dumps(words)])


def in_jobs(source: Path, output: Path, jobs: int, device: str = "auto") -> Row:
    """A run in so many processes, as the command line starts it."""
    words = ["run", str(source), "-o", str(output), "-y", "--json", "--jobs", str(jobs)]
    return child(["-m", "vidcolor", *words, "--device", device])


def transcode(source: Path, output: Path, config: RunConfig) -> Row:
    """The same film decoded and coded with the encoder and the options of a run, and no more."""
    with open_film(source, config.film) as film:
        plan = plan_output(film.info, output.with_suffix(".mkv"), config.encode, overwrite=True)
    options = json.dumps(dict(plan.encoding.options))
    return child(["-c", TRANSCODE, str(source), str(output), plan.encoding.codec, options])


def middle(rows: list[Row]) -> Row:
    """The median of every figure."""
    return {key: median(row[key] for row in rows) for key in rows[0]}


def in_turn(
    source: Path, work: Path, config: RunConfig, variants: Mapping[str, Mapping[str, Any]], n: int
) -> dict[str, Row]:
    """The plain transcode, the run, and variants of it, all in turns, `n` times; medians.

    Args:
        source: the film.
        work: a folder for what is written.
        config: of the run.
        variants: further arguments of `run` by name; `config` replaces the run's.
        n: rounds.
    """
    found: dict[str, list[Row]] = {}
    for _ in range(n):
        found.setdefault("transcode", []).append(transcode(source, work / "plain.nut", config))
        found.setdefault("run", []).append(run(source, work / "run.mkv", config))
        for name, more in variants.items():
            chosen = {"config": config} | dict(more)
            found.setdefault(name, []).append(run(source, work / "variant.mkv", **chosen))
    return {name: middle(rows) for name, rows in found.items()}


def against(source: Path, work: Path, other: Path, rounds: int) -> dict[str, Any]:
    """`vidcolor run` in this checkout and in another one, in turn: `rounds` pairs."""
    rows: dict[str, list[Row]] = {"this": [], "other": []}
    for _ in range(rounds):
        for name, tree in (("other", other), ("this", ROOT)):
            words = ["run", str(source), "-o", str(work / f"{name}.mp4"), "-y", "--json"]
            rows[name].append(child(["-m", "vidcolor", *words], tree))

    def ratio(key: str) -> float:
        pairs = zip(rows["other"], rows["this"], strict=True)
        return median(o[key] / t[key] for o, t in pairs)

    return {
        "this": [r["frames_per_second"] for r in rows["this"]],
        "other": [r["frames_per_second"] for r in rows["other"]],
        "seconds_ratio": 1 / ratio("seconds"),
        "times_as_fast": ratio("seconds"),
        "times_less_processor_time": ratio("cpu_seconds"),
    }
