"""What a network costs: time, on machines that are busy with other things too, and size."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from torch import nn


def milliseconds(work: Callable[[], object], runs: int = 5) -> float:
    """Median of `runs` calls after one that warms up."""
    work()
    found = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return round(1000 * median(found), 2)


def parameters(part: object) -> int:
    """Parameters of all networks that an object holds."""
    nets = [value for value in vars(part).values() if isinstance(value, nn.Module)]
    return sum(p.numel() for net in nets for p in net.parameters())
