"""The tables of the DAVIS benchmark, made from its JSON and nothing else."""

from __future__ import annotations

from typing import Any

from ..systems import PLAIN
from .judge import FAR
from .sanity import GRAY, SEPIA, TRUTH

Results = dict[str, Any]
Column = tuple[str, str, str]
"""Heading, measure (with `@truth` or `@plain`: its ratio to that row's), format."""

HEADLINE: tuple[Column, ...] = (
    ("CIEDE2000", "ciede2000", ".2f"),
    ("class-balanced", "class_balanced", ".1f"),
    ("color kept", "colorfulness@truth", ".2f"),
    ("relative flicker", "relative_flicker", ".4f"),
    (f"relative change, {FAR} frames", f"relative_change_{FAR}", ".3f"),
)
"""Columns that neither gray nor a constant tint can win: both are far from the truth, and their
relative flicker is nothing over nothing."""

BEST = {"colorfulness@truth": 1.0}
"""Value that is best where it is not the smallest."""

STILLNESS: tuple[Column, ...] = (
    ("flicker", "flicker", ".3f"),
    ("/ truth", "flicker@truth", ".2f"),
    ("/ plain", "flicker@plain", ".3f"),
    ("warp 1", "warp_1", ".2f"),
    ("/ truth", "warp_1@truth", ".2f"),
    ("/ plain", "warp_1@plain", ".3f"),
    (f"warp {FAR}", f"warp_{FAR}", ".2f"),
    ("/ truth", f"warp_{FAR}@truth", ".2f"),
    ("/ plain", f"warp_{FAR}@plain", ".3f"),
    ("CDC x1000", "cdc", "milli"),
    ("/ truth", "cdc@truth", ".2f"),
)

COLOR: tuple[Column, ...] = (
    ("colorful", "colorfulness", ".1f"),
    ("/ plain", "colorfulness@plain", ".2f"),
    ("spread in time", "colorfulness_spread", ".2f"),
    ("off by", "colorfulness_off", ".1f"),
    ("ab RMSE", "ab_rmse", ".2f"),
    ("/ plain", "ab_rmse@plain", ".3f"),
    ("CIEDE2000 / plain", "ciede2000@plain", ".3f"),
    ("ab within 10, %", "share_within_10", "percent"),
    ("AuC, %", "area", "percent"),
    ("PSNR, dB", "psnr", "decibel"),
    ("SSIM", "ssim", ".3f"),
    ("LPIPS", "lpips", ".3f"),
)

SMEAR: tuple[Column, ...] = (
    ("at edges", "error_edges", ".2f"),
    ("/ plain", "error_edges@plain", ".3f"),
    ("uncovered", "error_uncovered", ".2f"),
    ("/ plain", "error_uncovered@plain", ".3f"),
    ("rest", "error_rest", ".2f"),
    ("/ plain", "error_rest@plain", ".3f"),
)

PER_SEQUENCE: tuple[Column, ...] = (
    ("CIEDE2000", "ciede2000", ".2f"),
    ("colorful", "colorfulness", ".1f"),
    ("flicker", "flicker", ".3f"),
    (f"warp {FAR}", f"warp_{FAR}", ".2f"),
)

README: tuple[Column, ...] = (
    ("CIEDE2000", "ciede2000", ".2f"),
    ("class-balanced", "class_balanced", ".1f"),
    ("ab RMSE", "ab_rmse", ".2f"),
    ("color kept", "colorfulness@truth", ".2f"),
    ("flicker", "flicker", ".3f"),
    ("/ plain", "flicker@plain", ".2f"),
    ("warp 1 / plain", "warp_1@plain", ".2f"),
    (f"warp {FAR} / plain", f"warp_{FAR}@plain", ".2f"),
    ("relative flicker", "relative_flicker", ".4f"),
)


def ratios() -> list[str]:
    """All ratios that some table asks for."""
    tables = (HEADLINE, STILLNESS, COLOR, SMEAR, README)
    return sorted({m for table in tables for _, m, _ in table if "@" in m})


def table(results: Results, columns: tuple[Column, ...], *, intervals: bool = False) -> str:
    """Rows of the JSON's `all`, Markdown; the best of the real systems in bold."""
    columns = tuple(c for c in columns if c[1] in results["all"][TRUTH])
    lines = ["| system | " + " | ".join(c[0] for c in columns) + " |"]
    lines.append("|---|" + "--:|" * len(columns))
    for row, numbers in results["all"].items():
        cells = []
        for _, measure, form in columns:
            cell = _cell(numbers.get(measure, {}), form, intervals=intervals)
            cells.append(f"**{cell}**" if winner(results, measure) == row else cell)
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def by_sequence(results: Results) -> str:
    """A few measures of every sequence: the truth, gray and the systems."""
    rows = [r for r, about in results["rows"].items() if about["kind"] == "system"]
    rows = [TRUTH, GRAY, *rows]
    parts = []
    for head, measure, form in PER_SEQUENCE:
        lines = [f"| {head} | " + " | ".join(rows) + " |", "|---|" + "--:|" * len(rows)]
        for name, numbers in results["sequences"].items():
            cells = [_cell({"mean": numbers[row][measure]}, form, intervals=False) for row in rows]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def winner(results: Results, measure: str, among: tuple[str, ...] = ("system",)) -> str | None:
    """The row that scores best in a headline column; None for other columns and without values.

    Args:
        results: the JSON.
        measure: as in `HEADLINE`.
        among: kinds of rows that compete, "system" and "sanity".
    """
    if measure not in {m for _, m, _ in HEADLINE}:
        return None
    found = {
        row: abs(numbers[measure]["mean"] - BEST.get(measure, 0.0))
        for row, numbers in results["all"].items()
        if results["rows"][row]["kind"] in among and numbers[measure]["mean"] is not None
    }
    return min(found, key=found.__getitem__) if found else None


