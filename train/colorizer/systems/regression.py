"""`resnet18-regression` and `vgg16-residual`: mean square error on ab."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from vidcolor.colorizers import resnet18_regression, vgg16_residual
from vidcolor.colorizers.regression import Regression
from vidcolor.colorizers.resnet18_regression import ResNet18RegressionNet
from vidcolor.colorizers.vgg16_residual import VGG16ResidualNet
from vidcolor.weights import files as weights
from vidcolor.weights import published

from .system import Batch, System


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
        with torch.autocast(batch.device, torch.bfloat16):
            found = net.scaled(batch.aged())
        return F.mse_loss(found.float(), (batch.ab + 128) / 255)

    def colorizer(self, net: ResNet18RegressionNet, size: int) -> Regression:
        return resnet18_regression.wrap(net, size)


class VGG16Training(System[VGG16ResidualNet]):
    """Report: MSE on ab / 128 with a penalty on the kernels' L1 and L2 norms."""

    lr = 3e-4

    def network(self) -> VGG16ResidualNet:
        net = VGG16ResidualNet()
        if self.options.imagenet:
            net.load_encoder(_imagenet("vgg16-imagenet"))
        return net

    def loss(self, net: VGG16ResidualNet, batch: Batch) -> Tensor:
        with torch.autocast(batch.device, torch.bfloat16):
            found = net.scaled(batch.aged())
        error = F.mse_loss(found.float(), batch.ab / vgg16_residual.SCALE)
        return error + net.penalty(self.options.l1, self.options.l2)

    def colorizer(self, net: VGG16ResidualNet, size: int) -> Regression:
        return vgg16_residual.wrap(net, size)
