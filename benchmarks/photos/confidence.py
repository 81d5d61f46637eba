"""What a colorizer's confidence says of its error: pixels sorted by it, in ten equal parts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch.nn.functional as F

from vidcolor import metrics
from vidcolor.stages.lightness import resize
from vidcolor.types import Colorizer

from .data import Picture

PARTS = 10
Part = dict[str, float]


def reliability(colorizer: Colorizer, pictures: Iterable[Picture]) -> list[Part]:
    """Mean confidence, mean ab distance and share within 10 units, of each tenth of the pixels."""
    sure, off = [], []
    for picture in pictures:
        coloring = colorizer.colorize(resize(picture.seen, colorizer.size))
        true = F.interpolate(picture.ab, coloring.ab.shape[-2:], mode="area")
        sure.append(coloring.confidence.flatten().numpy())
        off.append(metrics.ab_distance(coloring.ab, true).flatten().numpy())
    confidence, distance = np.concatenate(sure), np.concatenate(off)
    return [
        {
            "confidence": float(confidence[part].mean()),
            "ab_distance": float(distance[part].mean()),
            "within_10": float((distance[part] < 10).mean()),
        }
        for part in np.array_split(np.argsort(confidence), PARTS)
    ]


def apart(parts: list[Part]) -> float:
    """How far confidence is from the share of right colors, mean over the tenths."""
    return float(np.mean([abs(part["confidence"] - part["within_10"]) for part in parts]))


def shown(rows: dict[str, dict[str, list[Part]]]) -> str:
    """The surest and the least sure tenth, and how far confidence is off, as a table."""
    lines = [
        "| pictures | system | least sure: confidence, within 10, ab distance | surest | off |"
    ]
    lines.append("|---|---|--:|--:|--:|")
    for name, found in rows.items():
        for row, parts in found.items():
            ends = [
                f"{p['confidence']:.2f}, {p['within_10']:.2f}, {p['ab_distance']:.1f}"
                for p in (parts[0], parts[-1])
            ]
            lines.append(f"| {name} | {row} | {' | '.join(ends)} | {apart(parts):.3f} |")
    return "\n".join(lines) + "\n"


def plot(path: Path, rows: dict[str, dict[str, list[Part]]]) -> None:
    """Share of right colors against confidence as SVG, a line for each set of pictures."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "vidcolor"
    from matplotlib import pyplot as plt

    figure, axis = plt.subplots(figsize=(4.2, 3.2))
    for name, found in rows.items():
        for row, parts in found.items():
            xs, ys = ([p[k] for p in parts] for k in ("confidence", "within_10"))
            axis.plot(xs, ys, "o-", markersize=3, label=f"{row}, {name}")
    axis.plot([0, 1], [0, 1], color="gray", linewidth=0.8)
    axis.set(xlabel="confidence", ylabel="share within 10 ab units of the truth")
    axis.grid(alpha=0.3)
    if rows:
        axis.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
