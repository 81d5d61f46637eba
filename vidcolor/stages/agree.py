"""Colors that a film's shots agree on, on their way through a shot.

They come as small planes of key frames and go on along the flow, as given colors do
(`stages.travel`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ..types import Hints
from .grid import color_grid
from .refine import shots
from .travel import both_sides, met, planes_of

if TYPE_CHECKING:
    from torch import Tensor

    from ..guidance.guidance import GivenColors
    from .values import WorkFrame

# Trust in the flow at which an arriving color says nothing, and from which it says all it can.
_LOST, _KEPT = 0.2, 0.5


def carry_agreed(
    items: Iterable[WorkFrame],
    agreed: Mapping[int, GivenColors],
    before: Tensor | None,
    *,
    end: int | None,
    reach: int | None,
    most: int,
) -> Iterator[WorkFrame]:
    """Adds to every frame what was agreed on for it.

    Args:
        items: frames in order, with motion both ways.
        agreed: by frame number.
        before: what was known after the frame before the first of `items`, where its shot goes on.
        end: number of the frame after the last that is asked for; None = all are.
        reach: frames from here on are looked at and not given on; None = all are.
        most: a longer shot is looked at in parts; colors go on into later parts only.
    """
    for part in shots(items, most):
        start = None if part[0].starts_shot else before
        last = part[-1].index if end is None else end - 1
        found, before = (part, None) if part[0].keeps_color else _through(part, agreed, start, last)
        for item in found:
            if reach is None or item.index < reach:
                yield item


def _through(
    items: list[WorkFrame], agreed: Mapping[int, GivenColors], before: Tensor | None, last: int
) -> tuple[list[WorkFrame], Tensor | None]:
    grid = color_grid((items[0].L.shape[-2], items[0].L.shape[-1]))
    device = items[0].L.device
    own = [
        planes_of(agreed[i.index], grid).to(device) if i.index in agreed else None for i in items
    ]
    if before is None and all(x is None for x in own):
        return items, None
    onward, back = both_sides(items, own, before)
    found = []
    for item, *sides in zip(items, onward, back, strict=True):
        arrived = [x for x in sides if x is not None]
        if not arrived:
            found.append(item)
            continue
        target, trust = met(arrived)
        kept = ((trust - _LOST) / (_KEPT - _LOST)).clamp(0, 1)
        handed_on = sides[0] if item.index == last else None
        target = Hints(target.ab, target.weight * kept)
        found.append(replace(item, target=target, agreed=handed_on))
    return found, onward[-1]
