"""`zhang2016`: soft-encoded cross-entropy with class rebalancing."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import Tensor

from vidcolor.colorizers.zhang2016 import TEMPERATURE, Zhang2016, Zhang2016Net
from vidcolor.precision import fast

from ..color_loss import bin_weights, color_loss
from ..photos import PhotoSet
from .system import Batch, System

# A photograph none of whose colors goes beyond this does not count: it may be a gray one.
_GRAY = 5.0


def pictures_color_loss(logits: Tensor, ab: Tensor, weights: Tensor, neighbors: int) -> Tensor:
    """The loss as the released training code has it.

    Targets are every fourth pixel, not means of them; photographs without color do not count.

    Args:
        logits: `(B, 313, h/4, w/4)`.
        ab: float32 `(B, 2, h, w)`.
        weights: float32 `(313,)`, see `bin_weights`.
        neighbors: bins that share a color: 5 in the paper, 10 in the code.
    """
    colored = (ab.abs().flatten(1).amax(1) > _GRAY).float()
    return color_loss(logits, ab[:, :, ::4, ::4], weights, neighbors, colored)


class Zhang2016Training(System[Zhang2016Net]):
    """Paper: Adam from 3e-5, 18 million pictures; few pictures need a higher rate."""

    lr = 4e-4
    weight_decay = 1e-3

    def prepare(self, photos: PhotoSet) -> None:
        rng = np.random.default_rng(self.options.seed)
        self.weights = bin_weights(photos, rng, self.options.rebalance)

    def network(self) -> Zhang2016Net:
        return Zhang2016Net()

    def loss(self, net: Zhang2016Net, batch: Batch) -> Tensor:
        with fast(batch.device):
            logits = net(batch.aged())
        return pictures_color_loss(logits, batch.ab, self.weights, self.options.neighbors)

    def colorizer(self, net: Zhang2016Net, size: int) -> Zhang2016:
        return Zhang2016(net, size)

    def config(self, net: Zhang2016Net, size: int) -> dict[str, Any]:
        return super().config(net, size) | {"temperature": TEMPERATURE}
