"""Colors that a film's shots agree on, on their way through a shot.

They come as small planes of key frames and go on along the flow, as given colors do
(`stages.travel`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ..types import Hints
from .travel import Carried, both_sides, met, through_shots

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
    carry = partial(_with_targets, agreed)
    return through_shots(items, carry, before, end=end, reach=reach, most=most)


def _with_targets(
    agreed: Mapping[int, GivenColors], items: list[WorkFrame], before: Tensor | None, last: int
) -> Carried:
    sides = both_sides(items, agreed, before, uncertain=1)
    if sides is None:
        return items, None
    onward, back = sides
    found = []
    for item, *both in zip(items, onward, back, strict=True):
        arrived = [x for x in both if x is not None]
        if not arrived:
            found.append(item)
            continue
        target, trust = met(arrived)
        kept = ((trust - _LOST) / (_KEPT - _LOST)).clamp(0, 1)
        handed_on = both[0] if item.index == last else None
        target = Hints(target.ab, target.weight * kept)
        found.append(replace(item, target=target, agreed=handed_on))
    return found, onward[-1]
