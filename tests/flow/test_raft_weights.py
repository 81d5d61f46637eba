"""Weights under the names of the authors' code, spelt out here from its modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torchvision.models.optical_flow import raft_large, raft_small

from flow import Raft
from flow.raft_weights import torchvision_names

from .scenes import shifted_pair

MAKERS: dict[str, Callable[[], nn.Module]] = {"raft_small": raft_small, "raft_large": raft_large}
_NORM = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def _encoder(large: bool, norms: bool) -> Iterator[tuple[str, str]]:
    """Names in an encoder: the authors', and torchvision's; norms without weights have none."""

    def both(theirs: str, ours: str, kinds: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        return ((f"{theirs}.{kind}", f"{ours}.{kind}") for kind in kinds)

    conv = ("weight", "bias")
    yield from both("conv1", "convnormrelu.0", conv)
    if norms:
        yield from both("norm1", "convnormrelu.1", _NORM)
    for block in ("layer1.0", "layer1.1", "layer2.0", "layer2.1", "layer3.0", "layer3.1"):
        for i in (1, 2) if large else (1, 2, 3):
            yield from both(f"{block}.conv{i}", f"{block}.convnormrelu{i}.0", conv)
            if norms:
                yield from both(f"{block}.norm{i}", f"{block}.convnormrelu{i}.1", _NORM)
        if block in ("layer2.0", "layer3.0"):
            yield from both(f"{block}.downsample.0", f"{block}.downsample.0", conv)
            if norms:
                yield from both(f"{block}.downsample.1", f"{block}.downsample.1", _NORM)
                yield from both(f"{block}.norm3", f"{block}.downsample.1", _NORM)
    yield from both("conv2", "conv", conv)


def _update(large: bool) -> Iterator[tuple[str, str]]:
    block = "update_block"
    motion = f"{block}.motion_encoder"
    pairs = [(f"{block}.encoder.convc1", f"{motion}.convcorr1.0")]
    pairs += [(f"{block}.encoder.convc2", f"{motion}.convcorr2.0")] if large else []
    pairs += [(f"{block}.encoder.convf{i}", f"{motion}.convflow{i}.0") for i in (1, 2)]
    pairs += [(f"{block}.encoder.conv", f"{motion}.conv.0")]
    gru = f"{block}.recurrent_block"
    if large:
        for i in (1, 2):
            pairs += [(f"{block}.gru.conv{g}{i}", f"{gru}.convgru{i}.conv{g}") for g in "zrq"]
        pairs += [(f"{block}.mask.0", "mask_predictor.convrelu.0")]
        pairs += [(f"{block}.mask.2", "mask_predictor.conv")]
    else:
        pairs += [(f"{block}.gru.conv{g}", f"{gru}.convgru1.conv{g}") for g in "zrq"]
    pairs += [(f"{block}.flow_head.conv{i}", f"{block}.flow_head.conv{i}") for i in (1, 2)]
    for theirs, ours in pairs:
        for kind in ("weight", "bias"):
            yield f"{theirs}.{kind}", f"{ours}.{kind}"


def _authors(state: dict[str, Tensor], large: bool) -> dict[str, Tensor]:
    """A checkpoint as the authors' training writes it."""
    names = [(f"fnet.{t}", f"feature_encoder.{o}") for t, o in _encoder(large, False)]
    names += [(f"cnet.{t}", f"context_encoder.{o}") for t, o in _encoder(large, large)]
    names += _update(large)
    assert {ours for _, ours in names} == set(state)
    return {f"module.{theirs}": state[ours] for theirs, ours in names}


def _random(architecture: str) -> nn.Module:
    torch.manual_seed(11)
    net = MAKERS[architecture]().eval()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean = torch.randn(module.num_features) * 0.1
            module.running_var = torch.rand(module.num_features) + 0.5
            nn.init.uniform_(module.weight, 0.5, 1.5)
    return net


@pytest.mark.parametrize("architecture", MAKERS)
def test_the_authors_layout_loads_to_the_last_weight(architecture: str, tmp_path: Path) -> None:
    state = _random(architecture).state_dict()
    theirs = _authors(state, architecture == "raft_large")
    back = torchvision_names(theirs)
    assert set(back) == set(state)
    assert all(torch.equal(back[name], state[name]) for name in state)
    torch.save(theirs, tmp_path / "raft-things.pth")
    pair = shifted_pair((128, 128), (2, 1))
    flows = [
        Raft(given, architecture, iterations=2).backward_flow(*pair)
        for given in (state, tmp_path / "raft-things.pth")
    ]
    assert torch.equal(*flows)


def test_the_norm_that_is_listed_twice_is_taken_once() -> None:
    theirs = _authors(_random("raft_large").state_dict(), True)
    twice = [name for name in theirs if ".norm3." in name]
    assert len(twice) == 2 * len(_NORM)
    assert len(torchvision_names(theirs)) == len(theirs) - len(twice)


def test_a_layout_with_a_part_missing_does_not_load() -> None:
    theirs = _authors(_random("raft_small").state_dict(), False)
    del theirs["module.cnet.layer2.0.conv1.weight"]
    with pytest.raises(RuntimeError, match=r"context_encoder\.layer2\.0\.convnormrelu1\.0\.weight"):
        Raft(theirs)


def test_torchvisions_names_stay() -> None:
    state = raft_small().state_dict()
    assert list(torchvision_names(state)) == list(state)
