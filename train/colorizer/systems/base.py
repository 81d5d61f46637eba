"""`base`: soft cross-entropy over the bins, mildly rebalanced, and later the decoded colors too.

The distribution is learned first. In the last part of a training the colors that are decoded from
it count as well, as eyes weigh their distance from the truth. A part of the pictures bears hints.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vidcolor.colorizers.base import Base, BaseNet
from vidcolor.precision import fast
from vidcolor.types import Hints

from ...muon import TunedMuon
from ..color_loss import bin_weights, color_loss, decoded_loss
from ..imagenet_encoder import hold, load_published, published_file
from ..photos import PhotoSet
from ..simulated_hints import simulated_hints
from .system import Batch, System

# Features of the encoder up to which it stays as it is (those of stride 4), and how much of the
# rate the rest gets.
_HELD_LEVEL, _ENCODER_RATE = 1, 0.7
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
        net = BaseNet(encoder=self.options.encoder)
        published = torch.load(
            published_file(self.options.encoder), map_location="cpu", weights_only=True
        )
        load_published(net.encoder, published)
        hold(net.encoder, net.encoder.taps[_HELD_LEVEL] + 1)
        return net

    def begin(self, net: BaseNet, tensors: dict[str, Tensor]) -> None:
        """Weights of a network without hints too: their kernels, which come last, stay 0."""
        own = net.state_dict()
        for name, value in tensors.items():
            lacking = own[name].shape[1] - value.shape[1] if value.dim() == 4 else 0
            if lacking:
                tensors[name] = F.pad(value, (0, 0, 0, 0, 0, lacking))
        super().begin(net, tensors)

    def optimizer(self, net: BaseNet) -> torch.optim.Optimizer:
        return TunedMuon(net, net.encoder, self.weight_decay, _ENCODER_RATE)

    def loss(self, net: BaseNet, batch: Batch) -> Tensor:
        # Neighboring pixels say much the same, and 313 logits a pixel cost as much as the rest of
        # the network: one pixel in four is asked, a different one at every step.
        down, right = batch.rng.integers(2, size=2)
        size = [-(-n // 3) for n in batch.ab.shape[-2:]]
        target = F.interpolate(batch.ab, size=size, mode="area")
        hints = simulated_hints(target.cpu(), batch.rng, self.options.hinted)
        hints = Hints(hints.ab.to(batch.device), hints.weight.to(batch.device))
        with fast(batch.device):
            seen = net.features(batch.aged(), hints)
            logits = net.head(seen[:, :, down::2, right::2])
        target = target[:, :, down::2, right::2]
        loss = color_loss(logits, target, self._weights)
        if batch.progress < self.options.decoded_from:
            return loss
        places = torch.from_numpy(batch.rng.permutation(logits[0, 0].numel()))
        places = places[: len(places) // _DECODED_SHARE].to(batch.device)
        some = logits.flatten(2)[:, :, places].float()
        decoded = decoded_loss(
            some,
            target.flatten(2)[:, :, places],
            self.options.temperature,
            self.options.pale_weight,
        )
        return loss + self.options.decoded_weight * decoded

    def colorizer(self, net: BaseNet, size: int) -> Base:
        return Base(net, size, self.options.temperature, self.options.saturation)

    def config(self, net: BaseNet, size: int) -> dict[str, Any]:
        return net.config | {
            "size": size,
            "temperature": self.options.temperature,
            "saturation": self.options.saturation,
        }
