"""The order of fields of a film whose file does not mark it, measured on a few places."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .cadence import Step, compare, rhythm, shrink

FIELD_PLACES, FIELD_FRAMES = 6, 8
"""Places of a film that are looked at, and consecutive frames at each."""


def measured_order(luma: Iterable[tuple[int, np.ndarray]], depth: int) -> str:
    """ "tff" or "bff" where frames are combed, else "progressive".

    Args:
        luma: (place, uint8 or uint16 `(H, W)` luma codes) of consecutive frames at each place.
        depth: bits per code.
    """
    bursts: dict[int, list[Step]] = {}
    before: tuple[int, np.ndarray] | None = None
    for place, y in luma:
        lines = shrink(y, depth)
        steps = bursts.setdefault(place, [])
        if before is not None and before[0] == place:
            steps.append(compare(before[1], lines))
        before = place, lines
    return rhythm(list(bursts.values())).order
