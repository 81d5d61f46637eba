"""From numbers to plain words, with the evidence. Standard library only.

Every limit is a quantile of something measured, see `reference.py`; the words name both sides.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .measures import BY_KEY, Measure
from .reference import PLAIN, STEADIED, TRUE, Reference

LEVELS = ("good", "fair", "poor", "open")
"""Fine; worth a look; a defect; cannot be determined."""
_COLORLESS = 2.0
"""Mean chroma C*ab below which there is no color whose stillness could be judged."""
_NOTICEABLE = 0.01
"""Share of a frame that must be out of range before a word is said of it."""
_SUDDEN = 3.0
"""A change so many times the shot's mean stands out of it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    Attributes:
        level: one of `LEVELS`.
        title: what, in a few words.
        evidence: the numbers behind it and what they were compared with.
    """

    level: str
    title: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of a shot or a film.

    Attributes:
        level: of its stillness, lowered by defects; one of `LEVELS`.
        title: the sentence to read if only one is read.
        findings: what it rests on.
    """

    level: str
    title: str
    findings: tuple[Finding, ...]


def judge_shot(means: Mapping[str, float], reference: Reference) -> Verdict:
    """The verdict on one shot.

    Args:
        means: of its measures, see `series.FilmSeries.means`.
        reference: what they are compared with.
    """
    if math.isnan(means["chroma"]):
        nothing = Finding("open", "Not measured", "No frame of this shot was measured.")
        return Verdict("open", nothing.title, (nothing,))
    stillness = _stillness(means, reference)
    others = [
        _jump(means, reference),
        _pulse(means, reference),
        _amount(means, reference),
        _range(means, reference),
    ]
    findings = (stillness, *(f for f in others if f is not None))
    level = stillness.level
    if level == "good" and any(f.level != "good" for f in findings):
        level = "fair"
    also = [f.title[0].lower() + f.title[1:] for f in findings[1:] if f.level != "good"]
    return Verdict(level, "; ".join([stillness.title, *also]), findings)


def judge_film(
    verdicts: Sequence[Verdict], means: Mapping[str, float], reference: Reference
) -> Verdict:
    """The verdict on a film: its shots counted, its colors as a whole, its luma."""
    judged = [v.findings[0] for v in verdicts if v.findings[0].level != "open"]
    findings = [f for f in (_luma(means, reference),) if f is not None]
    whole = judge_shot(means, reference)
    findings = [*whole.findings, *findings]
    if not judged:
        title = verdicts[0].title if len(verdicts) == 1 else "Nothing here can be judged"
        return Verdict("open", title, tuple(findings))
    counts = {level: sum(f.level == level for f in judged) for level in LEVELS}
    if len(judged) == 1:
        title = whole.title
    elif counts["good"] == len(judged):
        title = f"Colors hold still in all {len(judged)} shots"
    else:
        parts = [f"Colors hold still in {counts['good']} of {len(judged)} shots"]
        if counts["fair"]:
            parts.append(f"are a little restless in {counts['fair']}")
        if counts["poor"]:
            parts.append(f"flicker in {counts['poor']}")
        title = ", ".join(parts)
    levels = [f.level for f in (*judged, *findings)]
    level = next((bad for bad in ("poor", "fair") if bad in levels), "good")
    return Verdict(level, title, tuple(findings))


def compare_films(names: Sequence[str], means: Sequence[Mapping[str, float]]) -> list[Finding]:
    """Who is better at what, a sentence each; films are called by `names`."""
    found = []
    for key, praise, likeness in (
        ("region_flicker", "flickers least", "flicker alike"),
        ("warp_error_8", "wanders least over eight frames", "wander alike over eight frames"),
        ("cdc", "has the steadiest tint", "have equally steady tints"),
        ("ciede2000", "is closest to the true colors", "are equally close to the true colors"),
    ):
        values = [m[key] for m in means]
        if any(math.isnan(v) for v in values):
            continue
        order = sorted(range(len(values)), key=values.__getitem__)
        best, next_best = order[0], order[1]
        measure = BY_KEY[key]
        numbers = ", ".join(f"{names[i]} {measure.text(values[i])}{_unit(measure)}" for i in order)
        if values[next_best] < 1.05 * values[best]:
            title = f"{names[best]} and {names[next_best]} {likeness}"
        else:
            title = f"{names[best]} {praise}"
        found.append(Finding("good", title, f"{measure.label}: {numbers}."))
    colors = [m["colorfulness"] for m in means]
    order = sorted(range(len(colors)), key=lambda i: -colors[i])
    numbers = ", ".join(f"{names[i]} {colors[i]:.1f}" for i in order)
    rich, pale = order[0], order[-1]
    if colors[rich] < 1.05 * colors[pale]:
        title = "All are about equally colorful"
    else:
        title = f"{names[rich]} is the most colorful"
    found.append(Finding("good", title, f"Colorfulness: {numbers}."))
    still = min(range(len(means)), key=lambda i: means[i]["region_flicker"])
    if colors[still] < 0.8 * colors[rich]:
        found.append(
            Finding(
                "fair",
                f"Part of the calm of {names[still]} is paleness",
                f"It has {colors[still] / colors[rich]:.0%} of the colorfulness of "
                f"{names[rich]}, and what has no color cannot flicker. The share of the color "
                "that flickers is the fairer number.",
            )
        )
    return found


