"""A timeline of a run as SVG: a row for each thread, and the cores that are busy."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

_COLORS = {
    "decode": "#5b8db8",
    "analyze": "#8f7fb8",
    "lightness": "#c9b458",
    "flow": "#d98b4a",
    "colorize": "#c8553d",
    "refine": "#b0629a",
    "chroma": "#5a9e6f",
    "encode": "#3d6b6b",
    "assemble": "#888888",
    "verify": "#555555",
}
_LEFT, _WIDTH, _ROW, _TOP = 130, 1000, 22, 34
_GRAPH = 80
"""Height of the graph of busy cores."""


def svg(record: dict[str, Any], title: str, cores: int) -> str:
    """Draws what a `timeline.Recorder` found.

    Args:
        record: of `Recorder.finish`.
        title: one line.
        cores: of the machine.
    """
    spans = record["spans"]
    end = max(until for *_, until in spans)
    rows = _rows(spans)
    height = _TOP + _ROW * len(rows) + _GRAPH + 60
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_LEFT + _WIDTH + 20}" '
        f'height="{height}" font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{_LEFT}" y="18">{title}</text>',
    ]
    for number, (name, own) in enumerate(rows):
        y = _TOP + number * _ROW
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 14}" text-anchor="end">{name}</text>')
        parts.append(f'<rect x="{_LEFT}" y="{y}" width="{_WIDTH}" height="18" fill="#f0f0f0"/>')
        for stage, first, last in _runs(own, end):
            parts.append(
                f'<rect x="{_LEFT + first}" y="{y}" width="{last - first}" height="18" '
                f'fill="{_COLORS[stage]}"/>'
            )
    parts += _graph(record["busy"], end, cores, _TOP + _ROW * len(rows) + 14)
    parts += _legend({stage for _, stage, *_ in spans}, height - 10)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _rows(spans: list[Any]) -> list[tuple[str, list[Any]]]:
    """Spans by threads that do the same, each named after what it does; the earliest first."""
    threads: dict[int, list[Any]] = defaultdict(list)
    for span in spans:
        threads[span[0]].append(span)
    rows: dict[str, list[Any]] = defaultdict(list)
    for own in threads.values():
        spent: Counter[str] = Counter()
        for _, stage, since, until in own:
            spent[stage] += until - since
        stages = [s for s, seconds in spent.most_common() if seconds > 0.02 * spent.total()]
        rows[" ".join(sorted(stages, key=list(_COLORS).index))[:22]] += own
    return sorted(rows.items(), key=lambda row: min(since for *_, since, _ in row[1]))


def _runs(spans: list[Any], end: float) -> list[tuple[str, int, int]]:
    """What most of every column's time goes into, neighbors of a kind joined."""
    columns: list[Counter[str]] = [Counter() for _ in range(_WIDTH)]
    scale = _WIDTH / end
    for _, stage, since, until in spans:
        for column in range(int(since * scale), min(_WIDTH - 1, int(until * scale)) + 1):
            inside = min(until, (column + 1) / scale) - max(since, column / scale)
            columns[column][stage] += inside
    found: list[tuple[str, int, int]] = []
    for column, spent in enumerate(columns):
        if spent.total() * scale < 0.5:
            continue
        stage = spent.most_common(1)[0][0]
        if found and found[-1][0] == stage and found[-1][2] == column:
            found[-1] = (stage, found[-1][1], column + 1)
        else:
            found.append((stage, column, column + 1))
    return found


def _graph(busy: list[Any], end: float, cores: int, top: int) -> list[str]:
    base = top + _GRAPH

    def place(seconds: float, used: float) -> str:
        x = _LEFT + min(_WIDTH, seconds / end * _WIDTH)
        return f"{x:.1f},{base - min(used, cores) / cores * _GRAPH:.1f}"

    points = " ".join(place(seconds, used) for seconds, used in busy)
    ends = f"{_LEFT},{base} {points} {_LEFT + _WIDTH},{base}"
    places = [
        (n, _LEFT + n / end * _WIDTH) for n in range(0, int(end) + 1, max(1, round(end / 10)))
    ]
    seconds = [
        f'<text x="{x:.0f}" y="{base + 14}" text-anchor="middle">{n} s</text>' for n, x in places
    ]
    return [
        f'<text x="{_LEFT - 8}" y="{top + 10}" text-anchor="end">{cores} cores</text>',
        f'<rect x="{_LEFT}" y="{top}" width="{_WIDTH}" height="{_GRAPH}" fill="#f0f0f0"/>',
        f'<polygon points="{ends}" fill="#9a9a9a"/>',
        *seconds,
    ]


def _legend(stages: set[str], y: int) -> list[str]:
    parts, x = [], _LEFT
    for stage, color in _COLORS.items():
        if stage in stages:
            parts.append(f'<rect x="{x}" y="{y - 10}" width="10" height="10" fill="{color}"/>')
            parts.append(f'<text x="{x + 14}" y="{y}">{stage}</text>')
            x += 34 + 7 * len(stage)
    return parts
