"""Training of `favc2019`: the refinement of Lei and Chen, CVPR 2019, section 3.3."""

from __future__ import annotations

import torch
from torch import Tensor

from flow.warp import backward_warp
from vidcolor.precision import fast
from vidcolor.refiners.favc2019 import RefinementNet, network_input

from .rgb_clips import RgbClip


def unroll(net: RefinementNet, clip: RgbClip) -> list[Tensor]:
    """Output `(B, 3, h, w)` of every frame, each from the one before, without gradient to it."""
    outputs = [clip.processed[0]]
    for t in range(1, len(clip.film)):
        warped, film = _past(outputs, clip, t)
        seen, _ = network_input(clip.processed[t], warped, clip.film[t], film)
        with fast("cpu"):
            outputs.append(net(seen))
    return outputs


def losses(outputs: list[Tensor], clip: RgbClip) -> dict[str, Tensor]:
    """As in the authors' code: distance to the true frame, to the warped output where confidence
    is low, to the frame's own colors elsewhere."""
    fidelity, steady, own = [], [], []
    for t in range(1, len(outputs)):
        warped, film = _past(outputs, clip, t)
        _, low = network_input(clip.processed[t], warped, clip.film[t], film)
        fidelity.append((outputs[t] - clip.truth[t]).abs().mean())
        steady.append((low * (outputs[t] - warped)).abs().mean())
        own.append(((1 - low) * (outputs[t] - clip.processed[t])).abs().mean())
    names = ("fidelity", "steady", "own")
    return {n: torch.stack(x).mean() for n, x in zip(names, (fidelity, steady, own), strict=True)}


def _past(outputs: list[Tensor], clip: RgbClip, t: int) -> tuple[Tensor, Tensor]:
    """The last output and the last gray frame, warped to frame `t`."""
    rgb = outputs[t - 1].detach().clamp(0, 1)
    warped = backward_warp(torch.cat((rgb, clip.film[t - 1]), dim=1), clip.flow[t - 1])
    return warped[:, :3], warped[:, 3:]
