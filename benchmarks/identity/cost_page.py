"""What the identity benchmark says of time."""

from __future__ import annotations

from typing import Any

_BAR = 120.0
"""Seconds that a film of 600 shots may take."""


def cost_rows(cost: dict[str, Any]) -> list[str]:
    """The section, in Markdown."""
    first = next(iter(cost["passes"].values()))
    width, height = cost["size"]
    frames, keeping = cost["frames"], cost["analysis"]["keeping"]
    lines = [
        "## Cost",
        "",
        f"A film of {cost['shots']} shots, {frames} frames of {width}x{height}, made of clips; "
        f"{first['key_frames']} key frames are compared before the first shot is colored. "
        f"Seconds, in a process that has so many cores; at most {_BAR:.0f} are asked for on two.",
        "",
        "| cores | in all | a key frame, ms | loading | looking | linking | agreeing | "
        "processor, a key frame, ms |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for cores, found in cost["passes"].items():
        parts = [found["seconds"][name] for name in ("loading", "looking", "linking", "agreeing")]
        count, whole = found["key_frames"], sum(parts)
        processor = 1000 * sum(found["processor"].values()) / count
        cells = [f"{whole:.1f}", f"{1000 * whole / count:.1f}", *(f"{s:.1f}" for s in parts)]
        lines.append(f"| {cores} | " + " | ".join(cells) + f" | {processor:.1f} |")
    steps, count = first["steps_ms"], first["key_frames"]
    looking = 1000 * first["processor"]["looking"] / count
    regions = looking - steps["network"] - steps["colors"]
    linking = 1000 * (first["processor"]["linking"] + first["processor"]["agreeing"]) / count
    keep = 1000 * keeping / count
    total = keep + looking + linking
    lines += [
        "",
        "| processor time of a key frame | ms | share |",
        "|---|--:|--:|",
    ]
    for name, ms in (
        ("its image, kept by the analysis", keep),
        ("network", steps["network"]),
        ("colors of the distributions", steps["colors"]),
        ("regions", regions),
        ("links and colors that are agreed on", linking),
    ):
        lines.append(f"| {name} | {ms:.1f} | {100 * ms / total:.0f} % |")
    lines += [
        "",
        f"The analysis keeps {cost['image_bytes'] / 1e6:.0f} MB of images, which takes "
        f"{keeping:.1f} s of its {cost['analysis']['processor']:.0f} s of processor time. A run "
        "that is taken up again between the analysis and this has no images: reading them from "
        f"the film takes {steps['reading again']:.0f} ms of processor time a key frame, and more "
        "the longer the shots are.",
        "",
    ]
    return lines
