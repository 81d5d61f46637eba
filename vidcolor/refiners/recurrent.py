"""`recurrent`, the bundled refiner: a learned blend of new and previous color along the flow.

The color of each pixel is a weighted mean of the frame's own color and the warped color of the
previous frame. A small recurrent network (convolutional GRU, Ballas et al., ICLR 2016) predicts the
weight from lightness and its residual along the flow, both colors, the colorizer's confidence, the
number of frames for which the pixel has been tracked, and its own warped hidden state. Since the
result lies between two colors it cannot invent colors; a static scene stays exactly static, and
newly visible pixels take their own color immediately. The form follows the confidence-aware
refinement of Lei and Chen, CVPR 2019, section 3.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from flow.warp import backward_warp

from ..precision import fast
from ..types import Coloring, Motion
from ..weights import files as weights

if TYPE_CHECKING:
    from ..types import RefinerState

# Minimum weight of the new color, so that a wrong first color does not stay for the whole shot.
_LEAST_SHARE = 0.02
# Input channels of the network.
_INPUTS = 11


class RecurrentNet(nn.Module):
    """Predicts the weight of the new color.

    It works at a quarter of the size, on 2 x 2 blocks of half-size input.

    Args:
        width: channels of the features.
        hidden: channels of the hidden state.
    """

    def __init__(self, width: int = 48, hidden: int = 32) -> None:
        super().__init__()
        self.config = {"width": width, "hidden": hidden}
        self.hidden = hidden
        self.encode = nn.Conv2d(4 * _INPUTS, width, 3, padding=1)
        self.wide = nn.Conv2d(width + hidden, width, 3, padding=2, dilation=2)
        self.gates = nn.Conv2d(width + hidden, 2 * hidden, 3, padding=1)
        self.candidate = nn.Conv2d(width + hidden, hidden, 3, padding=1)
        self.share = nn.Sequential(
            nn.Conv2d(width + hidden, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 4, 1)
        )

    def forward(self, seen: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Logit of the weight.

        Args:
            seen: `(B, 11, h/2, w/2)`, inputs.
            hidden: `(B, hidden, h/4, w/4)`, hidden state.

        Returns:
            Logit `(B, 1, h/2, w/2)` and the new hidden state.
        """
        x = F.pixel_unshuffle(seen, 2).contiguous(memory_format=torch.channels_last)
        x = F.relu(self.encode(x))
        hidden = hidden.to(x.dtype).contiguous(memory_format=torch.channels_last)
        x = x + F.relu(self.wide(torch.cat((x, hidden), dim=1)))
        update, reset = torch.sigmoid(self.gates(torch.cat((x, hidden), dim=1))).chunk(2, dim=1)
        candidate = torch.tanh(self.candidate(torch.cat((x, reset * hidden), dim=1)))
        hidden = hidden + update * (candidate - hidden)
        return F.pixel_shuffle(self.share(torch.cat((hidden, x), dim=1)), 2), hidden


def _half(x: Tensor) -> Tensor:
    """Mean of 2 x 2 pixels; bilinear sampling is several times faster than pooling."""
    return F.interpolate(x, scale_factor=0.5, mode="bilinear", align_corners=False)


def refine_step(
    net: RecurrentNet,
    state: RefinerState,
    L: Tensor,
    coloring: Coloring,
    motion: Motion,
) -> tuple[Tensor, dict[str, Tensor]]:
    """One step of the recurrence, batched and differentiable; see `Recurrent.step`.

    Sides must be multiples of 4.
    """
    ab = coloring.ab
    flow, visibility = motion.flow, motion.visibility
    old_ab = backward_warp(state["ab"], flow)
    # Only color needs the full size; lightness, age and hidden state are warped at a smaller one.
    flow_half = _half(flow) / 2
    old = backward_warp(torch.cat((state["L"], state["age"]), dim=1), flow_half)
    hidden = backward_warp(state["hidden"], _half(flow_half) / 2)
    L_half, visible, new, kept, confidence = (
        _half(x) for x in (L, visibility, ab, old_ab, coloring.confidence)
    )
    age = 1 + old[:, 1:] * visible
    seen = torch.cat(
        (
            L_half / 50 - 1,
            ((L_half - old[:, :1]) / 10).clamp(-3, 3),
            new / 50,
            confidence * 2 - 1,
            kept / 50,
            (new - kept) / 20,
            visible,
            1 / age,
        ),
        dim=1,
    )
    logit, hidden = net(seen, hidden)
    share = _LEAST_SHARE + (1 - _LEAST_SHARE) * torch.sigmoid(logit.float())
    share = F.interpolate(share, scale_factor=2.0, mode="bilinear", align_corners=False)
    # Partly visible pixels are left to the network; occluded ones take the new color.
    seen_before = 1 - (1 - visibility).square()
    refined = torch.lerp(ab, old_ab, seen_before * (1 - share))
    return refined, {"ab": refined, "L": L_half, "age": age, "hidden": hidden.float().contiguous()}


def first_state(net: RecurrentNet, L: Tensor, ab: Tensor) -> dict[str, Tensor]:
    """The state after the first frame of a shot, whose colors are `ab`."""
    L_half = _half(L)
    h, w = L_half.shape[-2:]
    hidden = L.new_zeros(L.shape[0], net.hidden, h // 2, w // 2)
    return {"ab": ab, "L": L_half, "age": torch.ones_like(L_half), "hidden": hidden}


class Recurrent:
    """Implements the `Refiner` protocol.

    State: `ab (1, 2, h', w')`, the last colors; `L` and `age (1, 1, h'/2, w'/2)`, its lightness and
    the number of frames for which pixels have been tracked; `hidden (1, hidden, h'/4, w'/4)`. h'
    and w' are rounded up to multiples of 4.
    """

    name = "recurrent"
    needs_flow = True

    def __init__(self, net: RecurrentNet) -> None:
        self._net = net.eval().to(memory_format=torch.channels_last)

    def start(self, L: Tensor, coloring: Coloring) -> tuple[Tensor, RefinerState]:
        """First frame of a shot: its ab `(1, 2, h, w)` unchanged, and an empty hidden state."""
        return coloring.ab, first_state(self._net, _padded(L), _padded(coloring.ab))

    @torch.inference_mode()
    def step(
        self, state: RefinerState, L: Tensor, coloring: Coloring, motion: Motion | None
    ) -> tuple[Tensor, RefinerState]:
        """Next frame: refined ab `(1, 2, h, w)` and the new state; `state` is not modified."""
        assert motion is not None, "this refiner needs the flow"
        h, w = L.shape[-2:]
        L, coloring = _padded(L), Coloring(_padded(coloring.ab), _padded(coloring.confidence))
        motion = Motion(_padded(motion.flow), _padded(motion.visibility.to(L.dtype)))
        with fast(L.device):
            ab, new_state = refine_step(self._net, state, L, coloring, motion)
        return ab[..., :h, :w], new_state


def _padded(x: Tensor) -> Tensor:
    """Replicates the last rows and columns until both sides are multiples of 4."""
    h, w = x.shape[-2:]
    return F.pad(x, (0, -w % 4, 0, -h % 4), mode="replicate") if h % 4 or w % 4 else x


def load(device: str) -> Recurrent:
    """The bundled network on `device`.

    Raises:
        WeightsError: the weights are missing or do not match.
    """
    tensors, config = weights.read(weights.require_file("recurrent.safetensors"))
    net = RecurrentNet(config["width"], config["hidden"])
    return Recurrent(weights.fill(net, tensors, "recurrent").to(device))
