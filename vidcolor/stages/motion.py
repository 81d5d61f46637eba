"""Motion between the frames of a shot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from flow.consistency import soft_confidence
from flow.warp import resize_flow

from ..types import Motion
from .grid import color_grid, resized

if TYPE_CHECKING:
    from flow.base import FlowEstimator

    from ..state import PipelineState
    from .values import WorkFrame


def estimate_motion(
    items: Iterable[WorkFrame],
    flow: FlowEstimator | None,
    state: PipelineState | None,
    *,
    both_ways: bool = False,
) -> Iterator[WorkFrame]:
    """Adds the motion from each frame to the one before it in the same shot.

    Args:
        items: frames in order.
        flow: the estimator; None = no motion is needed.
        state: after the frame before the first of `items`, where its shot goes on.
        both_ways: adds the motion from the frame before to each frame too, and gives both on the
            color grid, in float16, since whole shots of them are held.
    """
    if flow is None:
        yield from items
        return
    previous = None if state is None else state.L
    features = None if previous is None else flow.encode(previous / 100)
    for item in items:
        if item.keeps_color:
            previous = features = None
            yield item
            continue
        luma = item.L / 100
        new_features = flow.encode(luma)
        if not item.starts_shot and previous is not None:
            backward, forward = flow.flows(new_features, features)
            if both_ways:
                item = _both(item, luma, previous / 100, backward, forward)
            else:
                trust = soft_confidence(luma, previous / 100, backward, forward)
                item = replace(item, motion=Motion(backward, trust))
        previous, features = item.L, new_features
        yield item


def _both(
    item: WorkFrame, luma: Tensor, before: Tensor, backward: Tensor, forward: Tensor
) -> WorkFrame:
    size = color_grid((luma.shape[-2], luma.shape[-1]))
    luma, before = resized(luma, size), resized(before, size)
    backward, forward = resize_flow(backward, size), resize_flow(forward, size)
    there = soft_confidence(luma, before, backward, forward)
    back = soft_confidence(before, luma, forward, backward)
    small = torch.float16
    return replace(
        item,
        motion=Motion(backward.to(small), there.to(small)),
        onward=Motion(forward.to(small), back.to(small)),
    )


def resized_motion(motion: Motion, size: tuple[int, int]) -> Motion:
    """The same motion in float32 in pixels of another size."""
    flow, visibility = motion.flow.float(), motion.visibility.float()
    return Motion(resize_flow(flow, size), resized(visibility, size))
