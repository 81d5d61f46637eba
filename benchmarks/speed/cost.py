"""What a network costs: processor time, so that other programs do not count, and size."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from torch import nn


def milliseconds(work: Callable[[], object], runs: int = 5) -> float:
    """Median processor time of `runs` calls after one that warms up; all threads count."""
    work()
    found = []
    for _ in range(runs):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return round(1000 * median(found), 2)


def parameters(part: object) -> int:
    """Parameters of all networks that an object holds."""
    nets = [value for value in vars(part).values() if isinstance(value, nn.Module)]
    return sum(p.numel() for net in nets for p in net.parameters())
