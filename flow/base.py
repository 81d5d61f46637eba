"""The interface of flow estimators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from torch import Tensor


class FlowEstimator(Protocol):
    """Estimates the motion between two frames; keeps no state between calls.

    All images are float32 `(B, 1, h, w)`, luma in [0, 1]; all flows float32 `(B, 2, h, w)` in
    px of that size, see the package's convention. Images of a batch do not influence each
    other. Methods raise `ValueError` if shapes do not match.

    In a film each frame is the current one once and the previous one once: `encode` it once, keep
    the result for the next pair, and call `flows`.

    Attributes:
        name: the name to select it by.
    """

    name: str

    def backward_flow(self, cur: Tensor, prev: Tensor) -> Tensor:
        """Flow from `cur` to `prev`: pixel p of `cur` is at p + flow(p) of `prev`."""
        ...

    def both_flows(self, cur: Tensor, prev: Tensor) -> tuple[Tensor, Tensor]:
        """The backward flow and the forward one (pixel p of `prev` is at p + flow(p) of `cur`)."""
        ...

    def encode(self, luma: Tensor) -> Any:
        """What both pairs of one frame need, computed once; a value of the estimator's own type."""
        ...

    def flows(self, cur: Any, prev: Any) -> tuple[Tensor, Tensor]:
        """Like `both_flows`, for two encoded frames."""
        ...


def check_luma(*images: Tensor) -> None:
    """Raises `ValueError` unless all are `(B, 1, h, w)` of the same shape."""
    for image in images:
        if image.dim() != 4 or image.shape[1] != 1:
            raise ValueError(f"luma must be (B, 1, h, w), got {tuple(image.shape)}")
        if image.shape != images[0].shape:
            shapes = f"{tuple(images[0].shape)} and {tuple(image.shape)}"
            raise ValueError(f"frames of a pair must have the same shape, got {shapes}")
