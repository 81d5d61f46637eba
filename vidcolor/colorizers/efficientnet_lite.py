"""EfficientNet-Lite as an encoder of gray pictures, its BatchNorm folded into the convolutions.

Architecture: Tan and Le, "EfficientNet", ICML 2019, in the Lite form (ReLU6, no squeeze and
excitation) that Google published under the Apache License 2.0.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .packed_convolution import NONE, RELU6, PackedConvolution
from .quantized_convolution import Levels, QuantizedConvolution

# Kernel, stride and expansion of each stage.
_STAGES = ((3, 1, 1), (3, 2, 6), (5, 2, 6), (3, 2, 6), (5, 1, 6), (5, 2, 6), (3, 1, 6))
# Blocks and outputs of each stage.
_SIZES = {
    "efficientnet-lite0": ((1, 2, 2, 3, 3, 4, 1), (16, 24, 40, 80, 112, 192, 320)),
    "efficientnet-lite2": ((1, 3, 3, 4, 4, 5, 1), (16, 24, 48, 88, 120, 208, 352)),
}
NAMES = tuple(_SIZES)
# The last stage at each of the strides 2, 4, 8, 16 and 32.
_LAST_AT_STRIDE = (0, 1, 2, 4, 6)
TOP_WIDTH = 1280
STRIDE = 32


class Convolution(nn.Module):
    """Convolution with bias, padded as TensorFlow pads even sizes, and ReLU6 if asked."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        *,
        active: bool = True,
    ) -> None:
        super().__init__()
        self._active = active
        low = (kernel - 2) // 2
        self._pad = (low, kernel - 2 - low) * 2 if stride == 2 else None
        padding = 0 if stride == 2 else kernel // 2
        self.conv: nn.Module = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups)

    def forward(self, x: Tensor | Levels) -> Tensor:
        found: Tensor = self.conv(x if self._pad is None else _padded(x, self._pad))
        return F.relu6(found, inplace=True) if self._active else found

    def pack(self) -> None:
        """Takes the activation into a `PackedConvolution`, if it is not in one yet."""
        if isinstance(self.conv, nn.Conv2d):
            self.conv = PackedConvolution(self.conv, RELU6 if self._active else NONE)
            self._active = False

    def quantize(self, *, stays: bool = False) -> None:
        """Takes the activation into a `QuantizedConvolution`; `stays`: `Levels` come out too."""
        assert isinstance(self.conv, nn.Conv2d)
        activation = RELU6 if self._active else NONE
        self.conv = QuantizedConvolution(self.conv, activation, stays=stays)
        self._active = False


def _padded(x: Tensor | Levels, pad: tuple[int, ...]) -> Tensor | Levels:
    if isinstance(x, Levels):
        return x._replace(values=_edged(x.values, pad, x.zero))
    return _edged(x, pad)


def _edged(x: Tensor, pad: tuple[int, ...], value: int = 0) -> Tensor:
    if torch.is_grad_enabled():
        return F.pad(x, pad, value=value)
    # Only the edges are filled: filling wide features whole takes as long as convolving them.
    low, high = pad[:2]
    h, w = x.shape[-2:]
    size = (*x.shape[:2], low + h + high, low + w + high)
    y = torch.empty(size, dtype=x.dtype, device=x.device, memory_format=torch.channels_last)
    for edge in (y[..., :low, :], y[..., low + h :, :], y[..., :low], y[..., low + w :]):
        edge.fill_(value)
    y[..., low : low + h, low : low + w] = x
    return y


class InvertedBottleneck(nn.Module):
    """Wide inside and narrow at both ends (Sandler et al., CVPR 2018, section 3.3)."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        width = inputs * expansion
        self.expand = Convolution(inputs, width) if expansion != 1 else nn.Identity()
        self.depth = Convolution(width, width, kernel, stride, groups=width)
        self.project = Convolution(width, outputs, active=False)
        self._is_residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        y = self.project(self.depth(self.expand(x)))
        return x + y if self._is_residual else y

    def quantize(self, *, ends: bool = True) -> None:
        """What is wide is in whole numbers; what comes out is not. `ends`: its making is, too."""
        if isinstance(self.expand, Convolution):
            self.expand.quantize(stays=True)
        self.depth.quantize(stays=ends)
        if ends:
            self.project.quantize()


class EfficientNetLite(nn.Module):
    """Features of a gray picture.

    Args:
        name: one of `NAMES`.

    Attributes:
        widths: channels of the features at strides 2, 4, 8, 16 and 32.
        taps: numbers of the blocks that these come from.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        repeats, outputs = _SIZES[name]
        self.widths = tuple(outputs[n] for n in _LAST_AT_STRIDE)
        self.stem = Convolution(1, 32, 3, 2)
        blocks: list[nn.Module] = []
        self.taps: list[int] = []
        inputs = 32
        for n, (kernel, stride, expansion) in enumerate(_STAGES):
            for repeat in range(repeats[n]):
                step = stride if repeat == 0 else 1
                blocks.append(InvertedBottleneck(inputs, outputs[n], kernel, step, expansion))
                inputs = outputs[n]
            if n in _LAST_AT_STRIDE:
                self.taps.append(len(blocks) - 1)
        self.blocks = nn.ModuleList(blocks)
        self.top = Convolution(inputs, TOP_WIDTH)

    def forward(self, L: Tensor) -> tuple[list[Tensor], Tensor]:
        """L* `(B, 1, h, w)`, sides multiples of 32 -> features, and what the scene is.

        Returns:
            Features at strides 2, 4, 8, 16 and 32, `widths` channels each, and the mean of the
            topmost ones, `(B, 1280)`.
        """
        # L* to sRGB gray in the range that the weights were trained with, (255 g - 127) / 128.
        gray = 1.055 * ((L + 16) / 116) ** 1.25 - 0.055
        x = self.stem((gray * 255 - 127) / 128)
        found = []
        for n, block in enumerate(self.blocks):
            x = block(x)
            if n in self.taps:
                found.append(x)
        return found, self.top(x).mean((2, 3))

    def quantize(self) -> None:
        """All but the stem and the first block in 8-bit whole numbers, to be packed then.

        These, and what the second block ends with, tell grays apart that are close to each other:
        colors change twice as much where they are quantized too.
        """
        for n, block in enumerate(self.blocks[1:]):
            block.quantize(ends=n > 0)  # type: ignore[operator]
        self.top.quantize()


def sides(h: int, w: int) -> tuple[int, int]:
    """The size that an `h` x `w` picture is brought to, multiples of 32."""
    return tuple(max(STRIDE, -(-n // STRIDE) * STRIDE) for n in (h, w))  # type: ignore[return-value]


def fitted(L: Tensor) -> Tensor:
    """A picture at the size that the encoder takes."""
    size = sides(*L.shape[-2:])
    x = F.interpolate(L, size=size, mode="bilinear", align_corners=False)
    return x.contiguous(memory_format=torch.channels_last)
