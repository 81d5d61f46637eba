"""Features of a VGG-16 trained on photographs, for perceptual losses."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from .. import vgg16

# Scales features to the range of a network trained on normalized images.
_UNIT = 300
# Indices of the convolutions among torchvision's layers; None = pooling.
_LAYERS = (0, 2, None, 5, 7, None, 10, 12, 14)


class Vgg16:
    """VGG-16 (Simonyan and Zisserman, 2015) up to conv3_3, fixed.

    Args:
        path: its tensors under torchvision's names, for RGB in 0..255 minus means.
    """

    def __init__(self, path: Path) -> None:
        self._tensors = vgg16.read(path)
        self._means = torch.tensor(vgg16.MEANS).view(1, 3, 1, 1)

    def __call__(self, rgb: Tensor) -> Tensor:
        """RGB `(B, 3, h, w)` in [0, 1] -> relu3_3 `(B, 256, h/4, w/4)`, mean about 0.6."""
        x = (rgb * 255 - self._means).contiguous(memory_format=torch.channels_last)
        for layer in _LAYERS:
            if layer is None:
                x = F.max_pool2d(x, 2)
                continue
            weight = self._tensors[f"features.{layer}.weight"]
            x = F.relu(F.conv2d(x, weight, self._tensors[f"features.{layer}.bias"], padding=1))
        return x / _UNIT
