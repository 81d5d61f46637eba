"""Drift: a sequence run forwards and backwards for 600 frames, its end against its start.

The clip shows the same picture again and again, so a color at the end is compared with the
color of the very same point at the start, and what differs is the system's own doing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vidcolor import metrics
from vidcolor.color import lab_to_rgb
from vidcolor.components import Parts
from vidcolor.config import RunConfig

from ..machine import machine
from ..store import RUNS, digest, kept, write_json
from ..systems import System
from . import data as davis_data
from .coloring import run_system, slug

FRAMES = 600
_SEQUENCE = "libby"
_COLUMNS = {
    "drift": "end from start",
    "drift_settled": "end from second round",
    "rmse_start": "ab RMSE, start",
    "rmse_end": "end",
    "color_start": "colorful, start",
    "color_end": "end",
}


def palindrome(count: int, frames: int) -> list[int]:
    """Numbers of the pictures of a clip of `frames` frames: 0, 1, ..., count-1, ..., 1, 0, 1 ..."""
    period = [*range(count), *range(count - 2, 0, -1)]
    return [period[i % len(period)] for i in range(frames)]


def rounds(count: int, frames: int) -> tuple[list[int], list[int], list[int]]:
    """Frames of the first, the second and the last whole round that show the same pictures.

    Raises:
        ValueError: the clip has fewer than three rounds.
    """
    period = max(2 * count - 2, 1)
    whole = frames // period
    if whole < 3:
        raise ValueError(f"{frames} frames are fewer than three rounds of {period}")
    first, second, last = ([*range(k * period, (k + 1) * period)] for k in (0, 1, whole - 1))
    return first, second, last


def measure(ab: Tensor, order: list[int], L: Tensor, true: Tensor) -> dict[str, float]:
    """The numbers of a clip's colors `ab (frames, 2, h, w)`.

    Args:
        ab: of every frame.
        order: number of the picture that each frame shows.
        L, true: of the pictures, `(T, 1, h, w)` and `(T, 2, h, w)`.
    """
    first, second, last = rounds(len(L), len(order))
    # The same pictures: nothing moved between them, and all of them is to be seen.
    still = torch.zeros_like(ab[first])
    seen = torch.ones_like(still[:, :1])
    found = {
        "drift": metrics.drift(ab[last], ab[first], still, seen),
        "drift_settled": metrics.drift(ab[last], ab[second], still, seen),
    }
    for name, frames in (("start", first), ("end", last)):
        pictures = [order[i] for i in frames]
        found[f"rmse_{name}"] = metrics.ab_rmse(ab[frames], true[pictures])
        rgb = lab_to_rgb(L[pictures], ab[frames])
        found[f"color_{name}"] = metrics.colorfulness(rgb)
    return {name: float(value.mean()) for name, value in found.items()}


def run(
    root: Path,
    names: list[str],
    systems: list[tuple[System, Parts, dict[str, Any]]],
    left_out: dict[str, str],
    out: Path,
    *,
    quick: bool,
) -> None:
    """Measures all systems, prints the table and writes it with its JSON."""
    name = _SEQUENCE if _SEQUENCE in names else names[0]
    limit, frames = (10, 60) if quick else (None, FRAMES)
    sequence = davis_data.read_sequence(root, name, RunConfig().work_size, limit)
    order = palindrome(len(sequence.files), frames)
    rows = {}
    for system, parts, about in systems:
        key = digest([about, sequence.fingerprint(), frames])
        path = RUNS / "drift" / name / f"{slug(system.name)}.npz"

        def make(system: System = system, parts: Parts = parts) -> dict[str, Any]:
            luma = [sequence.luma[i] for i in order]
            ab = run_system(luma, sequence.info, parts, system.config)
            numbers = measure(ab, order, sequence.L, sequence.ab)
            return {k: torch.tensor(v).numpy() for k, v in numbers.items()}

        rows[system.name] = {k: float(v) for k, v in kept(path, key, make).items()} | {
            "about": about
        }
        print(f"{system.name}: done", flush=True)
    results = {
        "machine": machine(),
        "settings": {"sequence": name, "pictures": len(sequence.files), "frames": frames},
        "rows": rows,
        "left_out": left_out,
    }
    write_json(out / "drift.json", results)
    (out / "drift.md").write_text(table(results))
    print(table(results))


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = ["| system | " + " | ".join(_COLUMNS.values()) + " |", "|---|" + "--:|" * len(_COLUMNS)]
    for row, numbers in results["rows"].items():
        lines.append(f"| {row} | " + " | ".join(f"{numbers[n]:.2f}" for n in _COLUMNS) + " |")
    settings = results["settings"]
    lines.append("")
    lines.append(
        f"{settings['sequence']}, {settings['pictures']} pictures to and fro for "
        f"{settings['frames']} frames; Lab units, mean over a round. The first round holds the "
        "system's own settling; from the second on, what differs is drift."
    )
    return "\n".join(lines) + "\n"
