"""What a network costs: processor time, so that other programs do not count, and size."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from statistics import median
from types import ModuleType

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
    """Parameters of all networks that an object is or holds, itself or in what it holds."""
    return sum(p.numel() for net in _networks(part, set()) for p in net.parameters())


def _networks(part: object, seen: set[int]) -> Iterator[nn.Module]:
    if id(part) in seen or isinstance(part, ModuleType | type):
        return
    seen.add(id(part))
    if isinstance(part, nn.Module):
        yield part
    else:
        for value in getattr(part, "__dict__", {}).values():
            yield from _networks(value, seen)
