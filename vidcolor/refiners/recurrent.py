"""`recurrent`, the bundled refiner: a learned share of new colour, pixel by pixel, along the flow.

Every frame's colour is a mean of the frame's own colour and the warped colour of the frame
before; a small recurrent network (convolutional GRU, Ballas et al., ICLR 2016) decides the share
from what it sees: lightness and its residual along the flow, both colours, the colorizer's
confidence, how long the pixel has been followed, and its own memory, warped as well. Because the
result lies between two colours it can neither invent nor lose colour, a static scene stays
exactly as it is, and what comes into view takes its own colour at once. The form follows the
confidence-aware refinement of Lei and Chen, CVPR 2019, section 3.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from flow.warp import backward_warp, resize_flow

from .. import weights
from ..errors import WeightsError

if TYPE_CHECKING:
    from ..types import Coloring, Motion, RefinerState

# However sure the memory is, a little of the new colour always enters, so that a wrong first
# colour does not stay for the whole shot.
_LEAST_SHARE = 0.02


class RecurrentNet(nn.Module):
    """Decides the share of new colour.

    Args:
        width: channels of the features.
        hidden: channels of the memory.
    """

    def __init__(self, width: int = 32, hidden: int = 24) -> None:
        super().__init__()
        self.config = {"width": width, "hidden": hidden}
        self.hidden = hidden
        self.encode = nn.Conv2d(11 + hidden, width, 3, padding=1)
        self.down = nn.Conv2d(width, 2 * width, 3, stride=2, padding=1)
        self.wide = nn.Conv2d(2 * width, 2 * width, 3, padding=1)
        self.up = nn.Conv2d(2 * width, width, 1)
        self.gates = nn.Conv2d(width + hidden, 2 * hidden, 3, padding=1)
        self.candidate = nn.Conv2d(width + hidden, hidden, 3, padding=1)
        self.share = nn.Sequential(
            nn.Conv2d(hidden + width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, 1, 1)
        )

    def forward(self, seen: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs `(B, 11, h/2, w/2)` and memory -> logit of the share `(B, 1, ...)`, new memory."""
        x = torch.cat((seen, hidden), dim=1).contiguous(memory_format=torch.channels_last)
        x = F.relu(self.encode(x))
        deep = F.relu(self.wide(F.relu(self.down(x))))
        deep = F.interpolate(self.up(deep), size=x.shape[-2:], mode="bilinear", align_corners=False)
        x = F.relu(x + deep)
        update, reset = torch.sigmoid(self.gates(torch.cat((x, hidden), dim=1))).chunk(2, dim=1)
        candidate = torch.tanh(self.candidate(torch.cat((x, reset * hidden), dim=1)))
        hidden = hidden + update * (candidate - hidden)
        return self.share(torch.cat((hidden, x), dim=1)), hidden


def refine_step(
    net: RecurrentNet,
    state: RefinerState,
    L: Tensor,
    coloring: Coloring,
    motion: Motion,
) -> tuple[Tensor, dict[str, Tensor]]:
    """One frame of the recurrence, batched and differentiable; see `Recurrent.step`."""
    ab, confidence = coloring.ab, coloring.confidence
    flow, visibility = motion.flow, motion.visibility
    size = L.shape[-2:]
    half_h, half_w = state["hidden"].shape[-2:]
    half = (half_h, half_w)
    warped = backward_warp(torch.cat((state["ab"], state["L"], state["age"]), dim=1), flow)
    old_ab, old_L, old_age = warped[:, :2], warped[:, 2:3], warped[:, 3:]
    hidden = backward_warp(state["hidden"], resize_flow(flow, half))
    age = 1 + old_age * visibility
    seen = torch.cat(
        (
            L / 50 - 1,
            ((L - old_L) / 10).clamp(-3, 3),
            ab / 50,
            confidence * 2 - 1,
            old_ab / 50,
            (ab - old_ab) / 20,
            visibility,
            1 / age,
        ),
        dim=1,
    )
    logit, hidden = net(F.interpolate(seen, size=half, mode="area"), hidden)
    logit = F.interpolate(logit.float(), size=size, mode="bilinear", align_corners=False)
    share = _LEAST_SHARE + (1 - _LEAST_SHARE) * torch.sigmoid(logit)
    refined = ab + visibility * (1 - share) * (old_ab - ab)
    return refined, {"ab": refined, "L": L, "age": age, "hidden": hidden.float()}


def first_state(net: RecurrentNet, L: Tensor, ab: Tensor) -> dict[str, Tensor]:
    """The state after the first frame of a shot."""
    h, w = L.shape[-2:]
    hidden = L.new_zeros(L.shape[0], net.hidden, (h + 1) // 2, (w + 1) // 2)
    return {"ab": ab, "L": L, "age": torch.ones_like(L), "hidden": hidden}


class Recurrent:
    """The bundled refiner behind the `Refiner` protocol."""

    name = "recurrent"
    needs_flow = True

    def __init__(self, net: RecurrentNet) -> None:
        self._net = net.eval().to(memory_format=torch.channels_last)

    def start(self, L: Tensor, coloring: Coloring) -> tuple[Tensor, RefinerState]:
        """First frame of a shot: its own colours, and an empty memory."""
        return coloring.ab, first_state(self._net, L, coloring.ab)

    @torch.inference_mode()
    def step(
        self, state: RefinerState, L: Tensor, coloring: Coloring, motion: Motion | None
    ) -> tuple[Tensor, RefinerState]:
        """Next frame: refined ab `(1, 2, h, w)` and the new state; `state` is left as it was."""
        assert motion is not None, "this refiner needs the flow"
        with torch.autocast(L.device.type, torch.bfloat16):
            return refine_step(self._net, state, L, coloring, motion)


def load(device: str) -> Recurrent:
    """The bundled network on `device`."""
    tensors, config = weights.read(weights.find("recurrent.safetensors"))
    net = RecurrentNet(config["width"], config["hidden"])
    try:
        net.load_state_dict(tensors)
    except RuntimeError as err:
        raise WeightsError("recurrent.safetensors does not fit this version's network") from err
    return Recurrent(net.to(device))
