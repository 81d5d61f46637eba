"""Distance from the truth against colorfulness, as saturation goes up; and its plot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vidcolor import metrics
from vidcolor.color import lab_to_rgb

from .data import Picture

# Factors on a row's colors as they come.
FACTORS = (0.6, 0.8, 1.0, 1.2, 1.4, 1.6)
Point = dict[str, float]


def curve(found: list[Tensor], pictures: list[Picture]) -> list[Point]:
    """Colorfulness over the truth's and CIEDE2000 over gray's at each factor.

    Args:
        found: ab of each picture at its size.
        pictures: with their truth.
    """
    points = []
    gray = [_distance(p, torch.zeros_like(p.ab)) for p in pictures]
    true = [float(metrics.colorfulness(lab_to_rgb(p.L, p.ab))) for p in pictures]
    for factor in FACTORS:
        scaled = [(p, ab * factor) for p, ab in zip(pictures, found, strict=True)]
        vivid = [float(metrics.colorfulness(lab_to_rgb(p.L, ab))) for p, ab in scaled]
        points.append(
            {
                "factor": factor,
                "colorfulness@truth": float(np.sum(vivid) / np.sum(true)),
                "ciede2000@gray": float(np.sum([_distance(*s) for s in scaled]) / np.sum(gray)),
            }
        )
    return points


def _distance(picture: Picture, ab: Tensor) -> float:
    lab = torch.cat((picture.L, ab), 1), torch.cat((picture.L, picture.ab), 1)
    return float(metrics.ciede2000(*lab).mean())


def plot(path: Path, curves: dict[str, dict[str, list[Point]]]) -> None:
    """Draws curves by set of pictures and row as SVG; the point at factor 1 is marked."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "vidcolor"
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, len(curves), figsize=(3.6 * len(curves), 3.2), squeeze=False)
    for axis, (name, rows) in zip(axes[0], curves.items(), strict=True):
        for row, points in rows.items():
            xs, ys = ([p[k] for p in points] for k in ("colorfulness@truth", "ciede2000@gray"))
            (line,) = axis.plot(xs, ys, label=row)
            here = [p["factor"] == 1 for p in points].index(True)
            axis.plot(xs[here], ys[here], "o", color=line.get_color())
        axis.set(title=name, xlabel="colorfulness / truth", ylabel="CIEDE2000 / gray")
        axis.grid(alpha=0.3)
        if rows:
            axis.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def shown(results: dict[str, Any]) -> str:
    """The curves as a table."""
    lines = ["| pictures | system | " + " | ".join(f"x {f}" for f in FACTORS) + " |"]
    lines.append("|---|---|" + "--:|" * len(FACTORS))
    for name, rows in results.items():
        for row, points in rows.items():
            cells = [f"{p['colorfulness@truth']:.2f}, {p['ciede2000@gray']:.3f}" for p in points]
            lines.append(f"| {name} | {row} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
