"""The tables of the photographs benchmark, made from its JSON and nothing else."""

from __future__ import annotations

from typing import Any

from . import confidence, curve

Results = dict[str, Any]

_COLUMNS = (
    ("PSNR", "psnr", ".2f"),
    ("over gray, dB", "psnr_over_gray", "+.2f"),
    ("ab RMSE", "ab_rmse", ".2f"),
    ("CIEDE2000", "ciede2000", ".2f"),
    ("/ gray", "ciede2000@gray", ".3f"),
    ("class-balanced", "class_balanced", ".1f"),
    ("/ gray", "class_balanced@gray", ".3f"),
    ("ab within 10, %", "share_within_10", "percent"),
    ("AuC, %", "area", "percent"),
    ("LPIPS", "lpips", ".3f"),
    ("colorful", "colorfulness", ".1f"),
    ("/ truth", "colorfulness@truth", ".2f"),
    ("off by", "colorfulness_off", ".1f"),
    ("stray spots, ‰", "stray_spots", "permille"),
)
_README = ("psnr_over_gray", "ciede2000@gray", "class_balanced@gray", "colorfulness@truth")
_INTERVALS = ("psnr_over_gray", "ciede2000@gray")


def table(results: Results, name: str, measures: tuple[str, ...] = ()) -> str:
    """One set of pictures; `measures` = which columns, all if empty."""
    here = results["sets"][name]["gray"]
    columns = [c for c in _COLUMNS if c[1] in (measures or here)]
    names = {m: h for h, m, _ in _COLUMNS}
    heads = [
        f"{names[m.partition('@')[0]]} {h}" if measures and h.startswith("/") else h
        for h, m, _ in columns
    ]
    heads += ["M parameters", "ms", "pictures seen", "core minutes"]
    lines = ["| system | " + " | ".join(heads) + " |", "|---|" + "--:|" * len(heads)]
    for row, numbers in results["sets"][name].items():
        cells = [
            _cell(numbers[m], form, with_interval=m in _INTERVALS and not measures)
            if m in numbers
            else "-"
            for _, m, form in columns
        ]
        cells += _about(results["rows"].get(row))
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _about(row: dict[str, Any] | None) -> list[str]:
    """What a system costs, and what its training cost where its weights say so."""
    if row is None:
        return ["-"] * 4
    seen = row.get("trained", {}).get("trained")
    spent = [f"{seen['pictures']:,}", f"{seen['core_minutes']:.0f}"] if seen else ["-"] * 2
    return [f"{row['parameters'] / 1e6:.1f}", f"{row['ms']:.0f}", *spent]


def _cell(number: dict[str, float], form: str, *, with_interval: bool) -> str:
    text = _print(number["mean"], form)
    if with_interval and number.get("high", 0) > number.get("low", 0):
        text += f" [{_print(number['low'], form)}, {_print(number['high'], form)}]"
    return text


def _print(value: float, form: str) -> str:
    scale = {"percent": 100, "permille": 1000}.get(form)
    return f"{scale * value:.1f}" if scale else f"{value:{form}}"


def warnings(results: Results) -> list[str]:
    """Rows that are worse than no color at all."""
    lines = []
    for name, rows in results["sets"].items():
        for row in results["rows"]:
            if row in rows and rows[row]["ciede2000@gray"]["mean"] >= 1:
                lines.append(f"Warning: on {name}, {row} is no closer to the truth than gray.")
    return lines


def page(results: Results) -> str:
    """All tables with what is to be known about them."""
    parts = ["# Photographs and frames, picture by picture"]
    for name, count in results["settings"].items():
        parts.append(f"## {count} {name}\n\n" + table(results, name))
    parts.append(
        "Brackets: 95 % bootstrap intervals over pictures. Milliseconds: one frame of a 16:9 film "
        "at the size the system asks for, processor time of one thread, median. Pictures seen and "
        "core minutes: what training the row's weights took, at which size stands below. The "
        "mean color is that of the very pictures measured. What the numbers mean: "
        "`benchmarks/README.md`."
    )
    if hints := results.get("hints"):
        parts.append("## True points as hints, photographs\n\n" + _hints(hints))
    if curves := results.get("curves"):
        parts.append(
            "## Colorfulness over the truth's and CIEDE2000 over gray's, saturation times a factor"
            "\n\n" + curve.shown(curves)
        )
    if sure := results.get("confidence"):
        parts.append("## Confidence, its tenths of all pixels\n\n" + confidence.shown(sure))
    if lines := warnings(results):
        parts.append("\n".join(f"- {line}" for line in lines))
    trained = {r: a["trained"] for r, a in results["rows"].items() if a.get("trained")}
    if trained:
        parts.append("Trained:\n\n" + "\n".join(f"- {r}: {_plain(t)}" for r, t in trained.items()))
    parts.append("Left out:\n\n" + "\n".join(f"- {k}: {v}" for k, v in results["left_out"].items()))
    return "\n\n".join(part.rstrip() for part in parts) + "\n"


def _hints(rows: dict[str, list[dict[str, Any]]]) -> str:
    lines = ["| system | points | CIEDE2000 | / without |", "|---|--:|--:|--:|"]
    for row, found in rows.items():
        lines += [
            f"| {row} | {f['points']} | {f['ciede2000']:.2f} | {f['share']:.3f} |" for f in found
        ]
    return "\n".join(lines) + "\n"


def _plain(config: dict[str, Any]) -> str:
    return ", ".join(f"{k} {v}" for k, v in config.items())


def for_readme(results: Results) -> str:
    """The table of the project's front page."""
    return table(results, "photographs", _README)
