"""`resnet18-regression`: Ke, Fan, Yang (HKUST), ResNet-18 with an upsampling decoder.

Encoder: the first layers of ResNet-18 (He et al., CVPR 2016), down to 1/8. The report does not
state the decoder's widths; they follow Melas-Kyriazi and Han, "Automatic Image Colorization".
"""

from __future__ import annotations

from pathlib import Path

import torchvision
from torch import Tensor, nn

from ..weights import files as weights
from .regression import Regression

NAME = "resnet18-regression"


def _step(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()]


class ResNet18RegressionNet(nn.Module):
    """L* -> ab at the same size."""

    def __init__(self) -> None:
        super().__init__()
        children = list(torchvision.models.resnet18(weights=None).children())
        first = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
        # Up to conv3_x: deeper layers are too small to upsample from.
        self.encoder = nn.Sequential(first, *children[1:6])
        self.decoder = nn.Sequential(
            *_step(128, 128),
            nn.Upsample(scale_factor=2),
            *_step(128, 64),
            *_step(64, 64),
            nn.Upsample(scale_factor=2),
            *_step(64, 32),
            nn.Conv2d(32, 2, 3, padding=1),
            nn.Upsample(scale_factor=2),
        )

    def forward(self, L: Tensor) -> Tensor:
        """L* `(B, 1, h, w)`, sides multiples of 8 -> ab `(B, 2, h, w)`."""
        return self.scaled(L) * 255 - 128

    def scaled(self, L: Tensor) -> Tensor:
        """The training target: (ab + 128) / 255 for L* `(B, 1, h, w)`."""
        # The last layer predicts the difference from gray, and the sum is float32: in bfloat16 it
        # would have steps of a whole unit of ab.
        return self.decoder(self.encoder(L / 100)).float() + 128 / 255

    def load_encoder(self, published: dict[str, Tensor]) -> None:
        """Starts from torchvision's ImageNet weights; the first kernel is summed over RGB."""
        stages = dict(enumerate(("conv1", "bn1", "relu", "maxpool", "layer1", "layer2")))
        tensors = {
            f"{i}.{key.removeprefix(stage + '.')}": value
            for i, stage in stages.items()
            for key, value in published.items()
            if key.startswith(f"{stage}.")
        }
        tensors["0.weight"] = tensors["0.weight"].sum(1, keepdim=True)
        self.encoder.load_state_dict(tensors)


def untrained(device: str = "cpu") -> Regression:
    """Random weights, for tests and for timing."""
    return wrap(ResNet18RegressionNet().to(device))


def wrap(net: ResNet18RegressionNet, size: int = 224) -> Regression:
    """Wraps a trained network as a colorizer."""
    return Regression(net, NAME, size, multiple=8)


def load(device: str, file: Path | None = None) -> Regression:
    """Trained weights from `file`, or those that `weights.read_system` finds.

    Raises:
        WeightsError: there are none, or they do not match.
    """
    tensors, config = weights.read_system(NAME, file)
    net = weights.fill(ResNet18RegressionNet(), tensors, NAME)
    return wrap(net.to(device), config.get("size", 224))
