"""Everything a run knows after a frame: with it, it goes on as if it had never stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from safetensors.torch import load, save
from torch import Tensor

from .shots import ShotState

if TYPE_CHECKING:
    from .types import RefinerState


@dataclass(frozen=True, slots=True)
class Memory:
    """What the stages carry from one frame to the next.

    Attributes:
        shot: number of the shot of the last frame.
        detector: state of the shot detector after it.
        L: its lightness `(1, 1, h, w)`, for the flow.
        refiner: state of the refiner after it.
    """

    shot: int
    detector: ShotState
    L: Tensor
    refiner: RefinerState

    def to_bytes(self) -> bytes:
        """As safetensors; exact."""
        tensors = {f"refiner.{k}": v for k, v in self.refiner.items()}
        tensors |= {f"detector.{k}": torch.from_numpy(v) for k, v in self.detector.arrays().items()}
        tensors |= {"L": self.L, "shot": torch.tensor(self.shot)}
        # Copies: safetensors refuses tensors that share memory, as both kinds of L may.
        return save({k: v.cpu().clone() for k, v in tensors.items()})

    @classmethod
    def from_bytes(cls, data: bytes, device: str) -> Memory:
        """The inverse of `to_bytes`."""
        tensors = load(data)

        def part(prefix: str) -> dict[str, Tensor]:
            return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}

        arrays = {k: v.numpy() for k, v in part("detector.").items()}
        return cls(
            shot=int(tensors["shot"]),
            detector=ShotState.from_arrays(arrays),
            L=tensors["L"].to(device),
            refiner={k: v.to(device) for k, v in part("refiner.").items()},
        )
