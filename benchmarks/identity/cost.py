"""What it takes to compare the key frames of a film of many shots, on one core and on two."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vidcolor.analysis.key_images import KeyImages
from vidcolor.config import RunConfig
from vidcolor.film import open_film
from vidcolor.identity.key_frames import images_at

from ..machine import machine
from .many_shots import HEIGHT, WIDTH, write_film

SHOTS = 600
_CORES = (1, 2)


def measure_cost(
    clips: Path, folder: Path, shots: int, each: Sequence[int] = _CORES
) -> dict[str, Any]:
    """Makes a film, analyzes it, and compares its key frames in a process of its own each time.

    Args:
        clips: folder of clips that the film is made of.
        folder: for files that are not needed afterwards.
        shots: of the film.
        each: cores that a process has.

    Raises:
        SystemExit: there are no clips, or processes cannot be given single cores here.
    """
    paths = sorted(clips.glob("*.mp4"))
    if not paths:
        raise SystemExit(f"{clips}: no clips; see --clips")
    if not hasattr(os, "sched_setaffinity"):
        raise SystemExit("this system gives a process no cores of its own")
    on = machine()
    film, known = folder / "film.mp4", folder / "known"
    began = time.monotonic()
    made, frames = write_film(film, paths, shots)
    print(f"{made} shots, {frames} frames made in {time.monotonic() - began:.0f} s", flush=True)
    began, processor = time.monotonic(), time.process_time()
    with open_film(film) as opened:
        images = _TimedImages(images_at(opened, RunConfig().work_size).shrink)
        analysis = opened.analyze(images=images)
    seconds, processor = time.monotonic() - began, time.process_time() - processor
    print(f"{len(analysis.shots)} shots found in {seconds:.0f} s", flush=True)
    known.write_bytes(pickle.dumps((analysis, images)))
    found = {}
    for cores in each:
        found[str(cores)] = _one_pass(film, known, cores)
        print(cores, "cores", found[str(cores)]["seconds"], flush=True)
    return {
        "machine": on,
        "size": [WIDTH, HEIGHT],
        "shots": len(analysis.shots),
        "frames": frames,
        "analysis": {"seconds": seconds, "processor": processor, "keeping": images.processor},
        "image_bytes": images.nbytes,
        "passes": found,
    }


class _TimedImages(KeyImages):
    """Also says what processor time keeping images takes an analysis."""

    processor = 0.0

    def shrink(self, y: np.ndarray) -> np.ndarray:
        began = time.thread_time()
        small = super().shrink(y)
        self.processor += time.thread_time() - began
        return small

    def keep(self, frame: int, small: np.ndarray) -> None:
        began = time.thread_time()
        super().keep(frame, small)
        self.processor += time.thread_time() - began


def _one_pass(film: Path, known: Path, cores: int) -> dict[str, Any]:
    """Times of a process that has so many cores."""
    own = sorted(os.sched_getaffinity(0))
    result = known.with_suffix(".json")
    words = ["-m", "benchmarks.identity.one_pass", str(film), str(known), str(result)]
    # a process begins on the cores that this one has
    os.sched_setaffinity(0, own[:cores])
    try:
        subprocess.run([sys.executable, *words], check=True)
    finally:
        os.sched_setaffinity(0, own)
    values: dict[str, Any] = json.loads(result.read_text())
    return values
