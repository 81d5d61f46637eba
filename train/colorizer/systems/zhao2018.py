"""`zhao2018`: the loss of `zhang2016`, and what every pixel shows, at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from vidcolor.colorizers.zhang2016 import TEMPERATURE
from vidcolor.colorizers.zhao2018 import Zhao2018, Zhao2018Net
from vidcolor.precision import fast

from ..photos import PhotoSet
from ..segments import IGNORED, SegmentSet, draw_segments, load_camvid, load_voc
from .system import Batch, System
from .zhang2016 import Zhang2016Training, pictures_color_loss

# Share of a batch that has masks; the rest are photographs, for color alone.
_SHARE = 1 / 4
# Begun from weights of `zhang2016`, the new branch learns alone for this share of the training.
_WARM_UP = 0.1


class Zhao2018Training(System[Zhao2018Net]):
    """Paper: both losses at once on Pascal VOC, the segmentation's with weight 100.

    Re-implementations diverge with that weight from nothing; 1 is the default here.
    """

    lr = Zhang2016Training.lr
    weight_decay = Zhang2016Training.weight_decay

    def prepare(self, photos: PhotoSet) -> None:
        self._color = Zhang2016Training(self.options)
        self._color.prepare(photos)
        self._segments = self._load()

    def _load(self) -> SegmentSet:
        if self.options.voc:
            return load_voc(self.options.voc)
        return load_camvid(self.options.camvid)

    def network(self) -> Zhao2018Net:
        return Zhao2018Net(classes=21 if self.options.voc else 11)

    def loss(self, net: Zhao2018Net, batch: Batch) -> Tensor:
        size, count = batch.L.shape[-1], max(2, round(len(batch.L) * _SHARE))
        L, ab, masks = draw_segments(self._segments, count, size, batch.rng)
        # Masked pictures take the place of as many photographs, so that a step costs the same.
        rest = len(batch.L) - count
        mixed = replace(batch, L=torch.cat((L, batch.L[:rest])))
        warm_up = bool(self.options.start) and batch.progress < _WARM_UP
        with fast(batch.device), torch.set_grad_enabled(not warm_up):
            found = net.trunk(mixed.aged())
        with fast(batch.device):
            named = net.segment([x[:count] for x in found])
        told = F.cross_entropy(named.float(), masks.to(batch.device), ignore_index=IGNORED)
        if warm_up:
            return told
        with fast(batch.device):
            logits = net.model8(found[-1])
        truth = torch.cat((ab.to(batch.device), batch.ab[:rest]))
        color = pictures_color_loss(logits, truth, self._color.weights, self.options.neighbors)
        return color + self.options.segmentation_weight * told

    def colorizer(self, net: Zhao2018Net, size: int) -> Zhao2018:
        return Zhao2018(net, size)

    def config(self, net: Zhao2018Net, size: int) -> dict[str, Any]:
        return super().config(net, size) | {"temperature": TEMPERATURE}
