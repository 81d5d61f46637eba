"""Convolutions of a network that no longer learns, in 8-bit whole numbers.

Kernels are quantized for each output channel, features for each picture, by the range that they are
found to have (Jacob et al., "Quantization and training of neural networks for efficient
integer-arithmetic-only inference", CVPR 2018, section 2; Krishnamoorthi, arXiv:1806.08342, section
3). Sums are of 32 bits and exact. On processors with VNNI, which multiply four such numbers where
they multiply one of float32, a convolution takes a third of the time.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, NamedTuple

import cv2
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .packed_convolution import NONE, RELU, SIZES_KEPT, Activation, PackedConvolution, can_pack

_LEVELS, _LARGEST_KERNEL = 255, 127
_TINY = 1e-8


class Levels(NamedTuple):
    """Features in whole numbers: each stands for (level - zero) * step.

    Attributes:
        values: uint8 `(B, C, h, w)`, channels last.
        step: from one level to the next.
        zero: the level of 0.
    """

    values: Tensor
    step: float
    zero: int


class QuantizedConvolution(nn.Module):
    """A convolution and what follows it, channels last.

    Args:
        conv: on the processor, with a bias.
        activation: what follows.
        stays: whether what comes out are `Levels` too; its activation must have an upper limit.
        exact: so many inputs at the end, where they are not left out, are multiplied as they are:
            those of another range than the others.
    """

    def __init__(
        self, conv: nn.Conv2d, activation: Activation, *, stays: bool = False, exact: int = 0
    ) -> None:
        super().__init__()
        assert isinstance(conv.padding, tuple)
        self._shape = (list(conv.stride), list(conv.padding), list(conv.dilation), conv.groups)
        self._activation = activation
        self._step = activation.limits[1] / _LEVELS if stays else None
        self._packed: dict[torch.Size, tuple[Tensor, Tensor, Tensor]] = {}
        kernel = conv.weight.detach()
        self.bias = conv.bias
        self.weight = nn.Parameter(kernel[:, : kernel.shape[1] - exact], requires_grad=False)
        self._rest = PackedConvolution(_of_last(conv, exact)) if exact else None
        assert self._rest is None or activation is RELU

    def forward(self, x: Tensor | Levels) -> Tensor | Levels:
        """`(B, C, h, w)` -> `(B, C', h', w')`, float32 or `Levels`."""
        if isinstance(x, Levels):
            return self._product(x, self._activation)
        if len(x) > 1:
            # each picture has a range of its own
            return _joined([self(picture) for picture in x.split(1)])
        inputs = self.weight.shape[1]
        if self._rest is None or x.shape[1] == inputs:
            return self._product(quantized(x), self._activation)
        most = self._product(quantized(x[:, :inputs]), NONE)
        assert isinstance(most, Tensor)
        return F.relu_(most + self._rest(x[:, inputs:]))

    def _product(self, x: Levels, activation: Activation) -> Tensor | Levels:
        size = x.values.shape[1:]
        kernel = self._packed.get(size)
        if kernel is None:
            kernel = self._pack(size)
        step, dtype = (1.0, torch.float32) if self._step is None else (self._step, torch.uint8)
        ops: Any = torch.ops.onednn
        found: Tensor = ops.qconv2d_pointwise(
            x.values, x.step, x.zero, *kernel, self.bias, *self._shape, step, 0, dtype,
            *activation, "",
        )  # fmt: skip
        return found if self._step is None else Levels(found, self._step, 0)

    def _pack(self, size: torch.Size) -> tuple[Tensor, Tensor, Tensor]:
        steps = self.weight.abs().amax((1, 2, 3)).clamp(min=_TINY) / _LARGEST_KERNEL
        values = (self.weight / steps[:, None, None, None]).round().to(torch.int8)
        ops: Any = torch.ops.onednn
        # its order depends on the size, but not on step and zero of what it meets
        packed = ops.qconv_prepack(values, steps, 1.0, 0, *self._shape, [1, *size])
        if len(self._packed) >= SIZES_KEPT:
            self._packed.clear()
        found = (packed, steps, torch.zeros(len(steps), dtype=torch.int32))
        self._packed[size] = found
        return found


def quantized(x: Tensor) -> Levels:
    """Features `(1, C, h, w)`, channels last, float32, by their own range, which 0 belongs to."""
    _, channels, h, w = x.shape
    rows = x.permute(0, 2, 3, 1).reshape(h, w * channels).numpy()
    low, high = cv2.minMaxLoc(rows)[:2]
    low, high = min(low, 0.0), max(high, 0.0)
    step = max((high - low) / _LEVELS, _TINY)
    zero = round(-low / step)
    # in one pass, and nothing is negative there; PyTorch takes three
    found = cv2.convertScaleAbs(rows, alpha=1 / step, beta=zero)
    values = torch.from_numpy(found).view(1, h, w, channels).permute(0, 3, 1, 2)
    return Levels(values, step, zero)


def _of_last(conv: nn.Conv2d, count: int) -> nn.Conv2d:
    """What a convolution makes of its last inputs, without a bias."""
    found = deepcopy(conv)
    found.weight, found.bias = nn.Parameter(conv.weight.detach()[:, -count:]), None
    return found


def _joined(found: list[Any]) -> Tensor | Levels:
    if isinstance(found[0], Tensor):
        return torch.cat(found)
    return found[0]._replace(values=torch.cat([one.values for one in found]))


def can_quantize() -> bool:
    """Whether oneDNN is at home on this processor, and this PyTorch has the operators."""
    ops = torch.ops.onednn
    return can_pack() and all(hasattr(ops, n) for n in ("qconv2d_pointwise", "qconv_prepack"))
