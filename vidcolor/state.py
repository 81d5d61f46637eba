"""What the pipeline carries from one frame to the next within a shot."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from safetensors.torch import load, save
from torch import Tensor

from .guidance.guidance import LockPlace

if TYPE_CHECKING:
    from .types import RefinerState


@dataclass(frozen=True, slots=True)
class PipelineState:
    """Everything that is known after a frame: with it, a shot is continued as if never split.

    Attributes:
        L: lightness of the last frame `(1, 1, h, w)`, for the flow.
        refiner: state of the refiner after it, None where it must be reset.
        known: colors that a person gave, as carried there, see `stages.travel`; None = none.
        regions: that keep their own color, see `stages.kept_regions`; None = none.
        agreed: colors that the film's shots agree on, as carried there, see `stages.agree`.
        locks: where places that must have a color are there.
    """

    L: Tensor
    refiner: RefinerState | None
    known: Tensor | None = None
    regions: Tensor | None = None
    agreed: Tensor | None = None
    locks: tuple[LockPlace, ...] = ()

    def resized(self, size: tuple[int, int]) -> PipelineState:
        """The same for another working size (height, width); itself where it fits already.

        A refiner whose state is not made of images is reset.
        """
        old = self.L.shape[-2:]
        if tuple(old) == size:
            return self

        def resize(x: Tensor) -> Tensor:
            # images at half the working size, rounded up, stay so
            target = [
                -(-new // round(o / n)) for new, o, n in zip(size, old, x.shape[2:], strict=True)
            ]
            return F.interpolate(x, size=target, mode="bilinear", align_corners=False)

        state = self.refiner or {}
        planes = (self.known, self.regions, self.agreed)
        known, regions, agreed = (None if x is None else resize(x) for x in planes)
        locks = tuple(place.resized((old[0], old[1]), size) for place in self.locks)
        refiner = None
        if self.refiner is not None and all(x.ndim == 4 for x in state.values()):
            refiner = {k: resize(x) for k, x in state.items()}
        return PipelineState(resize(self.L), refiner, known, regions, agreed, locks)

    def to_bytes(self) -> bytes:
        """As safetensors; exact."""
        tensors = {f"refiner.{k}": v for k, v in (self.refiner or {}).items()} | {"L": self.L}
        if self.known is not None:
            tensors["known"] = self.known
        if self.regions is not None:
            tensors["regions"] = self.regions
        if self.agreed is not None:
            tensors["agreed"] = self.agreed
        if self.locks:
            text = json.dumps([astuple(place) for place in self.locks])
            tensors["locks"] = torch.frombuffer(bytearray(text.encode()), dtype=torch.uint8)
        if self.refiner is not None:
            tensors["has_refiner"] = torch.tensor(True)
        # Copies: safetensors refuses tensors that share memory, as both kinds of L may, and those
        # whose memory has another order, as colors of a network may.
        plain = torch.contiguous_format
        return save({k: v.cpu().clone(memory_format=plain) for k, v in tensors.items()})

    @classmethod
    def from_bytes(cls, data: bytes, device: str) -> PipelineState:
        """The inverse of `to_bytes`."""
        tensors = {k: v.to(device) for k, v in load(data).items()}
        prefix = "refiner."
        places = json.loads(bytes(tensors["locks"].tolist())) if "locks" in tensors else []
        refiner = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
        return cls(
            tensors["L"],
            refiner if "has_refiner" in tensors else None,
            tensors.get("known"),
            tensors.get("regions"),
            tensors.get("agreed"),
            tuple(LockPlace(name, y, x, (a, b)) for name, y, x, (a, b) in places),
        )
