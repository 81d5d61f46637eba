"""Plots of a training log."""

from __future__ import annotations

import csv
from pathlib import Path

_BOOKKEEPING = ("step", "share", "size", "minutes")


def draw(log: Path) -> None:
    """Plots every measured column of a CSV over its steps, into a PNG next to it."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    with log.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    columns = [name for name in rows[0] if name not in _BOOKKEEPING]
    figure, axes = pyplot.subplots(1, len(columns), figsize=(4 * len(columns), 3), squeeze=False)
    for axis, name in zip(axes[0], columns, strict=True):
        axis.plot([int(r["step"]) for r in rows], [float(r[name]) for r in rows], marker=".")
        axis.set(title=name, xlabel="step")
        axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(log.with_suffix(".png"), dpi=80)
    pyplot.close(figure)
