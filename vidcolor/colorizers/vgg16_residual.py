"""`vgg16-residual`: Zaman (University of Dhaka, 2020), VGG-16 with residual connections.

Encoder: the 13 convolutions and 5 pools of VGG-16 (Simonyan and Zisserman, ICLR 2015), with
lightness in all three channels. The report does not specify the decoder; here each step upsamples,
convolves, adds the encoder's features of that size, and convolves again (the "residual encoder" of
Dahl, 2016).
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn

from ..weights import files as weights
from .regression import Regression

NAME = "vgg16-residual"
# The report divides all values by this.
SCALE = 128.0
# Positions of the pools among VGG-16's feature layers, and the width before each.
_POOLS = {4: 64, 9: 128, 16: 256, 23: 512, 30: 512}


class _Step(nn.Module):
    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.before = nn.Conv2d(inputs, width, 3, padding=1)
        self.norm = nn.BatchNorm2d(width)
        self.after = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor, tap: Tensor) -> Tensor:
        x = F.relu(self.before(F.interpolate(x, scale_factor=2, mode="nearest")))
        return F.relu(self.after(x + self.norm(tap)))


class VGG16ResidualNet(nn.Module):
    """L* -> ab at the same size."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = torchvision.models.vgg16(weights=None).features
        inputs, steps = 512, []
        for width in reversed(_POOLS.values()):
            steps.append(_Step(inputs, width))
            inputs = width
        self.decoder = nn.ModuleList(steps)
        self.head = nn.Conv2d(inputs, 2, 3, padding=1)

    def forward(self, L: Tensor) -> Tensor:
        """L* `(B, 1, h, w)`, sides multiples of 32 -> ab `(B, 2, h, w)` within 128."""
        return self.scaled(L) * SCALE

    def scaled(self, L: Tensor) -> Tensor:
        """The training target: ab / 128 for L* `(B, 1, h, w)`."""
        x, taps = (L / SCALE).expand(-1, 3, -1, -1), []
        for i, layer in enumerate(self.encoder):
            if i in _POOLS:
                taps.append(x)
            x = layer(x)
        for step in self.decoder:
            x = step(x, taps.pop())
        return torch.tanh(self.head(x))

    def penalty(self, l1: float, l2: float) -> Tensor:
        """Weighted L1 and L2 norms of all kernels, the regularization of the report."""
        kernels = [p for p in self.parameters() if p.dim() > 1]
        absolute = torch.stack([k.abs().sum() for k in kernels]).sum()
        return l1 * absolute + l2 * torch.stack([k.square().sum() for k in kernels]).sum()

    def load_encoder(self, published: dict[str, Tensor]) -> None:
        """Starts from torchvision's ImageNet weights."""
        self.encoder.load_state_dict(
            {
                k.removeprefix("features."): v
                for k, v in published.items()
                if k.startswith("features.")
            }
        )


def untrained(device: str = "cpu") -> Regression:
    """Random weights, for tests and for timing."""
    return wrap(VGG16ResidualNet().to(device))


def wrap(net: VGG16ResidualNet, size: int = 224) -> Regression:
    """Wraps a trained network as a colorizer."""
    return Regression(net, NAME, size, multiple=32)


def load(device: str, file: Path | None = None) -> Regression:
    """Trained weights from `file`, or those that `weights.read_system` finds.

    Raises:
        WeightsError: there are none, or they do not match.
    """
    tensors, config = weights.read_system(NAME, file)
    net = weights.fill(VGG16ResidualNet(), tensors, NAME)
    return wrap(net.to(device), config.get("size", 224))
