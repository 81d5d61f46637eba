"""Optical flow between neighboring frames: estimators, warping, and tests of reliability.

Convention, here and wherever a flow is passed: a *backward* flow is float32 `(B, 2, h, w)`; pixel
p of the current frame `cur` corresponds to p + flow(p) in the previous frame `prev`. Channel 0 is
the displacement to the right, channel 1 the displacement down, in pixels of that tensor's size. A
*forward* flow is the same with the roles of the frames exchanged. Images are
luma, float32 `(B, 1, h, w)` in [0, 1].

The package depends on torch, torchvision and OpenCV, not on vidcolor.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .base import FlowEstimator
    from .consistency import luma_residual, soft_confidence, visibility
    from .dis import Dis
    from .files import read_flow, write_flow
    from .raft import Features, Raft
    from .visualize import flow_image, visibility_image, wheel
    from .warp import backward_warp, inside, resize_flow

# `flow` is a common name: importers can check that they got this package.
PROJECT = "vidcolor"

_HOMES = {
    "FlowEstimator": "base",
    "luma_residual": "consistency",
    "soft_confidence": "consistency",
    "visibility": "consistency",
    "Dis": "dis",
    "read_flow": "files",
    "write_flow": "files",
    "flow_image": "visualize",
    "visibility_image": "visualize",
    "wheel": "visualize",
    "Features": "raft",
    "Raft": "raft",
    "backward_warp": "warp",
    "inside": "warp",
    "resize_flow": "warp",
}

__all__ = [
    "PROJECT",
    "Dis",
    "Features",
    "FlowEstimator",
    "Raft",
    "backward_warp",
    "flow_image",
    "inside",
    "luma_residual",
    "read_flow",
    "resize_flow",
    "soft_confidence",
    "visibility",
    "visibility_image",
    "wheel",
    "write_flow",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
