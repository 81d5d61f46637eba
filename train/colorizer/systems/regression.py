"""`resnet18-regression` and `vgg16-residual`: mean square error on ab."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vidcolor.colorizers import resnet18_regression, vgg16_residual
from vidcolor.colorizers.regression import Regression
from vidcolor.colorizers.resnet18_regression import ResNet18RegressionNet
from vidcolor.colorizers.vgg16_residual import VGG16ResidualNet
from vidcolor.precision import fast
from vidcolor.weights import files as weights
from vidcolor.weights import published

from ... import vgg16
from .system import Batch, System

# Gray of L* = 100, in 0..255, and the spread of photographs there, to which torchvision's networks
# have their input scaled. Caffe's do not, and answer so many times as strongly.
_WHITE, _SPREAD = 255.0, 58.0


def _imagenet(name: str) -> dict[str, Tensor]:
    entry = published.require(name)
    return weights.read_published(weights.fetch(entry), entry)


class ResNet18Training(System[ResNet18RegressionNet]):
    """Report: Adam, rate 0.01, MSE on (ab + 128) / 255; 0.01 swings, so 0.002 here."""

    lr = 2e-3

    def network(self) -> ResNet18RegressionNet:
        net = ResNet18RegressionNet()
        if self.options.imagenet:
            net.load_encoder(_imagenet("resnet18-imagenet"))
        return net

    def loss(self, net: ResNet18RegressionNet, batch: Batch) -> Tensor:
        with fast(batch.device):
            found = net.scaled(batch.aged())
        return F.mse_loss(found.float(), (batch.ab + 128) / 255)

    def colorizer(self, net: ResNet18RegressionNet, size: int) -> Regression:
        return resnet18_regression.wrap(net, size)


def begin_encoder(net: VGG16ResidualNet, caffe: dict[str, Tensor]) -> None:
    """Fills the encoder's first convolutions so that L* is seen as the gray it shows.

    Args:
        net: its other convolutions stay as they are.
        caffe: see `vgg16.read`.
    """
    convolutions = {int(name.split(".")[1]) for name in caffe}
    with torch.no_grad():
        for place in sorted(convolutions):
            weight = caffe[f"features.{place}.weight"]
            bias = caffe[f"features.{place}.bias"]
            if place == 0:
                bias = bias - (weight.sum((2, 3)) * torch.tensor(vgg16.MEANS)).sum(1)
                weight = weight * (_WHITE / 100 * vgg16_residual.SCALE / _SPREAD)
            conv = net.encoder[place]
            assert isinstance(conv, nn.Conv2d)
            conv.weight.copy_(weight)
            assert conv.bias is not None
            conv.bias.copy_(bias / _SPREAD)


class VGG16Training(System[VGG16ResidualNet]):
    """Report: MSE on ab / 128 with a penalty on the kernels' L1 and L2 norms."""

    lr = 3e-4

    def network(self) -> VGG16ResidualNet:
        net = VGG16ResidualNet()
        if self.options.imagenet:
            net.load_encoder(_imagenet("vgg16-imagenet"))
        elif self.options.vgg:
            begin_encoder(net, vgg16.read(self.options.vgg))
        return net

    def loss(self, net: VGG16ResidualNet, batch: Batch) -> Tensor:
        with fast(batch.device):
            found = net.scaled(batch.aged())
        error = F.mse_loss(found.float(), batch.ab / vgg16_residual.SCALE)
        return error + net.penalty(self.options.l1, self.options.l2)

    def colorizer(self, net: VGG16ResidualNet, size: int) -> Regression:
        return vgg16_residual.wrap(net, size)
