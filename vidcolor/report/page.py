"""The page: one HTML file that opens offline, with everything in it and nothing fetched."""

from __future__ import annotations

import base64
import hashlib
import math
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from flow.visualize import wheel

from .. import __version__
from ..pages import templates
from ..terminal import count
from .charts import Series, line_chart, range_bar, timecode
from .images import HOT, EncodedImage, encode
from .measures import BY_KEY, MEASURES, Measure
from .reference import PLAIN, STEADIED, TRUE, load_reference
from .settings import WINDOW

if TYPE_CHECKING:
    from .make import Report

_HEADLINE = (
    "region_flicker",
    "relative_flicker",
    "warp_error_8",
    "cdc",
    "colorfulness",
    "gray_share",
)
_OVER_TIME = (
    "region_flicker",
    "warp_error",
    "warp_error_8",
    "cdc_1",
    "colorfulness",
    "gray_share",
    "out_of_range",
    "stray_spots",
    "luma_difference",
    "ciede2000",
    "psnr",
)
_CDC_1 = Measure(
    "cdc_1", "CDC, next frame, thousandths", "", 2, "less", BY_KEY["cdc"].meaning, 1000
)
_CARDS = 40
"""Shots shown with an image at most; the table has all."""
WORDS = {
    "good": "holds still",
    "fair": "worth a look",
    "poor": "flickers",
    "open": "cannot be judged",
}


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its explanation."""

    title: str
    unit: str
    meaning: str
    svg: Markup
    has_band: bool


def draw_page(report: Report) -> str:
    """The whole page of one film or of several."""
    environment = templates(__package__)
    environment.filters["timecode"] = timecode
    template = environment.get_template("report.html")
    style, script = (_asset(name) for name in ("style.css", "page.js"))
    several = len(report.films) > 1
    labels = (
        [f"{chr(ord('A') + n)}" for n in range(len(report.films))]
        if several
        else [report.films[0].name]
    )
    return template.render(
        report=report,
        several=several,
        labels=labels,
        title=" and ".join(f.name for f in report.films),
        version=__version__,
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
        facts=_facts(report),
        bars=[_bar(report, key, labels) for key in _HEADLINE],
        charts=_charts(report, labels),
        layers=_layers(report, labels),
        slices=_slices(report, labels),
        cards=_cards(report),
        thumbs=report.thumbs.found,
        table=_table(report),
        measures=[m for m in MEASURES if _is_known(report, m.key)],
        means=[film.means for film in report.films],
        best={m.key: _best(report, m) for m in MEASURES},
        wheel=_wheel(),
        hot=HOT,
        window=WINDOW,
        reference=load_reference(),
        words=WORDS,
        measured=len(report.timeline.frame),
    )


def _asset(name: str) -> str:
    return files(__package__).joinpath("templates").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """What the browser may load: nothing but this very style, this very script and our images."""
    hashes = [
        "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
        for text in (style, script)
    ]
    return (
        f"default-src 'none'; img-src data:; style-src {hashes[0]}; script-src {hashes[1]}; "
        "base-uri 'none'; form-action 'none'"
    )


def _facts(report: Report) -> list[str]:
    width, height = report.size
    facts = [f"{width} × {height}", count(report.frames, "frame"), timecode(report.seconds)]  # noqa: RUF001
    if report.rate:
        facts.append(f"{report.rate:.5g} frames a second")
    facts.append(count(len(report.shots), "shot"))
    if report.source:
        facts.append(f"source: {report.source}")
    if report.truth:
        facts.append(f"truth: {report.truth}")
    return facts


def _bar(report: Report, key: str, labels: list[str]) -> dict[str, Any]:
    """A headline number of each film and where it lies among other films."""
    measure, reference = BY_KEY[key], load_reference()
    names = ((TRUE, "clips in true color"), (STEADIED, "refined"), (PLAIN, "frame by frame"))
    bands = [(text, *reference.band(key, kind)) for kind, text in names]
    values = list(zip(labels, (film.means[key] for film in report.films), strict=True))
    return {
        "measure": measure,
        "values": [(label, measure.text(value)) for label, value in values],
        "svg": range_bar(values, bands, label=measure.label, factor=measure.factor),
    }


def _charts(report: Report, labels: list[str]) -> list[Chart]:
    reference = load_reference()
    cuts = [shot.start for shot in report.shots[1:]]
    marks = [m.seconds for film in report.films for m in film.moments]
    found = []
    for key in _OVER_TIME:
        if not _is_known(report, key):
            continue
        measure = _CDC_1 if key == "cdc_1" else BY_KEY[key]
        band = None
        if key in ("region_flicker", "warp_error", "colorfulness"):
            low, high = reference.band(key, TRUE)
            band = (low * measure.factor, high * measure.factor)
        series = [
            Series(
                label,
                report.timeline.seconds,
                [value * measure.factor for value in film.series.values[key]],
            )
            for label, film in zip(labels, report.films, strict=True)
        ]
        unit = measure.unit
        svg = line_chart(
            series, label=f"{measure.label} over time", unit=unit, band=band, cuts=cuts, marks=marks
        )
        found.append(Chart(measure.label, unit, measure.meaning, svg, band is not None))
    return found


def _is_known(report: Report, key: str) -> bool:
    """Whether any film has a number of that name."""
    return any(not math.isnan(film.means[key]) for film in report.films)


def _layers(report: Report, labels: list[str]) -> list[str]:
    """Names of the images that the slider can show side by side."""
    colored = [f"{label} in color" for label in labels] if len(labels) > 1 else ["in color"]
    return ["black and white", *colored, *(["true colors"] if report.truth else [])]


def _slices(report: Report, labels: list[str]) -> list[tuple[str, EncodedImage]]:
    rows = [(label, film.slice_) for label, film in zip(labels, report.films, strict=True)]
    if report.truth_slice is not None:
        rows.append(("true colors", report.truth_slice))
    pictures = ((name, slice_.picture()) for name, slice_ in rows)
    return [(name, picture) for name, picture in pictures if picture is not None]


def _cards(report: Report) -> list[int]:
    """Numbers of the shots that get a card: all, or the worst ones, in the film's order."""
    order = {level: rank for rank, level in enumerate(("poor", "fair", "open", "good"))}

    def badness(number: int) -> tuple[int, float]:
        levels = [order[film.verdicts[number].level] for film in report.films]
        changes = [film.shot_means[number]["region_flicker"] for film in report.films]
        worst = max((c for c in changes if not math.isnan(c)), default=0.0)
        return min(levels), -worst

    numbers = sorted(range(len(report.shots)), key=badness)[:_CARDS]
    return sorted(numbers)


def _table(report: Report) -> list[dict[str, Any]]:
    """A row a shot and film, for the table of all shots."""
    return [
        {"shot": shot, "film": number, "verdict": film.verdicts[shot.number], "means": means}
        for shot in report.shots
        for number, film in enumerate(report.films)
        for means in (film.shot_means[shot.number],)
    ]


def _best(report: Report, measure: Measure) -> int | None:
    """Number of the film that is best at a measure by more than a twentieth, None if none is."""
    values = [film.means[measure.key] for film in report.films]
    if not measure.better or len(values) < 2 or any(math.isnan(v) for v in values):
        return None
    order = sorted(range(len(values)), key=values.__getitem__, reverse=measure.better == "more")
    first, second = (values[i] for i in order[:2])
    is_close = abs(first - second) <= 0.05 * max(abs(first), abs(second))
    return None if is_close or measure.text(first) == measure.text(second) else order[0]


def _wheel() -> EncodedImage:
    """The color wheel that explains the images of motion."""
    return encode(wheel(96)[0].permute(1, 2, 0).numpy(), quality=90)
