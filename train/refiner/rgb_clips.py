"""Batches of clips in RGB, for the refiners that work there."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from flow.warp import inside
from vidcolor.color import lab_to_rgb
from vidcolor.refiners.favc2019 import gray


@dataclass(frozen=True)
class RgbClip:
    """A batch of clips.

    Attributes:
        processed, truth: RGB `(T, B, 3, h, w)` in [0, 1], colors frame by frame and true ones.
        film: `(T, B, 1, h, w)` in [0, 1], the gray film.
        flow: `(T-1, B, 2, h, w)`, backward flow of frames 1 to T-1.
        visible: `(T-1, B, 1, h, w)`, 1 where the losses may follow it.
    """

    processed: Tensor
    truth: Tensor
    film: Tensor
    flow: Tensor
    visible: Tensor


def to_rgb(clip: dict[str, Tensor]) -> RgbClip:
    """A batch of `train.refiner.training.draw` in RGB."""
    count = clip["L"].shape[:2]
    L, flow = clip["L"].flatten(0, 1), clip["flow"]
    processed, truth = (
        lab_to_rgb(L, clip[name].flatten(0, 1)).unflatten(0, count) for name in ("ab", "truth")
    )
    seen = inside(flow.flatten(0, 1)).unflatten(0, flow.shape[:2])
    return RgbClip(processed, truth, gray(L).unflatten(0, count), flow, clip["visible"] * seen)
