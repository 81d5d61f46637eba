"""Mutated films: each ends in success, a salvage that is told, or one line; nothing is left."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILMS = int(os.environ.get("VIDCOLOR_FUZZ", "500"))
"""A twentieth of a second of a processor each."""
PATIENCE_S = 120
"""Longest time for one film, start of the process included; the machine may be busy."""


def fuzz(folder: Path, first: int, last: int) -> list[dict]:
    """What `tests.fuzzing` says of films; a process that dies or hangs is a finding, too."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.fuzzing", str(folder), str(first), str(last)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    assert worker.stdout is not None
    reports, line = [], b""
    with selectors.DefaultSelector() as ready:
        ready.register(worker.stdout, selectors.EVENT_READ)
        while ready.select(PATIENCE_S):
            part = os.read(worker.stdout.fileno(), 1 << 16)
            if not part:
                break
            *whole, line = (line + part).split(b"\n")
            reports += [json.loads(text) for text in whole]
    worker.kill()
    worker.stdout.close()
    status = worker.wait()
    if len(reports) < last - first:
        reports.append({"number": first + len(reports), "said": f"ended with {status}"})
    return reports


@pytest.mark.skipif(os.name != "posix", reason="waits on a pipe")
def test_mutated_films_end_well(tmp_path: Path) -> None:
    reports: list[dict] = []
    while len(reports) < FILMS:
        folder = tmp_path / str(len(reports))
        folder.mkdir()
        reports += fuzz(folder, len(reports), FILMS)
    kinds = Counter(report["said"].split(":")[0] for report in reports)
    print(kinds)
    bad = [r for r in reports if r["said"].split(":")[0] not in ("success", "salvaged", "refused")]
    assert not bad
    # neither all too gentle nor all too rough
    assert min(kinds.values()) > FILMS // 20
