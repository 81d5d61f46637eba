"""What the training loop asks of a system."""

from __future__ import annotations

import argparse
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from vidcolor.types import Colorizer

from ..old_film import age
from ..photos import PhotoSet

Net = TypeVar("Net", bound=nn.Module)


@dataclass
class Batch:
    """The pictures of one step.

    Attributes:
        L: float32 `(B, 1, s, s)`, clean L*, in host memory.
        ab: float32 `(B, 2, s, s)`, true a* and b*, on the device.
        labels: int64 `(B,)`, class of each picture, -1 = unknown, on the device.
        rng: all randomness of the step.
        device: torch's name of the device the network is on.
        progress: share of the training that is done, in [0, 1].
    """

    L: Tensor
    ab: Tensor
    labels: Tensor
    rng: np.random.Generator
    device: str
    progress: float

    def aged(self) -> Tensor:
        """L as old film shows it, on the device; other damage at every call."""
        seen = age(self.L, self.rng).to(self.device)
        return seen.contiguous(memory_format=torch.channels_last)


class System(ABC, Generic[Net]):
    """One system's training.

    Args:
        options: the command line's.

    Attributes:
        lr: learning rate at its height, unless the command line says otherwise.
        weight_decay: of AdamW.
        rebalance: exponent of the class rebalancing, unless the command line says otherwise.
        options: the command line's.
    """

    lr: float = 1e-3
    weight_decay: float = 0.0
    rebalance: float = 1.0

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options

    def prepare(self, photos: PhotoSet) -> None:
        """Called once before the first step."""

    @abstractmethod
    def network(self) -> Net:
        """A fresh network."""

    def begin(self, net: Net, tensors: dict[str, Tensor]) -> None:
        """Starts from exported weights, which may lack counters of BatchNorm and whole parts."""
        net.load_state_dict(tensors, strict=False)

    def optimizer(self, net: Net) -> torch.optim.Optimizer:
        """What takes the steps; their rate is set before each."""
        trained = [p for p in net.parameters() if p.requires_grad]
        return torch.optim.AdamW(trained, weight_decay=self.weight_decay, fused=True)

    @abstractmethod
    def loss(self, net: Net, batch: Batch) -> Tensor:
        """What is to become small, a scalar."""

    @abstractmethod
    def colorizer(self, net: Net, size: int) -> Colorizer:
        """The network as a film meets it, at its default settings."""

    def config(self, net: Net, size: int) -> dict[str, Any]:
        """What the exported file says of the network."""
        return {"system": self.options.system, "size": size} | getattr(net, "config", {})
