"""VGG-16 as its authors trained it in Caffe: RGB in 0..255 minus the means of ImageNet."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

# Channel means (RGB, 0..255) subtracted from the input.
MEANS = (123.68, 116.779, 103.939)


def read(path: Path) -> dict[str, Tensor]:
    """Tensors up to conv3_3 under torchvision's names, float32.

    Source: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
    Recognition", ICLR 2015.
    """
    tensors = torch.load(path, weights_only=True, map_location="cpu")
    return {name: value.float() for name, value in tensors.items()}
