"""How long something takes, on machines that are busy with other things too."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median


def milliseconds(work: Callable[[], object], runs: int = 5) -> float:
    """Median of `runs` calls after one that warms up."""
    work()
    found = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return round(1000 * median(found), 2)
