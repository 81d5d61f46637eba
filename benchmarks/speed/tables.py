"""The results of `python -m benchmarks speed` as Markdown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import peers

_RUNS = {
    "run": "**whole run, frames a second**",
    "transcode": "plain transcode of the same film, frames a second",
    "no networks": "run without its networks, frames a second",
    "ultrafast": "run with --preset ultrafast, frames a second",
    "ffv1": "run with --codec ffv1, frames a second",
}
_EARLIER = (
    ("fps", "**whole run, frames a second**", "{:.1f}"),
    ("peak_mb", "peak memory, MB", "{:.0f}"),
    ("analyze_share", "analysis of the film, share of the run", "{:.1%}"),
    ("verify_share", "check of the finished film, share of the run", "{:.1%}"),
)
"""Rows of results of an earlier version."""


def for_readme(results: dict[str, Any]) -> str:
    """Stages and whole runs."""
    sizes: dict[str, Any] = results["sizes"]
    found = list(sizes.values())
    lines = [_row("milliseconds a frame", sizes), "|---|" + "--:|" * len(sizes)]
    for stage in found[0].get("stages_ms", {}):
        lines.append(_row(stage, [f"{f['stages_ms'][stage]:.1f}" for f in found]))
    if "run" in found[0]:
        for key, label, form in _EARLIER:
            lines.append(_row(label, [form.format(f["run"][key]) for f in found]))
        return "\n".join(lines) + "\n"

    def row(label: str, form: str, value: Callable[[dict[str, Any]], float]) -> None:
        cells = []
        for one in found:
            try:
                cells.append(form.format(value(one)))
            except KeyError:
                cells.append("-")
        lines.append(_row(label, cells))

    if "frames" in found[0]:
        row("frames of the film", "{:.0f}", lambda f: f["frames"])
    for name, label in _RUNS.items() if "runs" in found[0] else ():
        row(label, "{:.1f}", lambda f, n=name: f["runs"][n]["frames_per_second"])  # type: ignore[misc]
        if name == "run" and "command_seconds" in found[0]["runs"]["run"]:
            row("... with the start of Python and its imports", "{:.1f}", _from_the_call)
    if "runs" in found[0]:
        row("time of the run / that of the transcode", "{:.2f}", lambda f: _over(f, "run"))
        row("... without its networks", "{:.2f}", lambda f: _over(f, "no networks"))
        row("peak memory, MB", "{:.0f}", lambda f: f["runs"]["run"]["peak_mb"])
    if any("against" in f for f in found):
        label = f"times as fast as {results['against']}, median of pairs"
        row(label, "{:.2f}", lambda f: f["against"]["times_as_fast"])
    return "\n".join(lines) + "\n"


def _from_the_call(found: dict[str, Any]) -> float:
    return found["frames"] / found["runs"]["run"]["command_seconds"]


def _over(found: dict[str, Any], name: str) -> float:
    runs = found["runs"]
    return runs[name]["seconds"] / runs["transcode"]["seconds"]


def peers_table(results: dict[str, Any]) -> str:
    """One frame in every network."""
    return peers.table(results["peers"])


def page(results: dict[str, Any]) -> str:
    """All results."""
    parts = [for_readme(results)]
    if "start" in results:
        start = results["start"]
        parts.append(
            f"From the call of the command to the first colored frame of a film of "
            f"{start['frames']} frames at {start['size']}: {start['first_frame_seconds']:.1f} s."
        )
    if any("limits" in f for f in results["sizes"].values()):
        parts.append(_limits(results))
    if "growth" in results:
        parts.append(_growth(results["growth"]))
    if "busy_cores" in results:
        parts.append(
            f"What the threads of a run do (`speed.svg`): "
            f"{results['busy_cores']:.2f} cores are busy on average."
        )
    if "peers" in results:
        parts.append(f"One frame, one thread:\n\n{peers_table(results)}")
    if results.get("earlier"):
        parts.append(f"Measured before the rest: {', '.join(results['earlier'])}.")
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _limits(results: dict[str, Any]) -> str:
    machine = results["limits"]
    lines = [
        "What each stage must at least move and compute for a frame, the time in which one thread "
        f"here could ({machine['bytes_moved'] / 1e9:.1f} GB a second in a copy, "
        f"{machine['operations'] / 1e9:.0f} GFLOP a second in a convolution), and how many times "
        "that it takes. Decoder, encoder and flow compute more than is counted.",
        "",
        "| | MB | GFLOP | least ms | ms | times |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for size, found in results["sizes"].items():
        for stage, own in found.get("limits", {}).items():
            lines.append(
                f"| {stage}, {size} | {own['bytes'] / 1e6:.2f} | {own['operations'] / 1e9:.2f} | "
                f"{own['least_ms']:.2f} | {found['stages_ms'][stage]:.2f} | "
                f"{own['times_least']:.1f} |"
            )
    return "\n".join(lines)


def _growth(growth: dict[str, Any]) -> str:
    lines = [
        f"How a run grows with the film's length, at {growth['size']}:",
        "",
        "| frames | seconds | milliseconds a frame | peak memory, MB |",
        "|--:|--:|--:|--:|",
    ]
    for frames, found in growth["rows"].items():
        lines.append(
            f"| {frames} | {found['seconds']:.1f} | {1000 * found['seconds'] / int(frames):.1f} | "
            f"{found['peak_mb']:.0f} |"
        )
    return "\n".join(lines)


def _row(label: str, cells: Any) -> str:
    return f"| {label} | " + " | ".join(cells) + " |"
