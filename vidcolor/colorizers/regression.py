"""Networks that regress one color per pixel, as colorizers."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..precision import fast
from ..types import Coloring


class Regression:
    """A network L* -> ab as a colorizer; confidence is 1, since the network has none.

    Args:
        net: L* `(B, 1, h, w)` -> ab `(B, 2, h, w)`, both in natural units.
        name: the name to select it by.
        size: working short side in pixels.
        multiple: the sides of its input must be multiples of this.
    """

    def __init__(self, net: nn.Module, name: str, size: int, multiple: int) -> None:
        self.name, self.size = name, size
        self._multiple = multiple
        self._net = net.eval().to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def colorize(self, L: Tensor) -> Coloring:
        """L* `(B, 1, h, w)` -> ab at that size."""
        h, w = L.shape[-2:]
        padded = F.pad(L, (0, -w % self._multiple, 0, -h % self._multiple), mode="replicate")
        with fast(L.device):
            ab = self._net(padded.contiguous(memory_format=torch.channels_last))
        # Displayable colors lie within 110.
        return Coloring(ab[..., :h, :w].float().clamp(-110, 110), torch.ones_like(L))
