"""`zhang2016`: Zhang, Isola, Efros, "Colorful Image Colorization", ECCV 2016.

The names and shapes of the weights are those of the authors' PyTorch port, so its published file
loads strictly.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..precision import fast
from ..types import Coloring
from ..weights import files as weights
from . import ab_bins

# T of the annealed mean, section 2.3 of the paper.
TEMPERATURE = 0.38
# The port divides ab by this.
_AB_SCALE = 110.0


def _block(widths: tuple[int, ...], *, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """3x3 convolutions with ReLU, the last one with the stride, then BatchNorm."""
    layers: list[nn.Module] = []
    for i, (inputs, outputs) in enumerate(itertools.pairwise(widths)):
        last = i == len(widths) - 2
        layers += [
            nn.Conv2d(
                inputs,
                outputs,
                3,
                stride=stride if last else 1,
                padding=dilation,
                dilation=dilation,
            ),
            nn.ReLU(inplace=True),
        ]
    return nn.Sequential(*layers, nn.BatchNorm2d(widths[-1]))


class Zhang2016Net(nn.Module):
    """L* -> logits over the 313 bins at a quarter of the size (paper, section 2 and figure 2).

    No pooling or skip connections; dilated convolutions widen the receptive field at 1/8 size.
    """

    def __init__(self) -> None:
        super().__init__()
        bins = len(ab_bins.bin_centers())
        self.model1 = _block((1, 64, 64), stride=2)
        self.model2 = _block((64, 128, 128), stride=2)
        self.model3 = _block((128, 256, 256, 256), stride=2)
        self.model4 = _block((256, 512, 512, 512))
        self.model5 = _block((512, 512, 512, 512), dilation=2)
        self.model6 = _block((512, 512, 512, 512), dilation=2)
        self.model7 = _block((512, 512, 512, 512))
        self.model8 = nn.Sequential(
            nn.ConvTranspose2d(512, 256, 4, stride=2, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(256, bins, 1),
        )
        # The bin centers as a convolution, as in the published file; never trained.
        self.model_out = nn.Conv2d(bins, 2, 1, bias=False).requires_grad_(False)
        self.model_out.weight.copy_(ab_bins.bin_centers().T[:, :, None, None] / _AB_SCALE)

    def forward(self, L: Tensor) -> Tensor:
        """L* `(B, 1, h, w)`, sides multiples of 8 -> logits `(B, 313, h/4, w/4)`."""
        return self.model8(self.trunk(L)[-1])

    def trunk(self, L: Tensor) -> list[Tensor]:
        """L* `(B, 1, h, w)` -> features of blocks 5, 6 and 7, `(B, 512, h/8, w/8)` each."""
        x = (L - 50) / 100
        for block in (self.model1, self.model2, self.model3, self.model4):
            x = block(x)
        found = []
        for block in (self.model5, self.model6, self.model7):
            x = block(x)
            found.append(x)
        return found

    @property
    def centers(self) -> Tensor:
        """Colors of the bins, float32 `(313, 2)`, a* and b*."""
        return self.model_out.weight[:, :, 0, 0].T * _AB_SCALE


class Zhang2016:
    """Implements the `Colorizer` protocol.

    Args:
        net: a trained `Zhang2016Net`.
        size: working short side in pixels.
        temperature: of the annealed mean (section 2.3): 1 = the mean, near 0 = the mode.
    """

    name = "zhang2016"

    def __init__(
        self, net: Zhang2016Net, size: int = 256, temperature: float = TEMPERATURE
    ) -> None:
        self.size = size
        self.temperature = temperature
        self._net = net.eval().to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def colorize(self, L: Tensor) -> Coloring:
        """L* `(B, 1, h, w)` -> ab and confidence at about a quarter of that size."""
        h, w = L.shape[-2:]
        padded = F.pad(L, (0, -w % 8, 0, -h % 8), mode="replicate")
        with fast(L.device):
            logits = self._net(padded.contiguous(memory_format=torch.channels_last))
        logits = logits[..., : (h + 3) // 4, : (w + 3) // 4]
        return Coloring(*ab_bins.decode(logits, self.temperature, self._net.centers))


def untrained(device: str = "cpu") -> Zhang2016:
    """Random weights, for tests and for timing."""
    return Zhang2016(Zhang2016Net().to(device))


def load(device: str, file: Path | None = None, temperature: float | None = None) -> Zhang2016:
    """Trained weights from `file`, or those that `weights.read_system` finds.

    The published weights are decoded at temperature 1, as in the authors' port: it is not
    documented whether their last layer already contains the paper's factor.

    Raises:
        WeightsError: there are none, or they do not match.
    """
    tensors, config = weights.read_system("zhang2016", file)
    net = weights.fill(Zhang2016Net(), tensors, "zhang2016")
    size, trained_at = config.get("size", 256), config.get("temperature", 1.0)
    return Zhang2016(net.to(device), size, temperature or trained_at)
