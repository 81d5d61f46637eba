"""RAFT unrolled with all intermediate values, and losses that compare two such runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.optical_flow._utils import make_coords_grid, upsample_flow

from vidcolor.precision import fast


@dataclass(frozen=True, slots=True)
class Trace:
    """Intermediate values of RAFT on a pair; h8, w8 are the image size over 8.

    Attributes:
        features: `(2B, C, h8, w8)`, of `cur`, then of `prev`.
        context: `(B, C, h8, w8)`, the context encoder's output before its activations.
        hidden: the state before each update, and after the last one.
        correlation, before, delta: inputs of each update (correlation, flow) and its output, the
            change of the flow; px of h8, w8.
        after: flow `(B, 2, h8, w8)` after each update, px of h8, w8.
    """

    features: Tensor
    context: Tensor
    hidden: list[Tensor]
    correlation: list[Tensor]
    before: list[Tensor]
    delta: list[Tensor]
    after: list[Tensor]

    @property
    def flow(self) -> Tensor:
        """The last update's flow `(B, 2, h, w)` in px."""
        return upsample_flow(self.after[-1])


def reduced(tensor: Tensor, enabled: bool = True) -> torch.autocast:
    """`fast` on the device of `tensor`, or float32."""
    return fast(tensor.device) if enabled else torch.autocast(tensor.device.type, enabled=False)


def encode(net: Any, cur: Tensor, prev: Tensor) -> Tensor:
    """The feature encoder's output `(2B, C, h8, w8)` on lumas `(B, 1, h, w)` in [0, 1]."""
    images = torch.cat([cur, prev]).expand(-1, 3, -1, -1) * 2 - 1
    with reduced(cur):
        return net.feature_encoder(images).float()


def trace(net: Any, cur: Tensor, prev: Tensor, updates: int) -> Trace:
    """Runs torchvision's RAFT like its own `forward`, keeping intermediate values.

    Convolutions run in `fast_dtype`, coordinates and correlation in float32.

    Args:
        net: torchvision `RAFT`; Any, because nn.Module's annotations hide its submodules.
        cur, prev: float32 `(B, 1, h, w)`, luma in [0, 1]; h and w multiples of 8, 128 at least.
        updates: number of updates.
    """
    # One autocast region for all: leaving it would drop the converted weights, to be made again.
    with reduced(cur):
        features = encode(net, cur, prev)
        context = net.context_encoder(cur.expand(-1, 3, -1, -1) * 2 - 1).float()
        with reduced(cur, False):
            net.corr_block.build_pyramid(*features.chunk(2))
        state_size = net.update_block.hidden_state_size
        hidden, extra = torch.tanh(context[:, :state_size]), F.relu(context[:, state_size:])
        start = make_coords_grid(len(cur), *features.shape[-2:], device=cur.device)
        coords = start
        out = Trace(features, context, [hidden], [], [], [], [])
        for _ in range(updates):
            coords = coords.detach()
            before = coords - start
            with reduced(cur, False):
                correlation = net.corr_block.index_pyramid(coords)
            hidden, delta = net.update_block(hidden, extra, correlation, before)
            hidden, delta = hidden.float(), delta.float()
            coords = coords + delta
            out.hidden.append(hidden)
            out.correlation.append(correlation)
            out.before.append(before)
            out.delta.append(delta)
            out.after.append(coords - start)
    return out


