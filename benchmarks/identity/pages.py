"""The page of the identity benchmark."""

from __future__ import annotations

from typing import Any

import numpy as np

from .cost_page import cost_rows

_NOTES = """
A *thing* is what a mask of DAVIS shows, in the four shots of its scene; *around* is the rest of
those frames, whose true mean color changes with the crop; a clip has no masks and counts whole.
`spread`: root mean square distance of a thing's mean ab in each shot from their mean; `matched`:
the same of pixels of equal lightness, mean over eight classes; `distance`: of its mean ab in a shot
from the truth there, mean over shots; `apart`: distance between the mean colors of all pairs of
different things. Means over the things; ratios are of the means. `error`: mean distance in ab over
all pixels. Thresholds were chosen on clips, some of these among them, and none on DAVIS; one step
(colors livened around the mean of each image) was taken back after DAVIS had shown its harm.

Answers are true colors of single places that count in the whole film. Ranked places are
those of `vidcolor.identity.questions`; random ones are drawn from the same key frames, mean of two
draws.
"""


def page(results: dict[str, Any]) -> str:
    """All tables, in Markdown."""
    lines = ["# One color for one thing over many shots", ""]
    films = results.get("films", {})
    for name, film in films.items():
        lines += [f"## {name}", "", *_rows(film), "", *_answers(film)]
    lines += [_NOTES.strip(), ""] if films else []
    lines += cost_rows(results["cost"]) if "cost" in results else []
    return "\n".join(lines)


def _rows(film: dict[str, Any]) -> list[str]:
    lines = [
        f"{film['shots']} shots of {film['scenes']} scenes, {film['frames']} frames; "
        f"{film['settings']} places found, {100 * film['pure']:.1f} % of the links between shots "
        "are within a scene.",
        "",
        "| row | things | spread | / off | matched | / off | distance | / off | apart / off | "
        "colorfulness / off | error / off |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    off = film["rows"]["off"]
    for row, numbers in film["rows"].items():
        for kind in kinds(off):
            cells = []
            for measure in ("spread", "matched_spread", "distance"):
                mean, ratio = mean_of(numbers, measure, kind), ratio_of(numbers, off, measure, kind)
                cells += [f"{mean:.2f}", f"{ratio:.3f}"]
            cells += [f"{apart_of(numbers, off, kind):.3f}"]
            for measure in ("colorfulness", "error"):
                cells.append(f"{numbers[measure] / off[measure]:.3f}")
            lines.append(f"| {row} | {kind} | " + " | ".join(cells) + " |")
    return lines


def _answers(film: dict[str, Any]) -> list[str]:
    found = film.get("answers")
    if not found:
        return []
    automatic = film["rows"]["normal"]["error"]
    lines = [
        "| answers | unsureness settled | ranked: error / automatic | random: error / automatic | "
        "ranked / random |",
        "|--:|--:|--:|--:|--:|",
    ]
    for count, ranked in found["ranked"].items():
        random = found["random"][count]
        lines.append(
            f"| {count} | {100 * found['worth'][count]:.0f} % | {ranked / automatic:.3f} | "
            f"{random / automatic:.3f} | {ranked / random:.3f} |"
        )
    return [*lines, ""]


def kinds(numbers: dict[str, Any]) -> list[str]:
    """Kinds of things that there are, in their order."""
    return list(dict.fromkeys(name.split(", ")[-1] for name in numbers["things"]))


def mean_of(numbers: dict[str, Any], measure: str, kind: str) -> float:
    """Mean of a measure over the things of a kind."""
    return float(
        np.mean([t[measure] for n, t in numbers["things"].items() if n.endswith(f", {kind}")])
    )


def ratio_of(numbers: dict[str, Any], off: dict[str, Any], measure: str, kind: str) -> float:
    """The same over that of another row."""
    return mean_of(numbers, measure, kind) / mean_of(off, measure, kind)


def apart_of(numbers: dict[str, Any], off: dict[str, Any], kind: str) -> float:
    """Distance between different things over that of another row."""
    pairs = [p for p in off["apart"] if all(n.endswith(f", {kind}") for n in p.split(" | "))]
    return sum(numbers["apart"][p] for p in pairs) / sum(off["apart"][p] for p in pairs)
