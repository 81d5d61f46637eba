"""Convolutions of a network that no longer learns, as oneDNN multiplies them.

PyTorch brings a kernel into the order of the processor at every call, and takes the activation in a
pass of its own. The operators that `torch.compile` puts in their place take a kernel that was
brought into order before, and the activation with the product: a tenth less time.
"""

from __future__ import annotations

import platform
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

# A film has one size, which its first frames may be seen at without hints and with.
SIZES_KEPT = 4


class Activation(NamedTuple):
    """What follows a convolution: its name and limits as oneDNN's operators take them."""

    name: str
    limits: list[float]


NONE, RELU, RELU6 = Activation("none", []), Activation("relu", []), Activation("hardtanh", [0, 6])


class PackedConvolution(nn.Module):
    """A convolution and what follows it, channels last.

    Inputs that are left out at the end count as 0.

    Args:
        conv: on the processor; its input is converted to the type of its kernel.
        activation: what follows.
    """

    def __init__(self, conv: nn.Conv2d, activation: Activation = NONE) -> None:
        super().__init__()
        assert isinstance(conv.padding, tuple)
        self.weight, self.bias = conv.weight.requires_grad_(False), conv.bias
        self._shape = (list(conv.padding), list(conv.stride), list(conv.dilation), conv.groups)
        self._activation = (*activation, "")
        self._packed: dict[torch.Size, Tensor] = {}

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C, h, w)` -> `(B, C', h', w')` of the type of the kernel."""
        x = x.to(self.weight.dtype)
        kernel = self._packed.get(x.shape[1:])
        if kernel is None:
            kernel = self._pack(x)
        ops: Any = torch.ops.mkldnn
        found: Tensor = ops._convolution_pointwise(
            x, kernel, self.bias, *self._shape, *self._activation
        )
        return found

    def _pack(self, x: Tensor) -> Tensor:
        # An order that is good for one size can be very slow at another.
        kernel = self.weight[:, : x.shape[1]].contiguous(memory_format=torch.channels_last)
        reorder: Any = torch._C._nn.mkldnn_reorder_conv2d_weight
        packed: Tensor = reorder(kernel.to_mkldnn(), *self._shape, list(x.shape))
        if len(self._packed) >= SIZES_KEPT:
            self._packed.clear()
        self._packed[x.shape[1:]] = packed
        return packed


class PackedLinear(nn.Module):
    """A linear layer as a convolution of one place, the same from any number of threads.

    The product of a matrix and a single vector is divided among threads in float32, and then sums
    up otherwise.

    Args:
        linear: an `nn.Linear` on the processor.
    """

    def __init__(self, linear: nn.Module) -> None:
        super().__init__()
        assert isinstance(linear, nn.Linear)
        conv = nn.Conv2d(linear.in_features, linear.out_features, 1)
        conv.weight = nn.Parameter(linear.weight[:, :, None, None])
        conv.bias = linear.bias
        self.conv = PackedConvolution(conv)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, C)` -> `(B, C')`."""
        return self.conv(x[:, :, None, None])[:, :, 0, 0]


def can_pack() -> bool:
    """Whether oneDNN is at home on this processor, and this PyTorch has the operators."""
    ops = torch.ops.mkldnn
    return (
        platform.machine().lower() in ("x86_64", "amd64")
        and torch.backends.mkldnn.is_available()
        and hasattr(ops, "_convolution_pointwise")
        and hasattr(torch._C._nn, "mkldnn_reorder_conv2d_weight")
    )
