"""Frames between two that the colorizer does not agree with itself about: it sees these too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from flow.warp import backward_warp

from .colorize import colorize_batches

if TYPE_CHECKING:
    from ..types import Colorizer
    from .values import WorkFrame

# How far apart in ab, on average, colors of two frames are that settle the frames between them.
# On real shots less of it has more frames colored, no nearer the truth and hardly stiller.
_APART = 4.0


def color_between(
    items: Iterable[WorkFrame], colorizer: Colorizer, *, takes_hints: bool = False
) -> Iterator[WorkFrame]:
    """Colors more frames where two colored ones of a shot disagree, the middle one first.

    Elsewhere the frames between have their colors along the flow from both sides. What is colored
    depends on the frames from the first of `items` on alone, as in `choose_colored`.

    Args:
        items: frames in order, some of them colored, with the motion between them.
        colorizer: that colored them.
        takes_hints: it sees the hints of a frame.
    """

    def settled(gap: list[WorkFrame]) -> list[WorkFrame]:
        """Frames from a colored one to the next, more of them colored if need be."""
        if len(gap) < 3 or _apart(gap) <= _APART:
            return gap
        middle = len(gap) // 2
        asked = [replace(gap[middle], is_colored=True)]
        (seen,) = colorize_batches(asked, colorizer, 1, takes_hints=takes_hints)
        return [*settled([*gap[:middle], seen])[:-1], *settled([seen, *gap[middle + 1 :]])]

    gap: list[WorkFrame] = []
    for item in items:
        if item.starts_shot or item.keeps_color:
            yield from gap
            gap = []
        gap.append(item)
        if item.coloring is not None:
            if gap[0].coloring is not None:
                gap = settled(gap)
            yield from gap[:-1]
            gap = [item]
    yield from gap


def _apart(gap: Sequence[WorkFrame]) -> float:
    """Mean distance of the last colors from the first, where the flow carries these."""
    assert gap[0].coloring is not None
    assert gap[-1].coloring is not None
    carried = gap[0].coloring.ab
    trust = torch.ones_like(carried[:, :1])
    for item in gap[1:]:
        if item.motion is None:
            return 0.0
        flow = item.motion.flow.float()
        carried = backward_warp(carried, flow)
        trust = backward_warp(trust, flow) * item.motion.trust
    a, b = (carried - gap[-1].coloring.ab).split(1, dim=1)
    distance = torch.hypot(a, b)  # of two channels, `norm` is slow
    return float((distance * trust).sum() / trust.sum().clamp(min=1))
