"""The page and the plot of the guidance benchmark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .rows import AUTOMATIC, FIRST, OTHER, POINTS, STILLS

_NOTES = """
Figures of published exemplar methods are of other data or other measures: Deep Exemplar (Zhang et
al., CVPR 2019) and later ones give PSNR on DAVIS frames of other sizes with a first frame's colors
already compressed; none of them may be set beside these rows. Zhang et al. 2017 give PSNR over
points on photographs, not on film. Rows that name another colorizer are its colors of every frame
with the hints that reach it, unrefined.
"""


def page(results: dict[str, Any]) -> str:
    """All rows' means and ratios to the automatic film, in Markdown."""
    lines = [
        "# What given colors are worth",
        "",
        "Seven DAVIS sequences; means over the frames that were not given. `/ automatic`: the "
        "mean over the sequences of the ratio to the automatic film on the same frames.",
        "",
        "| row | ab RMSE | / automatic | CIEDE2000 | / automatic | PSNR | class-balanced | "
        "colorfulness | flicker | at 1 | 10 | 30 | 60 frames |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row, mean in results["mean"].items():
        base = _automatic_of(results, row)
        ratios = [ratio(results, row, base, m) for m in ("ab_rmse", "ciede2000")]
        far = [mean[f"ab_rmse_{d}"] for d in (1, 10, 30, 60)]
        cells = [
            f"{mean['ab_rmse']:.2f}",
            f"{ratios[0]:.3f}",
            f"{mean['ciede2000']:.2f}",
            f"{ratios[1]:.3f}",
            f"{mean['psnr']:.2f}",
            f"{mean['class_balanced']:.2f}",
            f"{mean['colorfulness']:.2f}",
            f"{mean['flicker']:.3f}",
            *("" if x is None else f"{x:.2f}" for x in far),
        ]
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", _NOTES.strip(), ""])


def for_readme(results: dict[str, Any]) -> str:
    """The rows a user cares about, as ratios to the automatic film."""
    lines = [
        "| given | ab RMSE / automatic | CIEDE2000 / automatic |",
        "|---|--:|--:|",
    ]
    rows = [f"{FIRST}, copied along the flow", *STILLS, *(f"{n} points" for n in POINTS), OTHER]
    for row in rows:
        base = _automatic_of(results, row)
        ratios = (ratio(results, row, base, m) for m in ("ab_rmse", "ciede2000"))
        shown = "1 point" if row == "1 points" else row
        lines.append(f"| {shown} | " + " | ".join(f"{r:.2f}" for r in ratios) + " |")
    return "\n".join(lines) + "\n"


def _automatic_of(results: dict[str, Any], row: str) -> str:
    """The row of the automatic film that counts the same frames."""
    same_frames = f"{row.split(',')[0]}, {AUTOMATIC} there"
    return same_frames if same_frames in results["mean"] else AUTOMATIC


def ratio(results: dict[str, Any], row: str, base: str, measure: str) -> float:
    """Mean over the sequences of one row's number over another's."""
    each = results["sequences"].values()
    return float(np.mean([rows[row][measure] / rows[base][measure] for rows in each]))


def plot(results: dict[str, Any], path: Path) -> None:
    """Error over the distance from the still, and over the number of points."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    for row in (f"{FIRST}, {AUTOMATIC} there", f"{FIRST}, copied along the flow", FIRST):
        mean = results["mean"][row]
        left.plot((1, 10, 30, 60), [mean[f"ab_rmse_{d}"] for d in (1, 10, 30, 60)], "o-", label=row)
    left.set(xlabel="frames from the still", ylabel="ab RMSE")
    left.legend()
    counts = [0, *POINTS]
    rows = [AUTOMATIC, *(f"{n} points" for n in POINTS)]
    right.plot(range(len(counts)), [ratio(results, r, AUTOMATIC, "ab_rmse") for r in rows], "o-")
    right.axhline(ratio(results, OTHER, AUTOMATIC, "ab_rmse"), ls=":", label=OTHER)
    right.set_xticks(range(len(counts)), [str(n) for n in counts])
    right.set(xlabel="true points on the first frame", ylabel="ab RMSE over the automatic film's")
    right.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    plt.close(figure)
