"""Accuracy against time, as a picture."""

from __future__ import annotations

from pathlib import Path

_TIME = "ms_256x448"
_PANELS = {
    "made_epe": "made pairs: error, px",
    "davis_luma": "DAVIS: luma left unexplained",
    "davis_apart_color": "DAVIS, 4 apart: colour error",
}


def draw(rows: dict[str, dict[str, float]], path: Path) -> None:
    """A panel for each measure, time to the right (logarithmic), error upwards; as SVG.

    Args:
        rows: figures by label, as the benchmark writes them; rows without time are left out.
        path: of the SVG.
    """
    import matplotlib

    matplotlib.use("svg")
    # Without these two the same figures would give another file each time.
    matplotlib.rcParams["svg.hashsalt"] = "vidcolor"
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(_PANELS), figsize=(15, 5), layout="constrained")
    for panel, (measure, title) in zip(panels, _PANELS.items(), strict=True):
        shown = {
            label: (row[_TIME], row[measure])
            for label, row in rows.items()
            if row.get(_TIME, 0) > 1 and measure in row
        }
        for number, (label, (ms, error)) in enumerate(shown.items()):
            panel.scatter(ms, error, color=f"C{number % 10}", marker="osD^v"[number // 3 % 5])
            panel.annotate(label, (ms, error), (4, 4), textcoords="offset points", fontsize=7)
        panel.set(xscale="log", xlabel="ms of one core a frame, 256x448", title=title)
        panel.set_ylim(bottom=0)
        panel.grid(alpha=0.3)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
