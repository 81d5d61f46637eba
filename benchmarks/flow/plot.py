"""Accuracy against time, as a picture."""

from __future__ import annotations

from pathlib import Path

_TIME = "ms_256x448"
_PANELS = {
    "made_epe": "made pairs: error, px",
    "davis_luma": "DAVIS: luma left unexplained",
    "davis_apart_color": "DAVIS, 4 apart: color error",
}


def draw(rows: dict[str, dict[str, float]], path: Path) -> None:
    """A panel for each measure, time to the right (logarithmic), error upwards; as SVG.

    Args:
        rows: figures by label, as the benchmark writes them; rows without time are left out.
        path: of the SVG.
    """
    import matplotlib

    matplotlib.use("svg")
    # The same figures give the same file, and its words stay words.
    matplotlib.rcParams |= {"svg.hashsalt": "vidcolor", "svg.fonttype": "none"}
    from matplotlib import pyplot

    shown = {label: row for label, row in rows.items() if row.get(_TIME, 0) > 1}
    figure, panels = pyplot.subplots(1, len(_PANELS), figsize=(13, 5), layout="constrained")
    for panel, (measure, title) in zip(panels, _PANELS.items(), strict=True):
        for number, (label, row) in enumerate(shown.items()):
            if measure in row:
                style = {"color": f"C{number % 10}", "marker": "osD^v"[number // 3 % 5]}
                panel.scatter(row[_TIME], row[measure], s=50, label=label, **style)
        panel.set(xscale="log", xlabel="ms of one core a frame, 256x448", title=title)
        panel.set_ylim(bottom=0)
        panel.grid(alpha=0.3)
    handles, labels = panels[0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=4)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
