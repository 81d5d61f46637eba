"""`python -m benchmarks all`: one benchmark after another, then the README's tables.

Left out are those that need another machine or a browser, and `reference`, which changes what
reports say. With --quick some more are, so that all together end within ten minutes on two cores;
they write under `runs/`.
"""

from __future__ import annotations

import argparse

from . import encoders, readme
from .davis import davis
from .flow import flow
from .guidance import guidance
from .identity import identity
from .photos import photos
from .shots import shots
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
        steps += [
            ("davis --every 3", davis.main, ["--every", "3"]),
            ("guidance", guidance.main, []),
            ("identity", identity.main, []),
            ("shots", shots.main, ["--resets", "6"]),
            ("encoders", encoders.main, []),
            ("readme", readme.main, []),
        ]
    missing = []
    for name, run, words in steps:
        print(f"== {name}", flush=True)
        try:
            run(words)
        except (SystemExit, FileNotFoundError) as err:
            missing.append(f"{name}: {err}")
    if missing:
        raise SystemExit("not done:\n" + "\n".join(missing))