def _cell(number: dict[str, float | None], form: str, *, intervals: bool) -> str:
    value = number.get("mean")
    if value is None:
        return "-"
    text = _print(value, form)
    low, high = number.get("low"), number.get("high")
    if intervals and low is not None and high is not None and high > low:
        text += f" [{_print(low, form)}, {_print(high, form)}]"
    return text


def _print(value: float, form: str) -> str:
    if form == "decibel":
        return "exact" if value >= 100 else f"{value:.2f}"
    if form == "milli":
        return f"{1000 * value:.2f}"
    if form == "percent":
        return f"{100 * value:.1f}"
    return f"{value:{form}}"


def warnings(results: Results) -> list[str]:
    """What must be known before a column is believed, from the numbers themselves."""
    rows = results["all"]
    tables = {"stillness": STILLNESS, "color": COLOR, "smear": SMEAR}
    lines = []
    for row in (GRAY, SEPIA):
        fooled = [
            head
            for columns in tables.values()
            for head, m, _ in columns
            if "@" not in m and m in rows[row] and _beats(rows[row][m], rows[TRUTH][m], m)
        ]
        if fooled:
            lines.append(
                f"Warning: {row} beats the truth in {', '.join(fooled)}. "
                "Never read these without the colors that were kept."
            )
    cdc = rows[GRAY]["cdc@truth"]["mean"]
    if cdc is not None:
        lines.append(f"Warning: CDC does not see that colors are missing: gray / truth {cdc:.2f}.")
    for row, numbers in rows.items():
        if results["rows"][row]["kind"] != "system":
            continue
        if numbers["ciede2000"]["mean"] > rows[GRAY]["ciede2000"]["mean"]:
            lines.append(f"Warning: {row} is farther from the truth than gray (CIEDE2000).")
        if numbers["colorfulness@truth"]["mean"] < 0.5:
            lines.append(f"Warning: {row} keeps less than half of the true colorfulness.")
    return lines


def _beats(one: dict[str, float], other: dict[str, float], measure: str) -> bool:
    more_is_better = measure in ("share_within_10", "area", "psnr", "ssim", "colorfulness")
    a, b = one["mean"], other["mean"]
    if a is None or b is None or abs(a - b) < 1e-9:
        return False
    return a > b if more_is_better else a < b


def page(results: Results) -> str:
    """All tables with what is to be known about them."""
    settings = results["settings"]
    names = ", ".join(results["sequences"])
    truth = results["all"][TRUTH]
    every = settings.get("every", 1)
    sparse = "" if every == 1 else f", one frame in {every},"
    parts = [
        f"# DAVIS\n\n{settings['frames']} frames of {len(results['sequences'])} sequences{sparse} "
        f"({names}), judged at {settings['size'][1]}x{settings['size'][0]} by {settings['judge']}, "
        "the same flow and masks for every row. Brackets: 95 % bootstrap intervals over sequences. "
        f"Kept pixels: {100 * truth['kept_1']['mean']:.1f} % at distance 1"
        + _far_share(truth)
        + f". `plain` is {PLAIN}. What the numbers mean: `benchmarks/README.md`.",
        "## Headline\n\nNo gray and no constant tint can win these. Bold: the best system.\n\n"
        + table(results, HEADLINE, intervals=True),
        "## Stillness\n\n" + table(results, STILLNESS),
        "## Color\n\n" + table(results, COLOR),
        f"## Smear\n\nMean ab distance from the truth within 6 px of moving edges "
        f"({100 * truth['share_edges']['mean']:.1f} % of pixels), where something came into view "
        f"({100 * truth['share_uncovered']['mean']:.1f} %), and elsewhere.\n\n"
        + table(results, SMEAR),
        "\n".join(f"- {line}" for line in warnings(results)),
        "## Sequence by sequence\n\n" + by_sequence(results),
        "Left out:\n\n" + "\n".join(f"- {k}: {v}" for k, v in results["left_out"].items()),
    ]
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _far_share(truth: dict[str, Any]) -> str:
    far = truth[f"kept_{FAR}"]["mean"]
    return "" if far is None else f", {100 * far:.1f} % at distance {FAR}"


def for_readme(results: Results) -> str:
    """The table of the project's front page."""
    return table(results, README)
