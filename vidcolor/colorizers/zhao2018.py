"""`zhao2018`: Zhao et al., "Pixel-level Semantics Guided Image Colorization", BMVC 2018.

The network of `zhang2016` with a second branch for semantic segmentation, which is used only in
training. At inference, colors are enlarged to the size of the image by joint bilateral upsampling.
The paper does not specify the layers of the branch; they follow Rejmon's re-implementation (2019).
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..precision import fast
from ..types import Coloring
from ..weights import files as weights
from . import ab_bins
from .zhang2016 import TEMPERATURE, Zhang2016Net

NAME = "zhao2018"
_WIDTH = 128


def _segment_step() -> nn.Sequential:
    """Layers from one block of the trunk to the segmentation branch."""
    layers: list[nn.Module] = []
    for inputs in (512, _WIDTH, _WIDTH):
        layers += [nn.ConvTranspose2d(inputs, _WIDTH, 3, padding=2, dilation=2), nn.ReLU()]
    return nn.Sequential(*layers, nn.BatchNorm2d(_WIDTH))


class Zhao2018Net(Zhang2016Net):
    """L* -> logits over the 313 bins and over segmentation classes, both at a quarter of the size.

    Args:
        classes: number of segmentation classes; 21 for Pascal VOC.
    """

    def __init__(self, classes: int = 21) -> None:
        super().__init__()
        self.config = {"classes": classes}
        self.segment_steps = nn.ModuleList(_segment_step() for _ in range(3))
        self.segment_head = nn.Sequential(
            nn.ConvTranspose2d(3 * _WIDTH, 256, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, classes, 1),
        )

    def segment(self, found: list[Tensor]) -> Tensor:
        """Output of `trunk`, `(B, 512, h/8, w/8)` each -> logits `(B, classes, h/4, w/4)`."""
        steps = [step(x) for step, x in zip(self.segment_steps, found, strict=True)]
        return self.segment_head(torch.cat(steps, dim=1))


def joint_bilateral_upsample(
    ab: Tensor, L: Tensor, sigma_place: float = 1.0, sigma_L: float = 12.0, radius: int = 2
) -> Tensor:
    """Enlarges colors along the edges of lightness.

    Kopf et al., "Joint Bilateral Upsampling", SIGGRAPH 2007, equation 3: a pixel is the weighted
    mean of the small colors around it, with weights for distance and difference in lightness.

    Args:
        ab: float32 `(B, 2, h, w)`.
        L: float32 `(B, 1, s*h, s*w)`, L*.
        sigma_place: standard deviation over distance, in pixels of the small image.
        sigma_L: standard deviation over difference in L*.
        radius: of the window, in pixels of the small image.

    Returns:
        float32 `(B, 2, s*h, s*w)`.
    """
    (h, w), size = ab.shape[-2:], L.shape[-2:]
    scale = size[0] // h
    small = torch.cat((ab, F.avg_pool2d(L, scale)), dim=1)
    around = F.pad(small, (radius,) * 4, mode="replicate")
    # Offset of each pixel from the center of its small pixel.
    offset = (torch.arange(scale, device=L.device) + 0.5) / scale - 0.5
    down, right = offset.repeat(h)[:, None], offset.repeat(w)[None]
    total, weight_sum = L.new_zeros(len(L), 2, *size), torch.zeros_like(L)
    for dy in range(-radius, radius + 1):
        for dx in range(-radius, radius + 1):
            near = around[..., radius + dy :, radius + dx :][..., :h, :w]
            near = near.repeat_interleave(scale, -2).repeat_interleave(scale, -1)
            place = ((dy - down) ** 2 + (dx - right) ** 2) / (2 * sigma_place**2)
            weight = torch.exp(-place - (L - near[:, 2:]) ** 2 / (2 * sigma_L**2))
            total += weight * near[:, :2]
            weight_sum += weight
    # Bilinear where no neighbor has a similar lightness.
    plain = F.interpolate(ab, size=size, mode="bilinear", align_corners=False)
    return torch.where(weight_sum > 1e-6, total / weight_sum.clamp(min=1e-6), plain)


class Zhao2018:
    """Implements the `Colorizer` protocol.

    Args:
        net: a trained `Zhao2018Net`.
        size: working short side in pixels.
        temperature: of the annealed mean.
    """

    name = NAME

    def __init__(self, net: Zhao2018Net, size: int = 224, temperature: float = TEMPERATURE) -> None:
        self.size, self.temperature = size, temperature
        self._net = net.eval().to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def colorize(self, L: Tensor) -> Coloring:
        """L* `(B, 1, h, w)` -> ab and confidence at that size."""
        h, w = L.shape[-2:]
        L = F.pad(L, (0, -w % 8, 0, -h % 8), mode="replicate")
        with fast(L.device):
            logits = self._net(L.contiguous(memory_format=torch.channels_last))
        ab, sure = ab_bins.decode(logits, self.temperature, self._net.centers)
        sure = F.interpolate(sure, size=L.shape[-2:], mode="bilinear", align_corners=False)
        return Coloring(joint_bilateral_upsample(ab, L)[..., :h, :w], sure[..., :h, :w])


def untrained(device: str = "cpu") -> Zhao2018:
    """Random weights, for tests and for timing."""
    return Zhao2018(Zhao2018Net().to(device))


def load(device: str, file: Path | None = None, temperature: float | None = None) -> Zhao2018:
    """Trained weights from `file`, or those that `weights.read_system` finds.

    Raises:
        WeightsError: there are none, or they do not match.
    """
    tensors, config = weights.read_system(NAME, file)
    net = weights.fill(Zhao2018Net(config.get("classes", 21)), tensors, NAME).to(device)
    trained_at = config.get("temperature", TEMPERATURE)
    return Zhao2018(net, config.get("size", 224), temperature or trained_at)
