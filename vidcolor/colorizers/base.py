"""`base`, the bundled colorizer: a small U-Net that predicts a distribution over colors.

The distribution over 313 bins follows Zhang et al., ECCV 2016 (a mean over plausible colors is
dull, a distribution can be decoded to a vivid one); skip connections follow Ronneberger et al.,
MICCAI 2015; the global path (what kind of scene is this?) follows Iizuka et al., SIGGRAPH 2016,
here as a per-channel scale and shift (Perez et al., AAAI 2018).
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ..types import Coloring
from ..weights import files as weights
from . import ab_bins


class _ResidualBlock(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm1: nn.Module = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2: nn.Module = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(x + self.norm2(self.conv2(y)))


class _ConvNormRelu(nn.Sequential):
    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        )


class BaseNet(nn.Module):
    """L* -> logits over the 313 bins at half size.

    Args:
        widths: channels at 1/2, 1/4, 1/8 and 1/16 of the size.
        blocks: residual blocks at each of these sizes.
    """

    def __init__(
        self, widths: tuple[int, ...] = (32, 64, 128, 256), blocks: tuple[int, ...] = (1, 2, 2, 3)
    ) -> None:
        super().__init__()
        self.config = {"widths": list(widths), "blocks": list(blocks)}
        self.encoder = nn.ModuleList()
        inputs = 4
        for level, (width, count) in enumerate(zip(widths, blocks, strict=True)):
            self.encoder.append(
                nn.Sequential(
                    _ConvNormRelu(inputs, width, stride=1 if level == 0 else 2),
                    *(_ResidualBlock(width) for _ in range(count)),
                )
            )
            inputs = width
        deepest = widths[-1]
        self.scene = nn.Sequential(
            nn.Linear(deepest, deepest), nn.ReLU(), nn.Linear(deepest, 2 * deepest)
        )
        self.decoder = nn.ModuleList()
        for level in reversed(range(len(widths) - 1)):
            outputs = widths[level] if level else max(48, widths[0])
            layers: list[nn.Module] = [_ConvNormRelu(inputs + widths[level], outputs)]
            if level:
                layers.append(_ResidualBlock(outputs))
            self.decoder.append(nn.Sequential(*layers))
            inputs = outputs
        self.head = nn.Conv2d(inputs, len(ab_bins.bin_centers()), 1)

    def forward(self, L: Tensor) -> Tensor:
        """L* `(B, 1, h, w)`, sides multiples of 16 -> logits `(B, 313, h/2, w/2)`."""
        return self.head(self.features(L))

    def features(self, L: Tensor) -> Tensor:
        """What the head reads colors from: L* `(B, 1, h, w)` -> `(B, channels, h/2, w/2)`."""
        x = F.pixel_unshuffle(L / 50 - 1, 2)
        skips = []
        for stage in self.encoder:
            x = stage(x)
            skips.append(x)
        scale, shift = self.scene(x.mean((2, 3)))[:, :, None, None].chunk(2, dim=1)
        x = x * (1 + scale) + shift
        skips.pop()
        for stage in self.decoder:
            skip = skips.pop()
            x = F.interpolate(x, size=skip.shape[-2:], mode="bilinear", align_corners=False)
            if x.requires_grad:
                # The gradient comes back as a slice of channels, which interpolation is slow to
                # take.
                x.register_hook(_channels_last)
            x = stage(torch.cat((x, skip), dim=1))
        return x


def _channels_last(gradient: Tensor) -> Tensor:
    return gradient.contiguous(memory_format=torch.channels_last)


def fold_norms(net: BaseNet) -> BaseNet:
    """Takes every BatchNorm into the convolution before it: the same function in fewer steps."""
    net.eval()
    for block in net.modules():
        if isinstance(block, _ResidualBlock):
            block.conv1 = _folded(block.conv1, block.norm1)
            block.conv2 = _folded(block.conv2, block.norm2)
            block.norm1 = block.norm2 = nn.Identity()
        elif isinstance(block, _ConvNormRelu):
            block[0] = _folded(block[0], block[1])
            block[1] = nn.Identity()
    return net


def _folded(conv: nn.Module, norm: nn.Module) -> nn.Conv2d:
    assert isinstance(conv, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    return fuse_conv_bn_eval(conv, norm)


class Base:
    """The bundled colorizer behind the `Colorizer` protocol.

    Args:
        net: a trained `BaseNet`.
        size: short side in pixels that it works at.
        temperature: of the annealed mean, towards 0 the most likely color alone.
        saturation: factor on ab, chosen with the temperature.
    """

    name = "base"

    def __init__(self, net: BaseNet, size: int, temperature: float, saturation: float) -> None:
        self.size = size
        self._saturation = saturation
        self._temperature = temperature
        self._net = net.eval().to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def colorize(self, L: Tensor) -> Coloring:
        """L* `(B, 1, h, w)` -> ab and confidence at about half that size."""
        h, w = L.shape[-2:]
        padded = F.pad(L, (0, -w % 16, 0, -h % 16), mode="replicate")
        # Processors that have bfloat16 multiply it much faster, and eight bits of the logits are
        # enough for colors.
        with torch.autocast(L.device.type, torch.bfloat16):
            logits = self._net(padded.contiguous(memory_format=torch.channels_last))
        logits = logits[..., : (h + 1) // 2, : (w + 1) // 2]
        ab, confidence = ab_bins.decode(logits, self._temperature)
        return Coloring(ab * self._saturation, confidence)


def load(device: str, file: Path | None = None) -> Base:
    """The bundled network, or another training's export, on `device`."""
    tensors, config = weights.read(file or weights.require_file("base.safetensors"))
    net = BaseNet(tuple(config["widths"]), tuple(config["blocks"]))
    net = fold_norms(weights.fill(net, tensors, "base")).to(device)
    return Base(net, config["size"], config["temperature"], config["saturation"])
