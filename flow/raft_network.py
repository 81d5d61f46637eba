"""RAFT taken apart: torchvision's layers, called so that a film's frames are encoded once.

Teed and Deng 2020, "RAFT: Recurrent all-pairs field transforms for optical flow". The numbers are
those of torchvision's `forward`; what is saved is encoding a frame for each of its two pairs,
pooling the correlation volume, and all upsampling but the last.
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
# Below this the coarsest level of the correlation pyramid has less than two values a side.
MIN_SIZE = 128


@dataclass(frozen=True, slots=True)
class Encoded:
    """A batch of frames as RAFT sees them; all `(B, C, h8, w8)`, an eighth of the image.

    Attributes:
        matching: what frames are compared by.
        state: the update block's state to start from.
        context: what the update block knows of the image.
    """

    matching: Tensor
    state: Tensor
    context: Tensor


def joined(*parts: Encoded) -> Encoded:
    """Batches one after another."""
    return Encoded(
        torch.cat([part.matching for part in parts]),
        torch.cat([part.state for part in parts]),
        torch.cat([part.context for part in parts]),
    )


def encode(net: Any, luma: Tensor) -> Encoded:
    """Both encoders on luma `(B, 1, h, w)` in [0, 1], its size a multiple of 8, 128 at least."""
    images = (luma * 2 - 1).expand(-1, 3, -1, -1)
    state, context = _split(net, net.context_encoder(images))
    return Encoded(net.feature_encoder(images), state, context)


def _split(net: Any, features: Tensor) -> tuple[Tensor, Tensor]:
    width = net.update_block.hidden_state_size
    return torch.tanh(features[:, :width]), F.relu(features[:, width:])


def correlation(source: Tensor, target: Tensor, levels: int) -> list[Tensor]:
    """How alike each place of `source` and each of `target` are, halved level by level.

    A level is the product with the halved features, which is the same as halving the product. The
    second direction of a pair is the first one's transpose, yet multiplying again takes a third of
    the time: a large volume's transpose has to be copied.

    Args:
        source, target: `matching` of the frames, `(B, C, h8, w8)`.
        levels: how many.

    Returns:
        Images of the target, `(B h8 w8, 1, h8, w8)` the first, one for each place of the source.
    """
    features = source.flatten(2).transpose(1, 2).float() / source.shape[1] ** 0.5
    images, halved = [], target.float()
    for level in range(levels):
        if level:
            halved = F.avg_pool2d(halved, 2)
        volume = torch.bmm(features, halved.flatten(2))
        images.append(volume.view(-1, 1, *halved.shape[-2:]))
    return images


def look_up(images: list[Tensor], coords: Tensor, radius: int) -> Tensor:
    """Correlation around where each place is believed to be.

    Args:
        images: a `correlation`.
        coords: `(B, 2, h8, w8)`, x and y in the target, px of its eighth.
        radius: how far around, in px of each level.

    Returns:
        `(B, levels (2 radius + 1)^2, h8, w8)`.
    """
    count, _, h, w = coords.shape
    steps = torch.arange(-radius, radius + 1, dtype=coords.dtype, device=coords.device)
    # torchvision (and the original) let the first window axis run along x; the weights expect it.
    around = torch.stack(torch.meshgrid(steps, steps, indexing="ij"), -1)
    centers = coords.permute(0, 2, 3, 1).reshape(-1, 1, 1, 2)
    found = []
    for level, image in enumerate(images):
        unit = coords.new_tensor([2 / (n - 1) for n in (image.shape[-1], image.shape[-2])])
        grid = (centers / 2**level) * unit - 1 + around * unit
        found.append(F.grid_sample(image, grid, align_corners=True).view(count, h, w, -1))
    return torch.cat(found, -1).permute(0, 3, 1, 2).contiguous()


def unroll(net: Any, source: Encoded, images: list[Tensor], iterations: int) -> Tensor:
    """Flow `(B, 2, h, w)` in px after `iterations` updates, at the encoded images' full size."""
    count, _, h, w = source.matching.shape
    device = source.matching.device
    ys, xs = torch.meshgrid(
        torch.arange(h, device=device), torch.arange(w, device=device), indexing="ij"
    )
    start = torch.stack([xs, ys]).float().expand(count, -1, -1, -1)
    flow, state = torch.zeros_like(start), source.state
    for _ in range(iterations):
        seen = look_up(images, start + flow, net.corr_block.radius)
        state, change = net.update_block(state, source.context, seen, flow)
        flow = flow + change.float()
    mask = None if net.mask_predictor is None else net.mask_predictor(state).float()
    return upsample_flow(flow, mask)
