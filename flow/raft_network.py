"""RAFT split into stages: torchvision's layers, called so that each frame is encoded once.

Teed and Deng 2020, "RAFT: Recurrent all-pairs field transforms for optical flow". Results
equal torchvision's `forward`; saved are the second encoding of each frame, pooling of the
correlation volume, and all upsampling but the last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.optical_flow import raft_large, raft_small
from torchvision.models.optical_flow._utils import upsample_flow

ARCHITECTURES = {"raft_small": raft_small, "raft_large": raft_large}
STRIDE = 8
# Below this the coarsest level of the correlation pyramid has fewer than two values per side.
MIN_SIZE = 128


@dataclass(frozen=True, slots=True)
class Encoded:
    """A batch of encoded frames; all `(B, C, h8, w8)`, 1/8 of the image size.

    Attributes:
        matching: features that are correlated.
        state: initial state of the update block.
        context: context features of the update block.
    """

    matching: Tensor
    state: Tensor
    context: Tensor


def concatenated(*parts: Encoded) -> Encoded:
    """Concatenates batches."""
    return Encoded(
        torch.cat([part.matching for part in parts]),
        torch.cat([part.state for part in parts]),
        torch.cat([part.context for part in parts]),
    )


def encode(net: Any, luma: Tensor) -> Encoded:
    """Runs both encoders on luma `(B, 1, h, w)` in [0, 1], sides multiples of 8, at least 128."""
    images = (luma * 2 - 1).expand(-1, 3, -1, -1)
    state, context = _split(net, net.context_encoder(images))
    return Encoded(net.feature_encoder(images), state, context)


def _split(net: Any, features: Tensor) -> tuple[Tensor, Tensor]:
    width = net.update_block.hidden_state_size
    return torch.tanh(features[:, :width]), F.relu(features[:, width:])


def correlation(source: Tensor, target: Tensor, levels: int) -> list[Tensor]:
    """Correlation of each position of `source` with each of `target`, halved level by level.

    A level is the product with the halved features, which equals halving the product. The second
    direction of a pair is the transpose of the first, yet computing it again takes a third of the
    time of copying the transpose.

    Args:
        source, target: `matching` of the frames, `(B, C, h8, w8)`.
        levels: number of pyramid levels.

    Returns:
        One map over the target for each position of the source; the first level is
        `(B h8 w8, 1, h8, w8)`.
    """
    features = source.flatten(2).transpose(1, 2).float() / source.shape[1] ** 0.5
    maps, halved = [], target.float()
    for level in range(levels):
        if level:
            halved = F.avg_pool2d(halved, 2)
        volume = torch.bmm(features, halved.flatten(2))
        maps.append(volume.view(-1, 1, *halved.shape[-2:]))
    return maps


def look_up(maps: list[Tensor], coords: Tensor, radius: int) -> Tensor:
    """Correlation around the current estimate of each position.

    Args:
        maps: output of `correlation`.
        coords: `(B, 2, h8, w8)`, x and y in the target, px at 1/8 size.
        radius: of the window, in px of each level.

    Returns:
        `(B, levels (2 radius + 1)^2, h8, w8)`.
    """
    count, _, h, w = coords.shape
    steps = torch.arange(-radius, radius + 1, dtype=coords.dtype, device=coords.device)
    # In torchvision and the original the first window axis is x; the weights expect it.
    around = torch.stack(torch.meshgrid(steps, steps, indexing="ij"), -1)
    centers = coords.permute(0, 2, 3, 1).reshape(-1, 1, 1, 2)
    found = []
    for level, values in enumerate(maps):
        unit = coords.new_tensor([2 / (n - 1) for n in (values.shape[-1], values.shape[-2])])
        grid = (centers / 2**level) * unit - 1 + around * unit
        found.append(F.grid_sample(values, grid, align_corners=True).view(count, h, w, -1))
    return torch.cat(found, -1).permute(0, 3, 1, 2).contiguous()


def unroll(net: Any, source: Encoded, maps: list[Tensor], iterations: int) -> Tensor:
    """Flow `(B, 2, h, w)` in px after `iterations` updates, at the full size of the images."""
    count, _, h, w = source.matching.shape
    device = source.matching.device
    ys, xs = torch.meshgrid(
        torch.arange(h, device=device), torch.arange(w, device=device), indexing="ij"
    )
    start = torch.stack([xs, ys]).float().expand(count, -1, -1, -1)
    flow, state = torch.zeros_like(start), source.state
    for _ in range(iterations):
        seen = look_up(maps, start + flow, net.corr_block.radius)
        state, change = net.update_block(state, source.context, seen, flow)
        flow = flow + change.float()
    mask = None if net.mask_predictor is None else net.mask_predictor(state).float()
    return upsample_flow(flow, mask)
