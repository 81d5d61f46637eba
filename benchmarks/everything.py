"""`python -m benchmarks all`: every benchmark, one after another, then the README's tables.

With --quick all of them together end within ten minutes on two cores, and write under `runs/`.
"""

from __future__ import annotations

import argparse

from . import readme
from .davis import davis
from .flow import flow
from .photos import photos
from .speed import speed
from .store import RUNS


def main(args: list[str]) -> None:
    """Runs them; one that lacks its data says so, and the others go on."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks all", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args(args).quick
    more = ["--quick"] if quick else []
    flow_words = (
        ["--pairs", "1", "--parts", "made", "davis", "--results", str(RUNS / "results")]
        if quick
        else []
    )
    steps = [
        ("davis", davis.main, more),
        ("davis --drift", davis.main, ["--drift", *more]),
        ("photos", photos.main, more),
        ("flow", flow.main, flow_words),
        ("speed", speed.main, more),
    ]
    if not quick:
        steps.append(("readme", readme.main, []))
    missing = []
    for name, run, words in steps:
        print(f"== {name}", flush=True)
        try:
            run(words)
        except (SystemExit, FileNotFoundError) as err:
            missing.append(f"{name}: {err}")
    if missing:
        raise SystemExit("not done:\n" + "\n".join(missing))
