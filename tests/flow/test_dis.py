from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from flow import Dis, resize_flow

from .scenes import shifted_pair


class Fixed:
    """Returns the given flows for any frames."""

    name = "fixed"

    def __init__(self, backward: Tensor, forward: Tensor) -> None:
        self._flows = backward, forward

    def encode(self, luma: Tensor) -> Tensor:
        return luma

    def flows(self, cur: Tensor, prev: Tensor) -> tuple[Tensor, Tensor]:
        return self._flows

    def backward_flow(self, cur: Tensor, prev: Tensor) -> Tensor:
        return self._flows[0]

    def both_flows(self, cur: Tensor, prev: Tensor) -> tuple[Tensor, Tensor]:
        return self._flows


def test_names_its_presets() -> None:
    with pytest.raises(ValueError, match="ultrafast, fast, medium, steady"):
        Dis("slow")
    assert Dis().name == Dis("steady").name == "dis"
    assert Dis("medium").name == "dis-medium"
    near = Fixed(torch.zeros(1, 2, 8, 8), torch.zeros(1, 2, 8, 8))
    assert Dis(start=near).name == Dis("medium", start=near).name == "fixed+dis"


def test_sees_eight_bit_luma() -> None:
    luma = torch.tensor([-0.1, 0.0, 0.5, 1.0, 1.2]).view(1, 1, 1, 5)
    assert Dis().encode(luma).images[:, :1, :5].tolist() == [[[0, 0, 128, 255, 255]]]


def test_scale_looks_at_smaller_frames() -> None:
    cur, prev = shifted_pair((96, 128), (4, 4))
    half = [
        F.interpolate(frame, (48, 64), mode="bilinear", antialias=True) for frame in (cur, prev)
    ]
    found = Dis(scale=0.5).backward_flow(cur, prev)
    assert torch.equal(found, resize_flow(Dis().backward_flow(*half), (96, 128)))
    for wrong in (0, 1.1):
        with pytest.raises(ValueError, match="scale"):
            Dis(scale=wrong)


def test_a_start_helps_where_motion_is_too_large() -> None:
    cur, prev = shifted_pair((96, 128), (38, 0))
    truth = torch.tensor([38.0, 0]).view(1, 2, 1, 1)
    near = (truth + torch.tensor([1.5, -1.5]).view(1, 2, 1, 1)).expand(1, 2, 96, 128).contiguous()
    dis = Dis(start=Fixed(near, -near))
    kept = near.clone()

    def error(flow: Tensor, wanted: Tensor) -> float:
        seen = slice(8, 80) if wanted[0, 0] > 0 else slice(48, 120)
        return float((flow - wanted)[..., 8:-8, seen].norm(dim=1).mean())

    backward, forward = dis.both_flows(cur, prev)
    assert dis.name == "fixed+dis"
    assert error(backward, truth) < 0.3
    assert error(forward, -truth) < 0.3
    assert error(Dis().backward_flow(cur, prev), truth) > 3
    assert torch.equal(dis.backward_flow(cur, prev), backward)
    assert torch.equal(near, kept)


def test_a_wrong_start_is_not_believed() -> None:
    cur, prev = shifted_pair((96, 128), (4, -2))
    wrong = torch.full((1, 2, 96, 128), 17.0)
    found = Dis(start=Fixed(wrong, wrong)).backward_flow(cur, prev)
    truth = torch.tensor([4.0, -2]).view(1, 2, 1, 1)
    assert (found - truth)[..., 16:-16, 16:-16].norm(dim=1).mean() < 0.5
