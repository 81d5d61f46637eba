"""`deoldify-artistic`, `-stable`, `-video`: Jason Antic's DeOldify, inference only.

U-Net on a ResNet (Ronneberger et al., MICCAI 2015) with self-attention (Zhang et al., "Self-
Attention Generative Adversarial Networks", ICML 2019, section 3) and pixel shuffle with blur.
The published files store spectral and weight norms separately from the kernels; here they are
folded into the kernels on loading, so the network has plain convolutions under the same names.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
import torchvision
from torch import Tensor, nn

from ..color import lab_to_rgb, rgb_to_lab
from ..errors import WeightsError
from ..precision import fast
from ..types import Coloring
from ..weights import files as weights

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# Luma weights of R, G, B as in the released filter, which takes RGB for BGR.
_LUMA = (0.114, 0.587, 0.299)


class _SelfAttention(nn.Module):
    """Self-attention over all positions (Zhang et al. 2019, equations 1 and 2)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.query = nn.Conv1d(width, width // 8, 1, bias=False)
        self.key = nn.Conv1d(width, width // 8, 1, bias=False)
        self.value = nn.Conv1d(width, width, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        flat = x.flatten(2)
        # Keys and queries are swapped relative to their names in the file.
        seen = F.scaled_dot_product_attention(
            self.key(flat).transpose(1, 2),
            self.query(flat).transpose(1, 2),
            self.value(flat).transpose(1, 2),
            scale=1.0,
        )
        return (self.gamma * seen.transpose(1, 2) + flat).view_as(x)


def _conv(inputs: int, outputs: int, *, attention: bool = False) -> nn.Sequential:
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
        nn.ReLU(inplace=True),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, *([_SelfAttention(outputs)] if attention else []))


class _Shuffle(nn.Module):
    """1x1 convolution and pixel shuffle to twice the size, then a blur if `blur`."""

    def __init__(self, inputs: int, outputs: int, *, blur: bool) -> None:
        super().__init__()
        norm = [nn.BatchNorm2d(4 * outputs)] if blur else []
        self.conv = nn.Sequential(nn.Conv2d(inputs, 4 * outputs, 1, bias=not blur), *norm)
        self._blur = blur

    def forward(self, x: Tensor) -> Tensor:
        x = F.pixel_shuffle(F.relu(self.conv(x)), 2)
        return F.avg_pool2d(F.pad(x, (1, 0, 1, 0), mode="replicate"), 2, 1) if self._blur else x


class _UpBlock(nn.Module):
    """A decoder step: pixel shuffle, concatenation with the encoder's features, convolution."""

    def __init__(
        self, inputs: int, skip: int, up: int, widths: tuple[int, ...], *, attention: bool
    ) -> None:
        super().__init__()
        self.shuf = _Shuffle(inputs, up, blur=True)
        self.bn = nn.BatchNorm2d(skip)
        if len(widths) == 1:
            self.conv = _conv(up + skip, widths[0], attention=attention)
        else:
            self.conv1 = _conv(up + skip, widths[0])
            self.conv2 = _conv(widths[0], widths[1], attention=attention)
        self._deep = len(widths) == 2

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self.shuf(x)
        if x.shape[-2:] != skip.shape[-2:]:
            x = F.interpolate(x, size=skip.shape[-2:], mode="nearest")
        x = F.relu(torch.cat((x, self.bn(skip)), dim=1))
        return self.conv2(self.conv1(x)) if self._deep else self.conv(x)


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.ReLU()) for _ in range(2)
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers[1](self.layers[0](x))


class DeOldifyNet(nn.Module):
    """RGB normalized for ImageNet -> RGB in the same units, in [-3, 3].

    Args:
        deep: the artistic network (ResNet-34, two convolutions per step); else the wide one of
            stable and video (ResNet-101, one convolution per step).
    """

    def __init__(self, *, deep: bool) -> None:
        super().__init__()
        build = torchvision.models.resnet34 if deep else torchvision.models.resnet101
        encoder = nn.Sequential(*list(build(weights=None).children())[:-2])
        bottom, skips = (512, (256, 128, 64, 64)) if deep else (2048, (1024, 512, 256, 64))
        blocks, inputs = [], bottom
        for i, skip in enumerate(skips):
            last = i == len(skips) - 1
            up = inputs // 2 if deep else 256 if last else 512
            width = int((up + skip if not last else (up + skip) // 2) * 1.5) if deep else up
            widths = (width, width) if deep else (width,)
            blocks.append(_UpBlock(inputs, skip, up, widths, attention=i == 1))
            inputs = width
        self.layers = nn.ModuleList(
            [
                encoder,
                nn.BatchNorm2d(bottom),
                nn.ReLU(),
                nn.Sequential(_conv(bottom, 2 * bottom), _conv(2 * bottom, bottom)),
                *blocks,
                _Shuffle(inputs, inputs, blur=False),
                # Placeholder for the concatenation with the input; it has no weights.
                nn.Identity(),
                _Residual(inputs + 3),
                nn.Sequential(nn.Conv2d(inputs + 3, 3, 1)),
            ]
        )

    def forward(self, rgb: Tensor) -> Tensor:
        """`(B, 3, h, w)` -> `(B, 3, h, w)`."""
        x, skips = rgb, []
        encoder = self.layers[0]
        assert isinstance(encoder, nn.Sequential)
        for i, layer in enumerate(encoder):
            x = layer(x)
            # The last layers before each change of size.
            if i in (2, 4, 5, 6):
                skips.append(x)
        for layer in self.layers[1:4]:
            x = layer(x)
        for layer in self.layers[4:8]:
            x = layer(x, skips.pop())
        x = self.layers[8](x)
        if x.shape[-2:] != rgb.shape[-2:]:
            x = F.interpolate(x, size=rgb.shape[-2:], mode="nearest")
        x = self.layers[10](torch.cat((x, rgb), dim=1))
        # In bfloat16 the last sums would have steps of a whole 8-bit code.
        with torch.autocast(x.device.type, enabled=False):
            return torch.sigmoid(self.layers[11](x.float())) * 6 - 3


def fold_published(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The published file's tensors as those of `DeOldifyNet`.

    Spectral norm (Miyato et al., ICLR 2018) divides a kernel by its largest singular value,
    computed with the stored vectors u and v; weight norm (Salimans and Kingma, NIPS 2016) scales
    the kernel of each output to length g.

    Raises:
        WeightsError: tensors are missing or do not match.
    """
    folded = dict(tensors)
    try:
        for name in [k.removesuffix("_orig") for k in tensors if k.endswith(".weight_orig")]:
            kernel = folded.pop(f"{name}_orig")
            u, v = folded.pop(f"{name}_u"), folded.pop(f"{name}_v")
            folded[name] = kernel / torch.dot(u, kernel.flatten(1) @ v)
        for name in [k.removesuffix("_g") for k in tensors if k.endswith(".weight_g")]:
            length, kernel = folded.pop(f"{name}_g"), folded.pop(f"{name}_v")
            norm = kernel.flatten(1).norm(dim=1).view_as(length)
            folded[name] = kernel * (length / norm)
    except (KeyError, RuntimeError) as err:
        raise WeightsError(f"not the weights of DeOldify: {err}") from err
    return folded


class DeOldify:
    """Implements the `Colorizer` protocol.

    Args:
        net: a trained `DeOldifyNet`.
        name: the name to select it by.
        size: side in pixels of the square that the image is stretched to, a multiple of 16 (the
            authors' render factor times 16).
    """

    def __init__(self, net: DeOldifyNet, name: str, size: int) -> None:
        self.name, self.size = name, size
        self._net = net.eval().to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def colorize(self, L: Tensor) -> Coloring:
        """L* `(B, 1, h, w)` -> ab at that size; confidence is 1, since the network has none."""
        h, w = L.shape[-2:]
        mean, std = (L.new_tensor(x).view(1, 3, 1, 1) for x in (_MEAN, _STD))
        gray = lab_to_rgb(L, torch.zeros_like(L).expand(-1, 2, -1, -1))
        square = F.interpolate(gray, size=(self.size, self.size), mode="bilinear", antialias=True)
        with fast(L.device):
            found = self._net(((square - mean) / std).contiguous(memory_format=torch.channels_last))
        found = (found.float() * std + mean).clamp(0, 1)
        found = F.interpolate(found, size=(h, w), mode="bilinear", antialias=True)
        luma = (found * L.new_tensor(_LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
        _, ab = rgb_to_lab((found - luma + gray).clamp(0, 1))
        return Coloring(ab, torch.ones_like(L))


def untrained(deep: bool = True, device: str = "cpu") -> DeOldify:
    """Random weights, for tests and for timing."""
    name, size = ("deoldify-artistic", 560) if deep else ("deoldify-video", 336)
    return DeOldify(DeOldifyNet(deep=deep).to(device), name, size)


def _load(name: str, device: str, file: Path | None, *, deep: bool, size: int) -> DeOldify:
    tensors, _ = weights.read_system(name, file)
    # The file may contain the optimizer as well.
    inner = tensors.get("model", tensors)
    assert isinstance(inner, dict)
    net = weights.fill(DeOldifyNet(deep=deep), fold_published(inner), name)
    return DeOldify(net.to(device), name, size)


def load_artistic(device: str, file: Path | None = None) -> DeOldify:
    """Vivid colors, for images (render factor 35)."""
    return _load("deoldify-artistic", device, file, deep=True, size=560)


def load_stable(device: str, file: Path | None = None) -> DeOldify:
    """Calmer colors, for images (render factor 35)."""
    return _load("deoldify-stable", device, file, deep=False, size=560)


def load_video(device: str, file: Path | None = None) -> DeOldify:
    """For films, frame by frame (render factor 21)."""
    return _load("deoldify-video", device, file, deep=False, size=336)
