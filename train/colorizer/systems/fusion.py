"""`fusion`: Huber loss on ab and cross-entropy on what the picture shows."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from vidcolor.colorizers import fusion
from vidcolor.colorizers.fusion import FusionNet
from vidcolor.colorizers.regression import Regression
from vidcolor.precision import fast

from ..photos import label_names
from .system import Batch, System


class FusionTraining(System[FusionNet]):
    """Report: Adam, rate 0.001, batches of 512 at 32 pixels, both losses with weight 1."""

    lr = 1e-3

    def network(self) -> FusionNet:
        return FusionNet(classes=len(label_names(self.options.photos)))

    def loss(self, net: FusionNet, batch: Batch) -> Tensor:
        with fast(batch.device):
            found, classes = net.both(batch.aged())
        error = F.smooth_l1_loss(found.float(), batch.ab)
        if not (batch.labels >= 0).any():
            return error
        told = F.cross_entropy(classes.float(), batch.labels, ignore_index=-1)
        return error + self.options.class_weight * told

    def colorizer(self, net: FusionNet, size: int) -> Regression:
        return fusion.wrap(net, size)
