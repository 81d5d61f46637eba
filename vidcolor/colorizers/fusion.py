"""`fusion`: Puri, "Baseline Image Colorization", 2019.

A small strided encoder, a scene classifier whose features are concatenated at every position, and
a decoder of transposed convolutions. Designed for CIFAR-10 at 32 x 32.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..weights import files as weights
from .regression import Regression

NAME = "fusion"
# Side of the classifier's feature map: 32 pixels after three strides of 2.
_POOLED = 4


def _conv(inputs: int, outputs: int, side: int = 3, dilation: int = 1) -> list[nn.Module]:
    """Convolution, norm, ReLU; kernels of side 4 have stride 2, which divides them."""
    stride = 2 if side == 4 else 1
    conv = nn.Conv2d(inputs, outputs, side, stride=stride, padding=dilation, dilation=dilation)
    return [conv, nn.BatchNorm2d(outputs), nn.ReLU()]


def _dense(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU()]


class FusionNet(nn.Module):
    """L* -> ab at the same size, and scene classes.

    Args:
        classes: number of classes; the report uses the ten of CIFAR.
        groups: of the transposed convolutions; 2 in the report's notebook.
    """

    def __init__(self, classes: int = 10, groups: int = 2) -> None:
        super().__init__()
        self.config = {"classes": classes, "groups": groups}
        self.encoder = nn.Sequential(
            *_conv(1, 32, 4), *_conv(32, 64, 4), *_conv(64, 128, 4), *_conv(128, 128)
        )
        self.local = nn.Sequential(*_conv(128, 128), *_conv(128, 128, dilation=2))
        self.scene = nn.Sequential(*_conv(128, 128))
        self.scene_vector = nn.Sequential(*_dense(128 * _POOLED**2, 512), *_dense(512, 128))
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
        """Like `forward`, and the logits of the classes, `(B, classes)`."""
        x = self.encoder(L)
        # No effect at 32 x 32; allows larger images.
        scene = F.adaptive_avg_pool2d(self.scene(x), _POOLED)
        vector = self.scene_vector(scene.flatten(1))
        everywhere = vector[:, :, None, None].expand(-1, -1, *x.shape[-2:])
        fused = self.fuse(torch.cat((self.local(x), everywhere), dim=1))
        return self.decoder(fused), self.classifier(vector)


def untrained(device: str = "cpu") -> Regression:
    """Random weights, for tests and for timing."""
    return wrap(FusionNet().to(device))


def wrap(net: FusionNet, size: int = 32) -> Regression:
    """Wraps a trained network as a colorizer."""
    return Regression(net, NAME, size, multiple=8)


def load(device: str, file: Path | None = None) -> Regression:
    """Trained weights from `file`, or those that `weights.read_system` finds.

    Raises:
        WeightsError: there are none, or they do not match.
    """
    tensors, config = weights.read_system(NAME, file)
    net = FusionNet(config.get("classes", 10), config.get("groups", 2))
    return wrap(weights.fill(net, tensors, NAME).to(device), config.get("size", 32))
