"""Colors that hold still: frame after frame, or over a whole shot."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..state import PipelineState
from ..types import Coloring, ShotRefiner
from .foreign import check_refined, named
from .grid import color_grid, resized
from .locks import reached
from .motion import resized_motion
from .toward import agreeing
from .values import RefinedFrame

if TYPE_CHECKING:
    from ..types import Refiner, RefinerState
    from .values import WorkFrame


def refine(
    items: Iterable[WorkFrame],
    refiner: Refiner | ShotRefiner,
    before: PipelineState | None,
    *,
    end: int | None,
    most: int,
    strength: float = 1.0,
) -> Generator[RefinedFrame, None, None]:
    """Steadies the colors within each shot.

    Args:
        items: frames in order; those from `end` on are only looked at.
        refiner: goes frame after frame, or sees all frames of a shot at once.
        before: after the frame before the first of `items`, where its shot goes on.
        end: number of the frame after the last that is asked for; None = all are.
        most: a shot of more frames is refined in parts that hand their state on, where the refiner
            sees them all at once.
        strength: factor on the colors that were found; those of a person stay as they are.
    """
    if isinstance(refiner, ShotRefiner):
        return _by_shots(items, refiner, before, end, most, strength)
    return _by_frames(items, refiner, before, strength)


def _by_frames(
    items: Iterable[WorkFrame],
    refiner: Refiner,
    before: PipelineState | None,
    strength: float,
) -> Generator[RefinedFrame, None, None]:
    state = None if before is None else before.refiner
    for item in items:
        if item.keeps_color:
            state = None
            yield _own(item)
            continue
        size = (item.L.shape[-2], item.L.shape[-1])
        L = item.L.float()
        assert item.coloring is not None
        coloring = Coloring(
            resized(item.coloring.ab, size), resized(item.coloring.confidence, size)
        )
        motion = None if item.motion is None else resized_motion(item.motion, size)
        with named("refiner", refiner, item.index, item.index):
            if item.starts_shot or state is None:
                ab, state = refiner.start(L, coloring)
            else:
                ab, state = refiner.step(state, L, coloring, motion)
        check_refined(refiner, [item], [ab], state)
        ab = as_given(agreeing(ab.to(L), item) * strength, item)
        after = _after(item, L, state)
        yield _refined(item, ab, after)


def _by_shots(
    items: Iterable[WorkFrame],
    refiner: ShotRefiner,
    before: PipelineState | None,
    end: int | None,
    most: int,
    strength: float,
) -> Generator[RefinedFrame, None, None]:
    state = None if before is None else before.refiner
    for part in shots(items, most):
        wanted = sum(end is None or item.index < end for item in part)
        if not wanted:
            continue
        if part[0].keeps_color:
            state = None
            yield from map(_own, part[:wanted])
            continue
        with named("refiner", refiner, part[0].index, part[wanted - 1].index):
            fused, state = refiner.refine(part, None if part[0].starts_shot else state, wanted)
            fused = list(fused)
        check_refined(refiner, part[:wanted], fused, state)
        for number, (item, ab) in enumerate(zip(part, fused, strict=False), start=1):
            L = item.L.float()
            after = None
            if number == wanted:
                after = _after(item, L, state)
            ab = as_given(agreeing(ab.to(L), item) * strength, item)
            yield _refined(item, ab, after)


def shots(items: Iterable[WorkFrame], most: int) -> Iterator[list[WorkFrame]]:
    """Consecutive frames of one shot that are all to be colored, or all keep their own color."""
    found: list[WorkFrame] = []
    for item in items:
        ends = found and (
            item.starts_shot or item.keeps_color != found[-1].keeps_color or len(found) == most
        )
        if ends:
            yield found
            found = []
        found.append(item)
    if found:
        yield found


def as_given(ab: Tensor, item: WorkFrame) -> Tensor:
    """Colors `(1, 2, ...)` where a person's own replace what was found."""
    if item.paste is None or item.hints is None:
        return ab
    size = (ab.shape[-2], ab.shape[-1])
    return torch.lerp(ab, resized(item.hints.ab, size), resized(item.paste, size))


def _refined(item: WorkFrame, ab: Tensor, state: PipelineState | None) -> RefinedFrame:
    locks = reached(item.locks, item.L.float(), ab)
    return RefinedFrame(item.index, item.L, ab, state, regions=item.regions, locks=locks)


def _after(item: WorkFrame, L: Tensor, state: RefinerState | None) -> PipelineState:
    return PipelineState(L, state, item.known, item.regions, item.agreed, item.locks)


def _own(item: WorkFrame) -> RefinedFrame:
    """A frame that keeps its own color."""
    L = item.L.float()
    ab = L.new_zeros(1, 2, *color_grid((L.shape[-2], L.shape[-1])))
    return RefinedFrame(item.index, item.L, ab, PipelineState(L, None), keeps_color=True)