def _unit(measure: Measure) -> str:
    return f" {measure.beside}" if measure.beside else ""


def _stillness(means: Mapping[str, float], reference: Reference) -> Finding:
    value, chroma = means["relative_flicker"], means["chroma"]
    if chroma < _COLORLESS:
        return Finding(
            "open",
            "Hardly any color",
            f"Mean chroma is {chroma:.1f} Lab units. A frame this gray cannot flicker, so its "
            "stillness says nothing.",
        )
    if math.isnan(value):
        return Finding("open", "Too short to judge", "Stillness needs three frames in a row.")
    seen = means["region_flicker"]
    calm, restless = (reference.quantile("relative_flicker", TRUE, q) for q in (0.9, 1.0))
    unseen, plain_to_see = (reference.quantile("region_flicker", TRUE, q) for q in (0.5, 0.9))
    if value <= calm or seen <= unseen:
        level, title = "good", "Colors hold still"
    elif value > restless and seen > plain_to_see:
        level, title = "poor", "Colors flicker"
    else:
        level, title = "fair", "Colors are a little restless"
    true, plain = (_percent_band(reference, kind) for kind in (TRUE, PLAIN))
    return Finding(
        level,
        title,
        f"The color of small regions deviates by {_percent(value)} from frame to frame, or "
        f"{seen:.2f} Lab units. Eight of ten clips in true color lie between {true}, eight of ten "
        f"colored frame by frame between {plain}. Up to {_percent(calm)} counts as still, as nine "
        f"of ten clips in true color are, and so do up to {unseen:.2f} Lab units, as half of them "
        f"have; above {_percent(restless)}, which none of them reaches, and above "
        f"{plain_to_see:.2f} Lab units, colors flicker.",
    )


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _percent_band(reference: Reference, kind: str) -> str:
    low, high = reference.band("relative_flicker", kind)
    return f"{100 * low:.1f} and {100 * high:.1f} %"


def _jump(means: Mapping[str, float], reference: Reference) -> Finding | None:
    peak, usual = means["peak_change"], means["region_change"]
    limit = reference.quantile("peak_change", TRUE, 0.9)
    if math.isnan(peak) or peak <= max(limit, _SUDDEN * usual):
        return None
    return Finding(
        "fair",
        "There is a sudden change",
        f"Between two frames regions change by {peak:.1f} Lab units, {peak / usual:.1f} times "
        f"what is usual in this shot. The largest change in nine of ten clips in true color is "
        f"at most {limit:.1f}.",
    )


def _pulse(means: Mapping[str, float], reference: Reference) -> Finding | None:
    value = means["cdc"]
    limit = max(reference.quantile("cdc", kind, 0.9) for kind in (TRUE, STEADIED))
    if math.isnan(value) or value <= limit:
        return None
    return Finding(
        "fair",
        "The tint of the whole frame changes",
        f"CDC is {1000 * value:.1f} thousandths; in nine of ten clips, in true color or refined, "
        f"it is at most {1000 * limit:.1f}. Brightness that flickers in the source, exposure, "
        "smoke or a new object do this too.",
    )


def _amount(means: Mapping[str, float], reference: Reference) -> Finding:
    value, gray = means["colorfulness"], means["gray_share"]
    low, high = reference.band("colorfulness", TRUE)
    most_gray = reference.quantile("gray_share", TRUE, 0.9)
    numbers = (
        f"Colorfulness {value:.1f}; eight of ten clips in true color lie between {low:.0f} and "
        f"{high:.0f}. {gray:.0%} of the frame is left gray; nine of ten such clips have at most "
        f"{most_gray:.0%}."
    )
    if value < low:
        return Finding("fair", "Paler than film usually is", numbers)
    if gray > most_gray:
        return Finding("fair", "Large parts are left gray", numbers)
    if value > max(reference.values["colorfulness"][TRUE]):
        return Finding("fair", "Stronger colors than film usually has", numbers)
    return Finding("good", "As colorful as film usually is", numbers)


def _range(means: Mapping[str, float], reference: Reference) -> Finding | None:
    value = means["out_of_range"]
    limit = max(reference.quantile("out_of_range", TRUE, 0.9), _NOTICEABLE)
    # of white with hardly a tint, the rounding of its codes is out of range
    if value <= limit or means["chroma"] < _COLORLESS:
        return None
    return Finding(
        "fair",
        "Some colors are beyond what a screen can show",
        f"{value:.1%} of the frame is out of range, against {limit:.1%} at most in nine of ten "
        "clips in true color. Players clip such colors and so change them.",
    )


def _luma(means: Mapping[str, float], reference: Reference) -> Finding | None:
    value = means["luma_difference"]
    if math.isnan(value):
        return None
    limit = max(max(reference.values["luma_difference"][kind]) for kind in (PLAIN, STEADIED))
    numbers = (
        f"Mean difference {value:.2f} codes of 255; encoding alone made up to {limit:.2f} in "
        f"{2 * reference.clips} films."
    )
    if value <= limit:
        return Finding("good", "Brightness is the source's", numbers)
    return Finding("poor", "Brightness differs from the source", numbers)
