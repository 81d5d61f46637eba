"""Known colors on their way through a shot, forwards and backwards along the flow.

A color goes on as long as the flow that carries it is consistent in both directions, and ends
where the thing is hidden: what comes into view anew is not stained. Between two frames whose
colors were given, the nearer one counts more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from flow.warp import backward_warp

from ..types import Hints
from .grid import color_grid
from .locks import follow
from .refine import shots

if TYPE_CHECKING:
    from ..guidance.guidance import GivenColors, Lock, LockPlace
    from ..types import Motion
    from .values import WorkFrame

# Planes: a*, b*, how far the flow was to be trusted so far, frames since then and strength, all
# but trust times trust.
_TRUST, _AGE, _STRENGTH = 2, 3, 4
# Trust that is needed, and how strongly surer colors win.
_LEAST, _SURER = 0.2, 8
# Strength from which a color is certain, and what others count against what the flow carried:
# those that likeness found are as true as carried ones that lost half of their trust.
_CERTAIN, _LIKENESS = 0.95, 0.5
_TINY = 1e-6

Carried = tuple[list["WorkFrame"], "Tensor | None"]
"""Frames with what arrived at them, and what goes on to the frame after them."""


def carry_hints(
    items: Iterable[WorkFrame],
    given: Mapping[int, GivenColors],
    before: Tensor | None,
    *,
    locks: Sequence[Lock] = (),
    places: Sequence[LockPlace] = (),
    end: int | None,
    reach: int | None,
    most: int,
) -> Iterator[WorkFrame]:
    """Adds to every frame what is known of its colors from all frames of its shot.

    Args:
        items: frames in order, with motion both ways.
        given: what a person said, by frame number.
        before: what was known after the frame before the first of `items`, where its shot goes on.
        locks: places that are followed through the shot.
        places: of locks on the frame before the first of `items`, where its shot goes on.
        end: number of the frame after the last that is asked for; None = all are.
        reach: frames from here on are looked at and not given on; None = all are.
        most: a longer shot is looked at in parts; colors go on into later parts only.
    """

    def carry(part: list[WorkFrame], start: Tensor | None, last: int) -> Carried:
        nonlocal places
        found, carried = _with_all_hints(part, given, start, last)
        followed = follow(part, locks, () if part[0].starts_shot else places)
        places = followed.get(part[-1].index, ())
        return [replace(i, locks=tuple(followed.get(i.index, ()))) for i in found], carried

    return through_shots(items, carry, before, end=end, reach=reach, most=most)


def through_shots(
    items: Iterable[WorkFrame],
    carry: Callable[[list[WorkFrame], Tensor | None, int], Carried],
    before: Tensor | None,
    *,
    end: int | None,
    reach: int | None,
    most: int,
) -> Iterator[WorkFrame]:
    """Carries planes through shot after shot; see `carry_hints`.

    Args:
        items: frames in order, with motion both ways.
        carry: given frames of a shot, what arrives from before them and the number of the frame
            that hands on what it has, gives the frames and what goes on into more of the shot.
        before: what arrives from the frame before the first of `items`, where its shot goes on.
        end, reach, most: see `carry_hints`.
    """
    for part in shots(items, most):
        if part[0].keeps_color:
            found, before = part, None
        else:
            start = None if part[0].starts_shot else before
            last = part[-1].index if end is None else end - 1
            found, before = carry(part, start, last)
        for item in found:
            if reach is None or item.index < reach:
                yield item


def _with_all_hints(
    items: list[WorkFrame], given: Mapping[int, GivenColors], before: Tensor | None, last: int
) -> Carried:
    sides = both_sides(items, given, before)
    if sides is None:
        return items, None
    onward, back = sides
    found = [with_hints(item, a, b) for item, a, b in zip(items, onward, back, strict=True)]
    # only where a unit may end: it is handed on
    found = [
        replace(i, known=k) if i.index == last else i for i, k in zip(found, onward, strict=True)
    ]
    return found, onward[-1]


def both_sides(
    items: Sequence[WorkFrame],
    given: Mapping[int, GivenColors],
    before: Tensor | None,
    uncertain: float = _LIKENESS,
) -> tuple[list[Tensor | None], list[Tensor | None]] | None:
    """What arrives at every frame of a shot from the frames before it, and from those after it.

    Args:
        items: consecutive frames of the shot, with motion both ways.
        given: colors by frame number.
        before: what was known after the frame before the first.
        uncertain: what colors of a frame that are not certain count against those that were
            carried to it.

    Returns:
        Planes as of `planes_of` for every frame, from both sides; None where nothing is known.
    """
    grid = color_grid((items[0].L.shape[-2], items[0].L.shape[-1]))
    device = items[0].L.device
    said = [planes_of(given[i.index], grid).to(device) if i.index in given else None for i in items]
    if before is None and all(s is None for s in said):
        return None
    onward: list[Tensor | None] = []
    known = before
    for item, own in zip(items, said, strict=True):
        known = _merged(_moved(known, item.motion), own, uncertain)
        onward.append(known)
    back: list[Tensor | None] = [None] * len(items)
    known = None
    for i in range(len(items) - 1, -1, -1):
        motion = items[i + 1].onward if i + 1 < len(items) else None
        known = _merged(_moved(known, motion), said[i], uncertain)
        back[i] = known
    return onward, back


def planes_of(colors: GivenColors, size: tuple[int, int]) -> Tensor:
    """What was said of a frame, as planes `(1, 5, *size)`."""
    ab = torch.from_numpy(colors.ab)[None].float()
    weight = torch.from_numpy(colors.weight)[None, None].float()
    if weight.shape[-2] < size[0] or weight.shape[-1] < size[1]:
        larger = [max(a, b) for a, b in zip(weight.shape[-2:], size, strict=True)]
        ab, weight = (F.interpolate(x, size=larger, mode="bilinear") for x in (ab, weight))
    mass = F.adaptive_avg_pool2d(weight, size)
    sums = F.adaptive_avg_pool2d(ab * weight, size)
    # a small spot keeps its strength: a cell is as sure as its surest pixel
    strength = F.adaptive_max_pool2d(weight, size)
    trust = (strength > 0).float()
    ab = sums / mass.clamp(min=_TINY)
    return torch.cat((ab * trust, trust, torch.zeros_like(trust), strength * trust), dim=1)


def _moved(known: Tensor | None, motion: Motion | None) -> Tensor | None:
    if known is None or motion is None:
        return None
    moved = backward_warp(known, motion.flow.float()) * motion.trust
    older = moved[:, _AGE] + moved[:, _TRUST]
    return torch.cat((moved[:, :_AGE], older[:, None], moved[:, _STRENGTH:]), dim=1)


def _merged(known: Tensor | None, said: Tensor | None, uncertain: float) -> Tensor | None:
    """What is said of a frame replaces what was carried there, unless that is surer."""
    if said is None or known is None:
        return known if said is None else said
    new = said[:, _STRENGTH:]
    sure = torch.where(new < _CERTAIN, uncertain * new, new)
    return torch.where((new > 0) & (sure >= known[:, _STRENGTH:]), said, known)


def with_hints(item: WorkFrame, onward: Tensor | None, back: Tensor | None) -> WorkFrame:
    """A frame with the colors that arrive there from the frames before and after it."""
    sides = [side for side in (onward, back) if side is not None]
    if not sides:
        return item
    hints, trust = met(sides)
    return replace(item, hints=hints, paste=trust.sqrt() * hints.weight.square())


def met(sides: Sequence[Tensor]) -> tuple[Hints, Tensor]:
    """Colors that arrive at a frame from one side or two, and how far the flow was trusted."""
    weights, colors, trusts, strengths = [], [], [], []
    for side in sides:
        trust = side[:, _TRUST : _TRUST + 1]
        safe = trust.clamp(min=_TINY)
        strength = side[:, _STRENGTH:] / safe
        age = side[:, _AGE : _AGE + 1] / safe
        weights.append(trust * strength**_SURER / (1 + age) + _TINY**2)
        colors.append(side[:, :2] / safe)
        trusts.append(trust)
        strengths.append(strength)
    total = torch.stack(weights).sum(0)

    def mean(values: list[Tensor]) -> Tensor:
        return torch.stack([w * v for w, v in zip(weights, values, strict=True)]).sum(0) / total

    trust, strength = torch.stack(trusts).amax(0).clamp(max=1), mean(strengths).clamp(0, 1)
    return Hints(mean(colors), strength * (trust > _LEAST)), trust