def sequence_loss(after: list[Tensor], truth: Tensor, weight: Tensor) -> Tensor:
    """Mean L1 error in px with higher weights for later updates (RAFT, section 3.4, gamma 0.8).

    Errors of long motions have lower weights (half at 8 px): motion in film is mostly small, and
    the tolerance of a forward-backward check is proportional to it. Only the last flow is compared
    at full size, the others at 1/8: enlarging all of them took a tenth of a step.

    Args:
        after: `(B, 2, h8, w8)` each, px of h8, w8.
        truth: `(B, 2, h, w)`, px.
        weight: `(B, 1, h, w)`, weight of each pixel.
    """
    last = len(after) - 1
    weight = weight * 8 / (8 + torch.linalg.vector_norm(truth, dim=1, keepdim=True))
    loss = (weight * (upsample_flow(after[-1]) - truth).abs()).mean()
    size = after[0].shape[-2:]
    # Aligned at the corners, like `upsample_flow`.
    truth, weight = (
        F.interpolate(x, size, mode="bilinear", align_corners=True) for x in (truth, weight)
    )
    for index, flow in enumerate(after[:-1]):
        loss = loss + 0.8 ** (last - index) * (weight * (8 * flow - truth).abs()).mean()
    return loss


def _relative(found: Tensor, wanted: Tensor) -> Tensor:
    return F.mse_loss(found, wanted) / wanted.var()


def feature_loss(student: Trace, teacher: Trace) -> Tensor:
    """Squared distance of the outputs of both encoders, relative to the teacher's variance."""
    return _relative(student.features, teacher.features) + _relative(
        student.context, teacher.context
    )


def volume(features: Tensor) -> Tensor:
    """Correlation `(B, n, n)` of the first half of `features` with the second, n = h8 w8."""
    first, second = features.flatten(2).chunk(2)
    return torch.bmm(first.transpose(1, 2), second) / features.shape[1] ** 0.5


def volume_loss(student: Tensor, teacher: Tensor) -> Tensor:
    """Squared distance of correlation volumes, relative to the teacher's variance.

    Unlike `feature_loss` it is invariant to rotations of the feature space.
    """
    return _relative(student, teacher)


def match_loss(student: Tensor, flow: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy between the matched position of each pixel at 1/8 size and the true one.

    Args:
        student: correlation `(B, n, n)`, used as logits.
        flow: `(B, 2, h, w)`, px; the target is distributed bilinearly over four neighbors.
        weight: `(B, 1, h, w)`, weight of each pixel.
    """
    coarse, weight = F.avg_pool2d(flow, 8) / 8, F.avg_pool2d(weight, 8).flatten(1)
    h, w = coarse.shape[-2:]
    places = (torch.arange(n, device=flow.device) for n in (h, w))
    ys, xs = torch.meshgrid(*places, indexing="ij")
    x, y = (xs + coarse[:, 0]).flatten(1), (ys + coarse[:, 1]).flatten(1)
    chance = F.log_softmax(student, -1)
    loss, share = torch.zeros_like(x), torch.zeros_like(x)
    for across in (0, 1):
        for down in (0, 1):
            xi, yi = x.floor() + across, y.floor() + down
            inside = (xi >= 0) & (xi < w) & (yi >= 0) & (yi < h)
            near = (1 - (x - xi).abs()) * (1 - (y - yi).abs()) * inside
            place = (yi.clamp(0, h - 1) * w + xi.clamp(0, w - 1)).long()
            loss = loss - near * chance.gather(2, place[..., None])[..., 0]
            share = share + near
    return (loss * weight).sum() / (share * weight).sum().clamp(min=1)


def update_loss(net: Any, teacher: Trace) -> Tensor:
    """Error of single updates of `net` that start from the states of the teacher.

    All updates are one batch, without backpropagation through time: this is cheap, and it trains
    the update block before the encoders are useful.
    """
    hidden, wanted = torch.cat(teacher.hidden[:-1]), torch.cat(teacher.hidden[1:])
    updates = len(teacher.delta)
    extra = F.relu(teacher.context[:, net.update_block.hidden_state_size :]).repeat(
        updates, 1, 1, 1
    )
    with reduced(hidden):
        found, delta = net.update_block(
            hidden, extra, torch.cat(teacher.correlation), torch.cat(teacher.before)
        )
    change = (delta.float() - torch.cat(teacher.delta)).abs().mean()
    return _relative(found.float(), wanted) + 8 * change
