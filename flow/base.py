"""What every flow estimator can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from torch import Tensor


class FlowEstimator(Protocol):
    """Finds the motion between two frames; remembers nothing between calls.

    All images are float32 `(B, 1, h, w)`, luma in [0, 1]; all flows float32 `(B, 2, h, w)` in
    px of that size, see the package's convention. Images of a batch do not influence each
    other. `ValueError` where shapes do not fit.

    On a film each frame is the current one once and the previous one once: `encode` it once, keep
    what it gives for the next pair, and call `flows`.

    Attributes:
        name: the name it is chosen by.
    """

    name: str

    def backward_flow(self, cur: Tensor, prev: Tensor) -> Tensor:
        """Flow from `cur` to `prev`: pixel p of `cur` is at p + flow(p) of `prev`."""
        ...

    def both_flows(self, cur: Tensor, prev: Tensor) -> tuple[Tensor, Tensor]:
        """The backward flow and the forward one (pixel p of `prev` is at p + flow(p) of `cur`)."""
        ...

    def encode(self, luma: Tensor) -> Any:
        """Whatever of one frame both of its pairs need; a value of the estimator's own kind."""
        ...

    def flows(self, cur: Any, prev: Any) -> tuple[Tensor, Tensor]:
        """As `both_flows`, of two encoded frames."""
        ...


def check_luma(*images: Tensor) -> None:
    """Raises `ValueError` unless all are `(B, 1, h, w)` of the same shape."""
    for image in images:
        if image.dim() != 4 or image.shape[1] != 1:
            raise ValueError(f"luma must be (B, 1, h, w), got {tuple(image.shape)}")
        if image.shape != images[0].shape:
            shapes = f"{tuple(images[0].shape)} and {tuple(image.shape)}"
            raise ValueError(f"frames of a pair must have the same shape, got {shapes}")
