"""`base`: soft cross-entropy over the bins, mildly rebalanced, and later the decoded colors too.

The distribution is learned first. In the last part of a training the colors that are decoded from
it count as well, as eyes weigh their distance from the truth.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vidcolor.colorizers.base import Base, BaseNet

from ...muon import Muon
from ..color_loss import bin_weights, color_loss, decoded_loss
from ..photos import PhotoSet
from .system import Batch, System

_WIDTHS, _BLOCKS = (32, 64, 160, 320), (1, 1, 2, 2)
# The colors of one in so many of the pixels that are asked are decoded.
_DECODED_SHARE = 3


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
        # Neighboring pixels say much the same, and 313 logits a pixel cost as much as the rest of
        # the network: one pixel in four is asked, a different one at every step.
        down, right = batch.rng.integers(2, size=2)
        with torch.autocast(batch.device, torch.bfloat16):
            seen = net.features(batch.aged())
            logits = net.head(seen[:, :, down::2, right::2])
        target = F.interpolate(batch.ab, size=seen.shape[-2:], mode="area")
        target = target[:, :, down::2, right::2]
        loss = color_loss(logits, target, self._weights)
        if batch.progress < self.options.decoded_from:
            return loss
        places = torch.from_numpy(batch.rng.permutation(logits[0, 0].numel()))
        places = places[: len(places) // _DECODED_SHARE].to(batch.device)
        some = logits.flatten(2)[:, :, places].float()
        decoded = decoded_loss(some, target.flatten(2)[:, :, places], self.options.temperature)
        return loss + self.options.decoded_weight * decoded

    def colorizer(self, net: BaseNet, size: int) -> Base:
        return Base(net, size, self.options.temperature, self.options.saturation)

    def config(self, net: BaseNet, size: int) -> dict[str, Any]:
        return net.config | {
            "size": size,
            "temperature": self.options.temperature,
            "saturation": self.options.saturation,
        }
