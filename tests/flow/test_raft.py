from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision.models.optical_flow import raft_large, raft_small

from flow import Raft, resize_flow

from .scenes import shifted_pair, texture


@pytest.fixture(scope="module")
def small() -> nn.Module:
    torch.manual_seed(3)
    return raft_small().eval()


@torch.no_grad()
def _torchvision(
    net: nn.Module, cur: torch.Tensor, prev: torch.Tensor, updates: int
) -> torch.Tensor:
    images = [(frame * 2 - 1).expand(-1, 3, -1, -1) for frame in (cur, prev)]
    return net(*images, num_flow_updates=updates)[-1]


@pytest.mark.parametrize("architecture", ["raft_small", "raft_large"])
def test_both_directions_equal_torchvision(architecture: str) -> None:
    torch.manual_seed(5)
    makers: dict[str, Callable[[], nn.Module]] = {
        "raft_small": raft_small,
        "raft_large": raft_large,
    }
    net = makers[architecture]().eval()
    cur, prev = shifted_pair((128, 144), (4, -2))
    raft = Raft(net.state_dict(), architecture, iterations=3)
    backward, forward = raft.both_flows(cur, prev)
    assert backward.abs().mean() > 0.05
    torch.testing.assert_close(backward, _torchvision(net, cur, prev, 3), atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(forward, _torchvision(net, prev, cur, 3), atol=1e-3, rtol=1e-3)


def test_pads_evenly_with_the_border(small: nn.Module) -> None:
    cur, prev = shifted_pair((131, 150), (2, 3))
    found = Raft(small.state_dict(), iterations=2).backward_flow(cur, prev)
    padded = [nn.functional.pad(frame, (1, 1, 2, 3), mode="replicate") for frame in (cur, prev)]
    wanted = _torchvision(small, *padded, 2)[..., 2:-3, 1:-1]
    torch.testing.assert_close(found, wanted, atol=1e-3, rtol=1e-3)


def test_scale_looks_at_smaller_frames(small: nn.Module) -> None:
    cur, prev = shifted_pair((256, 272), (4, 4))
    found = Raft(small.state_dict(), iterations=2, scale=0.5).backward_flow(cur, prev)
    half = [
        nn.functional.interpolate(frame, (128, 136), mode="bilinear", antialias=True)
        for frame in (cur, prev)
    ]
    wanted = resize_flow(_torchvision(small, *half, 2), (256, 272))
    torch.testing.assert_close(found, wanted, atol=1e-3, rtol=1e-3)


def test_reads_half_precision_files(small: nn.Module, tmp_path: Path) -> None:
    state = {name: value.half() for name, value in small.state_dict().items()}
    save_file(state, tmp_path / "raft.safetensors")
    torch.save(small.state_dict(), tmp_path / "raft.pth")
    frame = texture((128, 128))
    flows = [
        Raft(tmp_path / name, iterations=1).backward_flow(frame, frame)
        for name in ("raft.safetensors", "raft.pth")
    ]
    torch.testing.assert_close(flows[0], flows[1], atol=0.05, rtol=0.05)


def test_flows_may_take_part_in_a_training(small: nn.Module) -> None:
    cur, prev = shifted_pair((128, 128), (1, 0))
    found = Raft(small.state_dict(), iterations=1).backward_flow(cur, prev)
    assert not found.requires_grad
    weight = torch.ones(1, requires_grad=True)
    (found * weight).sum().backward()
    assert weight.grad is not None


@pytest.mark.parametrize("wrong", [{"iterations": 0}, {"scale": 0.0}, {"scale": 1.5}])
def test_refuses_senseless_settings(small: nn.Module, wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="iterations >= 1"):
        Raft(small.state_dict(), **wrong)  # type: ignore[arg-type]


def test_refuses_what_it_does_not_know(small: nn.Module) -> None:
    with pytest.raises(ValueError, match="raft_small"):
        Raft(small.state_dict(), "raft_huge")
    with pytest.raises(RuntimeError, match=r"size mismatch|Missing key"):
        Raft(small.state_dict(), "raft_large")


def test_frames_of_a_pair_have_one_size(small: nn.Module) -> None:
    raft = Raft(small.state_dict())
    frames = [raft.encode(texture(size)) for size in ((128, 128), (128, 126))]
    with pytest.raises(ValueError, match="same size"):
        raft.flows(*frames)
