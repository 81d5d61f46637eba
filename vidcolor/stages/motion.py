"""Motion between the frames of a shot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from flow.consistency import soft_confidence
from flow.warp import resize_flow

from ..types import Motion
from .foreign import check_flows, named
from .grid import color_grid, resized

if TYPE_CHECKING:
    from flow.base import FlowEstimator

    from ..state import PipelineState
    from .values import WorkFrame

    AddMotion = Callable[[list[WorkFrame], Tensor, Tensor, Tensor, Tensor], list[WorkFrame]]


def estimate_motion(
    items: Iterable[WorkFrame],
    flow: FlowEstimator | None,
    state: PipelineState | None,
    *,
    both_ways: bool = False,
    batch: int = 1,
) -> Iterator[WorkFrame]:
    """Adds the motion from each frame to the one before it in the same shot.

    Args:
        items: frames in order.
        flow: the estimator; None = no motion is needed.
        state: after the frame before the first of `items`, where its shot goes on.
        both_ways: adds the motion from the frame before to each frame too, and gives both on the
            color grid, in float16, since whole shots of them are held.
        batch: frames whose motion is estimated at once, for accelerators. One by one, what the
            estimator makes of a frame is kept for the next.
    """
    if flow is None:
        yield from items
        return
    add = _both if both_ways else _backward
    paired = _with_previous(items, None if state is None else state.L)
    if batch > 1:
        while some := list(islice(paired, batch)):
            yield from _at_once(some, flow, add)
        return
    features, of = None, None
    for item, before in paired:
        if item.keeps_color:
            yield item
            continue
        luma = _luma(item.L)
        with named("flow", flow, item.index, item.index):
            if before is not None and of is not before:
                features = flow.encode(_luma(before))
            new_features = flow.encode(luma)
            flows = None if before is None else _pair(flow.flows(new_features, features))
        made = item
        if before is not None and flows is not None:
            check_flows(flow, luma, flows, item.index)
            (made,) = add([item], luma, _luma(before), *flows)
        features, of = new_features, item.L
        yield made


def _with_previous(
    items: Iterable[WorkFrame], previous: Tensor | None
) -> Iterator[tuple[WorkFrame, Tensor | None]]:
    """Frames with the lightness of the one before, None where no motion leads there."""
    for item in items:
        yield item, None if item.starts_shot or item.keeps_color else previous
        previous = None if item.keeps_color else item.L


def _at_once(
    pairs: list[tuple[WorkFrame, Tensor | None]], flow: FlowEstimator, add: AddMotion
) -> Iterator[WorkFrame]:
    moving = [(item, before) for item, before in pairs if before is not None]
    made: Iterator[WorkFrame] = iter(())
    if moving:
        luma = _luma(torch.cat([item.L for item, _ in moving]))
        before = _luma(torch.cat([before for _, before in moving]))
        first, last = moving[0][0].index, moving[-1][0].index
        with named("flow", flow, first, last):
            flows = _pair(flow.both_flows(luma, before))
        check_flows(flow, luma, flows, first)
        made = iter(add([item for item, _ in moving], luma, before, *flows))
    for item, previous in pairs:
        yield item if previous is None else next(made)


def _luma(L: Tensor) -> Tensor:
    """What flow is estimated on, float32, 0..1."""
    return L.float() / 100


def _pair(flows: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    backward, forward = flows
    return backward, forward


def _backward(
    items: list[WorkFrame], luma: Tensor, before: Tensor, backward: Tensor, forward: Tensor
) -> list[WorkFrame]:
    motions = Motion(backward, soft_confidence(luma, before, backward, forward))
    return [replace(i, motion=m) for i, m in zip(items, _each(motions), strict=True)]


def _both(
    items: list[WorkFrame], luma: Tensor, before: Tensor, backward: Tensor, forward: Tensor
) -> list[WorkFrame]:
    size = color_grid((luma.shape[-2], luma.shape[-1]))
    luma, before = resized(luma, size), resized(before, size)
    backward, forward = resize_flow(backward, size), resize_flow(forward, size)
    there = soft_confidence(luma, before, backward, forward)
    back = soft_confidence(before, luma, forward, backward)
    small = torch.float16
    ways = (
        _each(Motion(f.to(small), seen.to(small)))
        for f, seen in ((backward, there), (forward, back))
    )
    return [
        replace(item, motion=motion, onward=onward)
        for item, motion, onward in zip(items, *ways, strict=True)
    ]


def _each(motions: Motion) -> Iterator[Motion]:
    """The motion of every frame of a batch."""
    pairs = zip(motions.flow.split(1), motions.visibility.split(1), strict=True)
    return (Motion(flow, visibility) for flow, visibility in pairs)


def resized_motion(motion: Motion, size: tuple[int, int]) -> Motion:
    """The same motion in float32 in pixels of another size."""
    flow, visibility = motion.flow.float(), motion.visibility.float()
    return Motion(resize_flow(flow, size), resized(visibility, size))
