"""`fusion`: Puri, "Baseline Image Colorization", 2019.

A small encoder with strides, a classifier that says what the image shows, its opinion joined to
every place, a decoder of transposed convolutions. Made for CIFAR-10 at 32 x 32.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..weights import files as weights
from .regression import Regression

NAME = "fusion"
# Places a side that the classifier sees: 32 pixels, three strides of 2.
_PLACES = 4


def _conv(inputs: int, outputs: int, side: int = 3, dilation: int = 1) -> list[nn.Module]:
    """Convolution, norm, ReLU; kernels of 4 halve the size, so that the stride divides them."""
    stride = 2 if side == 4 else 1
    conv = nn.Conv2d(inputs, outputs, side, stride=stride, padding=dilation, dilation=dilation)
    return [conv, nn.BatchNorm2d(outputs), nn.ReLU()]


def _dense(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU()]


class FusionNet(nn.Module):
    """L* -> ab at the same size, and what the image shows.

    Args:
        classes: of the classifier; the report has the ten of CIFAR.
        groups: of the transposed convolutions: 2 in the report's notebook.
    """

    def __init__(self, classes: int = 10, groups: int = 2) -> None:
        super().__init__()
        self.config = {"classes": classes, "groups": groups}
        self.encoder = nn.Sequential(
            *_conv(1, 32, 4), *_conv(32, 64, 4), *_conv(64, 128, 4), *_conv(128, 128)
        )
        self.local = nn.Sequential(*_conv(128, 128), *_conv(128, 128, dilation=2))
        self.scene = nn.Sequential(*_conv(128, 128))
        self.scene_vector = nn.Sequential(*_dense(128 * _PLACES**2, 512), *_dense(512, 128))
        self.classifier = nn.Sequential(nn.Linear(128, classes), nn.BatchNorm1d(classes))
        self.fuse = nn.Sequential(nn.Conv2d(256, 128, 1), nn.BatchNorm2d(128), nn.ReLU())
        layers: list[nn.Module] = []
        for inputs, outputs in ((128, 64), (64, 32)):
            layers += [
                nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1, groups=groups),
                nn.BatchNorm2d(outputs),
                nn.ReLU(),
            ]
        layers.append(nn.ConvTranspose2d(32, 2, 4, stride=2, padding=1, groups=groups))
        self.decoder = nn.Sequential(*layers)

    def forward(self, L: Tensor) -> Tensor:
        """L* `(B, 1, h, w)`, sides multiples of 8 -> ab `(B, 2, h, w)`."""
        return self.both(L)[0]

    def both(self, L: Tensor) -> tuple[Tensor, Tensor]:
        """The same and the logits of the classes, `(B, classes)`."""
        x = self.encoder(L)
        # At 32 x 32 this pools nothing; it lets bigger images through.
        scene = F.adaptive_avg_pool2d(self.scene(x), _PLACES)
        vector = self.scene_vector(scene.flatten(1))
        everywhere = vector[:, :, None, None].expand(-1, -1, *x.shape[-2:])
        fused = self.fuse(torch.cat((self.local(x), everywhere), dim=1))
        return self.decoder(fused), self.classifier(vector)


def untrained(device: str = "cpu") -> Regression:
    """With random weights, for tests and for measuring time."""
    return wrap(FusionNet().to(device))


def wrap(net: FusionNet, size: int = 32) -> Regression:
    """A trained network as a colorizer."""
    return Regression(net, NAME, size, multiple=8)


def load(device: str, file: Path | None = None) -> Regression:
    """With trained weights: `file`, or what `weights.read_system` finds.

    Raises:
        WeightsError: there are none, or they do not fit.
    """
    tensors, config = weights.read_system(NAME, file)
    net = FusionNet(config.get("classes", 10), config.get("groups", 2))
    return wrap(weights.fill(net, tensors, NAME).to(device), config.get("size", 32))
