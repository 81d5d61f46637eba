"""`base`: soft cross-entropy over the bins, mildly rebalanced."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vidcolor.colorizers.base import Base, BaseNet

from ..colour_loss import bin_weights, colour_loss
from ..muon import Muon
from ..photos import PhotoSet
from .system import Batch, System

_WIDTHS, _BLOCKS = (32, 64, 160, 320), (1, 1, 2, 2)


class BaseTraining(System[BaseNet]):
    """The bundled colorizer."""

    lr = 1.5e-3
    weight_decay = 0.02
    rebalance = 0.4

    def prepare(self, photos: PhotoSet) -> None:
        rng = np.random.default_rng(self.options.seed)
        self._weights = bin_weights(photos, rng, self.options.rebalance)

    def network(self) -> BaseNet:
        return BaseNet(_WIDTHS, _BLOCKS)

    def optimizer(self, net: BaseNet) -> torch.optim.Optimizer:
        return Muon(net, self.weight_decay)

    def loss(self, net: BaseNet, batch: Batch) -> Tensor:
        # Neighbouring pixels say much the same, and 313 logits a pixel cost as much as the rest of
        # the network: one pixel in four is asked, a different one at every step.
        down, right = batch.rng.integers(2, size=2)
        with torch.autocast(batch.device, torch.bfloat16):
            seen = net.features(batch.aged())
            logits = net.head(seen[:, :, down::2, right::2])
        target = F.interpolate(batch.ab, size=seen.shape[-2:], mode="area")
        return colour_loss(logits, target[:, :, down::2, right::2], self._weights)

    def colorizer(self, net: BaseNet, size: int) -> Base:
        return Base(net, size, self.options.temperature, self.options.saturation)

    def config(self, net: BaseNet, size: int) -> dict[str, Any]:
        return net.config | {
            "size": size,
            "temperature": self.options.temperature,
            "saturation": self.options.saturation,
        }
