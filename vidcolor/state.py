"""Everything a run knows after a frame: with it, it goes on as if it had never stopped."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from safetensors.torch import load, save
from torch import Tensor

from .analysis.source_color import OwnColors
from .shots.detector import ShotState

if TYPE_CHECKING:
    from .types import RefinerState


@dataclass(frozen=True, slots=True)
class Memory:
    """What the stages carry from one frame to the next.

    Attributes:
        shot: number of the shot of the last frame.
        detector: state of the shot detector after it.
        L: its lightness `(1, 1, h, w)`, for the flow.
        refiner: state of the refiner after it, None where it must start anew.
        colors: what was seen of the film's own color so far.
    """

    shot: int
    detector: ShotState
    L: Tensor
    refiner: RefinerState | None
    colors: OwnColors = field(default_factory=OwnColors)

    def resized(self, size: tuple[int, int]) -> Memory:
        """The same for another working size `size` (height, width); itself where it fits already.

        A refiner whose state is not made of pictures starts anew.
        """
        old = self.L.shape[-2:]
        if tuple(old) == size:
            return self

        def resize(x: Tensor) -> Tensor:
            # pictures at half the working size, rounded up, stay so
            target = [
                -(-new // round(o / n)) for new, o, n in zip(size, old, x.shape[2:], strict=True)
            ]
            return F.interpolate(x, size=target, mode="bilinear", align_corners=False)

        state = self.refiner or {}
        if any(x.ndim != 4 for x in state.values()):
            return replace(self, L=resize(self.L), refiner=None)
        return replace(self, L=resize(self.L), refiner={k: resize(x) for k, x in state.items()})

    def to_bytes(self) -> bytes:
        """As safetensors; exact."""
        tensors = {f"refiner.{k}": v for k, v in (self.refiner or {}).items()}
        tensors |= {f"detector.{k}": torch.from_numpy(v) for k, v in self.detector.arrays().items()}
        tensors |= {f"colors.{k}": torch.from_numpy(v) for k, v in self.colors.arrays().items()}
        tensors |= {"L": self.L, "shot": torch.tensor(self.shot)}
        # Copies: safetensors refuses tensors that share memory, as both kinds of L may, and those
        # whose memory has another order, as colors of a network may.
        plain = torch.contiguous_format
        return save({k: v.cpu().clone(memory_format=plain) for k, v in tensors.items()})

    @classmethod
    def from_bytes(cls, data: bytes, device: str) -> Memory:
        """The inverse of `to_bytes`."""
        tensors = load(data)

        def part(prefix: str) -> dict[str, Tensor]:
            return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}

        detector, colors = (
            {k: v.numpy() for k, v in part(prefix).items()} for prefix in ("detector.", "colors.")
        )
        return cls(
            shot=int(tensors["shot"]),
            detector=ShotState.from_arrays(detector),
            colors=OwnColors.from_arrays(colors),
            L=tensors["L"].to(device),
            refiner={k: v.to(device) for k, v in part("refiner.").items()},
        )
