"""`favc2019`: the confidence-aware refinement of Lei and Chen, "Fully Automatic Video Colorization
with Self-Regularization and Diversity", CVPR 2019, section 3.3.

The last output is warped to the frame. Where the source frames agree but the colors do not, the
frame's color has low confidence and is removed; a U-Net repaints the frame from the rest, the
warped colors and the three maps. The authors' released loop always uses the first output; this is
the recurrence described in the paper.

Difference, because this tool keeps a film's luma: only ab of the RGB output is used, with the
lightness of the film.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from flow.warp import backward_warp

from ..color import lab_to_rgb, rgb_to_lab
from ..precision import fast
from ..weights import files as weights

if TYPE_CHECKING:
    from ..types import Coloring, Motion, RefinerState

_AGREES = 0.05
"""Difference in any channel of RGB in [0, 1] below which two pixels agree."""


class RefinementNet(nn.Module):
    """The U-Net of the paper, without its VGG features.

    Args:
        width: features of the first of five levels, doubled at each further level; 32 in the
            paper.
    """

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.config = {"width": width}
        widths = [width << level for level in range(5)]
        self.down = nn.ModuleList([_pair(18, widths[0], first=1)])
        self.down.extend(_pair(a, b) for a, b in pairwise(widths))
        self.up = nn.ModuleList(nn.Conv2d(b, a, 3, padding=1) for a, b in pairwise(widths))
        self.join = nn.ModuleList(_pair(2 * a, a) for a in widths[:-1])
        self.paint = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, seen: Tensor) -> Tensor:
        """Output of `network_input`, `(B, 18, h, w)` -> RGB `(B, 3, h, w)`, not clipped."""
        h, w = seen.shape[-2:]
        x = F.pad(seen, (0, -w % 16, 0, -h % 16), mode="replicate")
        x = x.contiguous(memory_format=torch.channels_last)
        skips: list[Tensor] = []
        for level, convs in enumerate(self.down):
            x = convs(F.max_pool2d(x, 2) if level else x)
            skips.append(x)
        for level in reversed(range(len(self.up))):
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = self.join[level](torch.cat((self.up[level](x), skips[level]), dim=1))
        return self.paint(x)[..., :h, :w].float()


def _pair(inputs: int, outputs: int, first: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, first, padding=first // 2),
        nn.LeakyReLU(0.2),
        nn.Conv2d(outputs, outputs, 3, padding=1),
        nn.LeakyReLU(0.2),
    )


def network_input(
    current: Tensor, warped: Tensor, film: Tensor, warped_film: Tensor
) -> tuple[Tensor, Tensor]:
    """The input of the network, and where the frame's color has low confidence.

    Args:
        current: RGB `(B, 3, h, w)` in [0, 1], the colored frame.
        warped: same shape, the last output warped to the frame.
        film, warped_film: `(B, 1, h, w)` in [0, 1], the gray source frame and the warped last one.

    Returns:
        `(B, 18, h, w)`: the frame, gray where confidence is low; the warped output; the frame;
        low confidence, agreement of the colors and agreement of the film (each map three times).
        And low confidence alone, `(B, 1, h, w)`, 0 or 1.
    """
    colors_agree = ((current - warped).abs().amax(1, keepdim=True) < _AGREES).to(current.dtype)
    film_agrees = ((film - warped_film).abs() < _AGREES).to(current.dtype)
    low = film_agrees * (1 - colors_agree)
    maps = torch.cat((low, colors_agree, film_agrees), dim=1).repeat_interleave(3, dim=1)
    return torch.cat((current + low * (film - current), warped, current, maps), dim=1), low


class Favc2019:
    """Implements the `Refiner` protocol.

    State: `rgb (1, 3, h, w)` in [0, 1], the last output, and `film (1, 1, h, w)` in [0, 1], the
    last source frame.
    """

    name = "favc2019"
    needs_flow = True

    def __init__(self, net: RefinementNet) -> None:
        self._net = net.eval().to(memory_format=torch.channels_last)

    def start(self, L: Tensor, coloring: Coloring) -> tuple[Tensor, RefinerState]:
        """First frame of a shot: its ab `(1, 2, h, w)` unchanged."""
        return coloring.ab, {"rgb": lab_to_rgb(L, coloring.ab), "film": gray(L)}

    @torch.inference_mode()
    def step(
        self, state: RefinerState, L: Tensor, coloring: Coloring, motion: Motion | None
    ) -> tuple[Tensor, RefinerState]:
        """Next frame: refined ab `(1, 2, h, w)` and the new state; `state` is not modified."""
        assert motion is not None, "this refiner needs the flow"
        warped = backward_warp(torch.cat((state["rgb"], state["film"]), dim=1), motion.flow)
        film = gray(L)
        seen, _ = network_input(lab_to_rgb(L, coloring.ab), warped[:, :3], film, warped[:, 3:])
        with fast(L.device):
            rgb = self._net(seen)
        rgb = rgb.clamp(0, 1)
        return rgb_to_lab(rgb)[1], {"rgb": rgb, "film": film}


def gray(L: Tensor) -> Tensor:
    """L* `(B, 1, h, w)` -> gray value of that lightness, `(B, 1, h, w)` in [0, 1]."""
    return lab_to_rgb(L, L.new_zeros(1).expand(L.shape[0], 2, *L.shape[-2:]))[:, :1]


def load(device: str) -> Favc2019:
    """The bundled network on `device`.

    Raises:
        WeightsError: the weights do not match.
    """
    tensors, config = weights.read(weights.require_file("favc2019.safetensors"))
    net = RefinementNet(config["width"])
    return Favc2019(weights.fill(net, tensors, "favc2019").to(device))
