"""Training of `blind2018`: Lai et al., ECCV 2018, section 3.3."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from flow.warp import backward_warp
from vidcolor.precision import fast
from vidcolor.refiners.blind2018 import TransformNet

from .rgb_clips import RgbClip


def untrained() -> TransformNet:
    """A network whose residual is zero: its output is the processed frame."""
    net = TransformNet()
    nn.init.zeros_(net.deconv3.conv2d.weight)
    assert net.deconv3.conv2d.bias is not None
    nn.init.zeros_(net.deconv3.conv2d.bias)
    return net


def unroll(net: TransformNet, clip: RgbClip) -> list[Tensor]:
    """Output `(B, 3, h, w)` of every frame; gradients do not flow back in time, as in the authors'
    code."""
    outputs = [clip.processed[0]]
    state = net.empty_state(outputs[0])
    film = clip.film.expand_as(clip.processed)
    for t in range(1, len(film)):
        before = outputs[-1].detach().clamp(0, 1)
        with fast("cpu"):
            rgb, state = net(clip.processed[t], before, film[t], film[t - 1], state)
        state = {k: v.detach() for k, v in state.items()}
        outputs.append(rgb)
    return outputs


def losses(
    outputs: list[Tensor], clip: RgbClip, vgg: Callable[[Tensor], Tensor]
) -> dict[str, Tensor]:
    """The losses of the paper with weights 10, 100 and 100, averaged over frames.

    Differences: relu3_3 (`vgg`) instead of relu4_3, on every second frame; the visibility is the
    paper's exp(-50 residual^2), of the gray film, times the forward-backward check; the flow to the
    first frame is composed of those between neighbors.
    """
    short, long = [], []
    anchor, anchor_film = outputs[0], clip.film[0]
    seen = torch.ones_like(clip.film[0])
    for t in range(1, len(outputs)):
        flow, visible = clip.flow[t - 1], clip.visible[t - 1]
        trust = visible * _trust(clip.film[t], backward_warp(clip.film[t - 1], flow))
        old = backward_warp(outputs[t - 1].detach(), flow)
        short.append((trust * (outputs[t] - old)).abs().mean())
        anchor, anchor_film = backward_warp(anchor, flow), backward_warp(anchor_film, flow)
        seen = backward_warp(seen, flow) * visible
        if t > 1:
            trust = seen * _trust(clip.film[t], anchor_film)
            long.append((trust * (outputs[t] - anchor)).abs().mean())
    with fast("cpu"):
        found = vgg(torch.cat(outputs[1::2]))
        with torch.no_grad():
            wanted = vgg(clip.processed[1::2].flatten(0, 1))
    return {
        "perceptual": 10 * (found - wanted).float().abs().mean(),
        "short": 100 * torch.stack(short).mean(),
        "long": 100 * torch.stack(long).mean(),
    }


def _trust(film: Tensor, warped: Tensor) -> Tensor:
    # Times 3: the paper sums over the channels of RGB.
    return torch.exp(-50 * 3 * (film - warped).square())
