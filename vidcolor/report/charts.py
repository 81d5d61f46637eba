"""Charts as inline SVG: small, with axes, a hover text for every place, colors from the page."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 400, 168
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 8, 10, 26
_BINS = 100
_PAUSE = 1.0
"""Seconds without a value over which no line is drawn."""

Bin = tuple[float, float, float]
"""First second, last second and mean value; NaN where there is none."""
Scale = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Series:
    """One line.

    Attributes:
        name: for the hover text.
        seconds, values: of the same length; NaN leaves a gap.
    """

    name: str
    seconds: Sequence[float]
    values: Sequence[float]


def timecode(seconds: float, digits: int = 1) -> str:
    """A time as people write it: 0:03.2, 1:02:03.0."""
    whole = round(seconds, digits)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(int(minutes), 60)
    width = 3 + digits if digits else 2
    text = (
        f"{minutes:02d}:{rest:0{width}.{digits}f}"
        if hours
        else f"{minutes}:{rest:0{width}.{digits}f}"
    )
    return f"{hours}:{text}" if hours else text


def line_chart(
    series: Sequence[Series],
    *,
    label: str,
    unit: str,
    band: tuple[float, float] | None = None,
    cuts: Sequence[float] = (),
    marks: Sequence[float] = (),
) -> Markup:
    """Values over time.

    Args:
        series: at least one.
        label: what is shown, for readers who do not see it.
        unit: of the values.
        band: values between which other film lies, shaded.
        cuts: seconds at which shots begin.
        marks: seconds of moments shown elsewhere on the page.
    """
    binned = [_binned(s) for s in series]
    numbers = [v for bins in binned for _, _, v in bins if not math.isnan(v)]
    times = [t for s in series for t in (s.seconds[0], s.seconds[-1])] if series[0].seconds else [0]
    start, end = min(times), max(max(times), min(times) + 1e-3)
    top = nice_top(max([*numbers, band[1] if band else 0.0, 0.0]))

    def x(seconds: float) -> float:
        return _LEFT + (seconds - start) / (end - start) * (WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return HEIGHT - _BOTTOM - min(value / top, 1.02) * (HEIGHT - _TOP - _BOTTOM)

    parts = [_open(label)]
    if band:
        low, high = (y(v) for v in band)
        parts.append(
            f'<rect class="band" x="{_LEFT}" width="{WIDTH - _LEFT - _RIGHT}" y="{high:.1f}" '
            f'height="{max(low - high, 1):.1f}"/>'
        )
    for value in (0.0, top / 2, top):
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(value):.1f}" '
            f'y2="{y(value):.1f}"/><text x="{_LEFT - 5}" y="{y(value) + 4:.1f}" '
            f'text-anchor="end">{value:.3g}</text>'
        )
    for cut in cuts:
        parts.append(
            f'<line class="cut" x1="{x(cut):.1f}" x2="{x(cut):.1f}" y1="{_TOP}" '
            f'y2="{HEIGHT - _BOTTOM}"/>'
        )
    ticks = time_ticks(start, end)
    digits = 0 if all(tick == round(tick) for tick in ticks) else 1
    for seconds in ticks:
        parts.append(
            f'<text x="{x(seconds):.1f}" y="{HEIGHT - 8}" text-anchor="middle">'
            f"{timecode(seconds, digits)}</text>"
        )
    for number, bins in enumerate(binned):
        parts.append(f'<path class="line s{number}" d="{_path(bins, x, y)}"/>')
    for seconds in marks:
        at = x(seconds)
        parts.append(f'<path class="mark" d="M{at - 4:.1f} {_TOP - 8}h8l-4 7z"/>')
    parts.append(_hovers(series, binned, unit, x))
    parts.append("</svg>")
    return Markup("".join(parts))


def range_bar(
    values: Sequence[tuple[str, float]],
    bands: Sequence[tuple[str, float, float]],
    *,
    label: str,
    factor: float = 1.0,
) -> Markup:
    """Where films lie among others: bands with a name, a dot for each film.

    Args:
        values: name and value of each film.
        bands: name, low and high of each.
        label: what is shown, for readers who do not see it.
        factor: by which numbers are multiplied for reading.
    """
    width, left, right = 400, 8, 8
    rows = [18 + 22 * i for i in range(len(bands))]
    bottom = 18 + 22 * len(bands)
    ends = [v for _, v in values if not math.isnan(v)] + [high for *_, high in bands]
    top = nice_top(factor * max([*ends, 0.0]))

    def x(value: float) -> float:
        return left + min(value * factor / top, 1) * (width - left - right)

    parts = [
        f'<svg class="range" viewBox="0 0 {width} {bottom + 18}" role="img" '
        f'aria-label="{escape(label)}">'
    ]
    shown = [(n, name, value) for n, (name, value) in enumerate(values) if not math.isnan(value)]
    for number, _, value in shown:
        parts.append(
            f'<line class="here s{number}" x1="{x(value):.1f}" x2="{x(value):.1f}" y1="8" '
            f'y2="{bottom}"/>'
        )
    for number, ((name, low, high), row) in enumerate(zip(bands, rows, strict=True)):
        reach = max(x(high) - x(low), 2)
        text = f"{name}: {low * factor:.3g} to {high * factor:.3g}"
        anchor, at = ("end", x(high)) if x(high) > width * 0.6 else ("start", x(low))
        parts.append(
            f'<rect class="b{number}" x="{x(low):.1f}" y="{row}" width="{reach:.1f}" height="6" '
            f'rx="3"><title>{escape(text)}</title></rect>'
            f'<text class="note" x="{at:.1f}" y="{row - 4}" text-anchor="{anchor}">{escape(name)}'
            "</text>"
        )
    parts.append(
        f'<line class="grid" x1="{left}" x2="{width - right}" y1="{bottom}" y2="{bottom}"/>'
    )
    for value, anchor in ((0.0, "start"), (top / 2, "middle"), (top, "end")):
        at = left + value / top * (width - left - right)
        parts.append(
            f'<text x="{at:.1f}" y="{bottom + 14}" text-anchor="{anchor}">{value:.3g}</text>'
        )
    for number, name, value in shown:
        text = f"{name}: {value * factor:.3g}"
        parts.append(
            f'<circle class="here s{number}" cx="{x(value):.1f}" cy="{bottom}" r="5">'
            f"<title>{escape(text)}</title></circle>"
        )
    parts.append("</svg>")
    return Markup("".join(parts))


def nice_top(value: float) -> float:
    """The smallest of 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten that is at least `value`.

    1 for nothing, and for so little that it is nothing.
    """
    if value < 1e-4:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= value)


def time_ticks(start: float, end: float) -> list[float]:
    """Three to six round times within the range."""
    steps = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200)
    step = next((s for s in steps if (end - start) / s <= 6), 7200)
    first = math.ceil(start / step - 1e-9)
    return [n * step for n in range(first, math.floor(end / step + 1e-9) + 1)]


def _open(label: str) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(label)}">'
    )


def _binned(series: Series) -> list[Bin]:
    """First and last second and mean value of runs of equal length, at most `_BINS`."""
    size = max(1, -(-len(series.values) // _BINS))
    found = []
    for at in range(0, len(series.values), size):
        values = [v for v in series.values[at : at + size] if not math.isnan(v)]
        mean = math.fsum(values) / len(values) if values else math.nan
        seconds = series.seconds[at : at + size]
        found.append((seconds[0], seconds[-1], mean))
    return found


def _path(bins: Sequence[Bin], x: Scale, y: Scale) -> str:
    """A line through the means, interrupted where nothing was measured for a while."""
    words: list[str] = []
    last_end = -math.inf
    for first, last, value in bins:
        if math.isnan(value):
            # Some measures have a value every few frames only: the line continues to the next.
            continue
        pen = "M" if first - last_end > max(_PAUSE, 4 * (last - first)) else "L"
        words.append(f"{pen}{x((first + last) / 2):.1f} {y(value):.1f}")
        last_end = last
    return "".join(words)


def _hovers(series: Sequence[Series], binned: Sequence[Sequence[Bin]], unit: str, x: Scale) -> str:
    """A rectangle over every bin whose title tells the values of all series."""
    parts = []
    for number, (first, last, _) in enumerate(binned[0]):
        values = [(s.name, bins[number][2]) for s, bins in zip(series, binned, strict=True)]
        shown = [f"{name}: {v:.3g}" for name, v in values if not math.isnan(v)]
        if not shown:
            continue
        left, right = x(first), x(last)
        if number + 1 < len(binned[0]):
            right = max(right, min(x(binned[0][number + 1][0]), right + 8))
        title = escape(f"{timecode(first)}  {', '.join(shown)} {unit}".strip())
        parts.append(
            f'<rect class="hover" x="{left:.1f}" y="{_TOP}" width="{max(right - left, 2):.1f}" '
            f'height="{HEIGHT - _TOP - _BOTTOM}"><title>{title}</title></rect>'
        )
    return "".join(parts)
