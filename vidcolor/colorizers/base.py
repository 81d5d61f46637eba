"""`base`, the bundled colorizer: a U-Net on an ImageNet-pretrained encoder, which takes hints.

The distribution over 313 bins follows Zhang et al., ECCV 2016 (a mean over plausible colors is
dull, a distribution can be decoded to a vivid one); skip connections follow Ronneberger et al.,
MICCAI 2015; the global path (what kind of scene is this?) follows Iizuka et al., SIGGRAPH 2016,
here as a per-channel scale and shift (Perez et al., AAAI 2018); hints beside L follow Zhang et al.,
SIGGRAPH 2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ..precision import fast, fast_dtype, has_int8
from ..types import Coloring, Hints
from ..weights import files as weights
from . import ab_bins, efficientnet_lite
from .efficientnet_lite import Convolution, EfficientNetLite
from .hint_spread import by_hints
from .hints import CERTAIN, PLANES, HintAttention, heard, planes
from .packed_convolution import NONE, RELU, PackedConvolution, PackedLinear, can_pack
from .quantized_convolution import QuantizedConvolution, can_quantize
from .stray_spots import without_stray_spots

# Colors are decoded at this share of the picture's size, which eyes do not tell from more.
_COARSER = 3
# Decoder stages at the encoder's strides 16, 8 and 4: which features, and residual blocks.
LEVELS, _BLOCKS = (3, 2, 1), (1, 1, 0)


class _ResidualBlock(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1: nn.Module = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm1: nn.Module = nn.BatchNorm2d(width)
        self.active1: nn.Module = nn.ReLU()
        self.conv2: nn.Module = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2: nn.Module = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        y = self.active1(self.norm1(self.conv1(x)))
        return F.relu(x + self.norm2(self.conv2(y)))

    def pack(self) -> None:
        """Takes convolutions and activation into packed ones, where they are not in any yet."""
        if isinstance(self.conv1, nn.Conv2d) and isinstance(self.conv2, nn.Conv2d):
            self.conv1, self.active1 = PackedConvolution(self.conv1, RELU), nn.Identity()
            self.conv2 = PackedConvolution(self.conv2)

    def quantize(self) -> None:
        """Takes convolutions and activation into quantized ones."""
        assert isinstance(self.conv1, nn.Conv2d)
        assert isinstance(self.conv2, nn.Conv2d)
        self.conv1, self.active1 = QuantizedConvolution(self.conv1, RELU), nn.Identity()
        self.conv2 = QuantizedConvolution(self.conv2, NONE)


class _ConvNormRelu(nn.Sequential):
    """The `known` inputs at the end, which tell of hints, may be left out: they count as 0."""

    def __init__(self, inputs: int, outputs: int, known: int = 0) -> None:
        super().__init__(
            nn.Conv2d(inputs + known, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        )
        self._known = known

    def forward(self, x: Tensor) -> Tensor:
        conv, norm, active = self
        if not isinstance(conv, nn.Conv2d) or x.shape[1] == conv.in_channels:
            return active(norm(conv(x)))
        kernel = conv.weight[:, : x.shape[1]].contiguous(memory_format=torch.channels_last)
        return active(norm(F.conv2d(x, kernel, conv.bias, padding=1)))

    def pack(self) -> None:
        """See `_ResidualBlock`."""
        if isinstance(self[0], nn.Conv2d):
            self[0], self[2] = PackedConvolution(self[0], RELU), nn.Identity()

    def quantize(self) -> None:
        """See `_ResidualBlock`; hints are multiplied as they are."""
        assert isinstance(self[0], nn.Conv2d)
        self[0] = QuantizedConvolution(self[0], RELU, exact=self._known)
        self[2] = nn.Identity()


class BaseNet(nn.Module):
    """L* and hints -> logits over the 313 bins at a third of the size.

    Hints come last among the inputs of a convolution; their kernels begin at 0.

    Args:
        widths: of the decoder at the encoder's strides 16, 8 and 4 and at a third of the size.
        own: channels that the last stage sees of the picture itself.
        encoder: one of `efficientnet_lite.NAMES`.
    """

    def __init__(
        self,
        widths: tuple[int, ...] = (192, 128, 64, 48),
        own: int = 16,
        encoder: str = "efficientnet-lite0",
    ) -> None:
        super().__init__()
        self.config: dict[str, Any] = {"encoder": encoder, "widths": list(widths), "own": own}
        self.encoder = EfficientNetLite(encoder)
        deepest = self.encoder.widths[-1]
        self.scene = nn.Sequential(
            nn.Linear(efficientnet_lite.TOP_WIDTH, 256), nn.ReLU(), nn.Linear(256, 2 * deepest)
        )
        self.own = _ConvNormRelu(4, own)
        self.decoder = nn.ModuleList()
        inputs = deepest
        for level, outputs, count in zip(LEVELS, widths[:-1], _BLOCKS, strict=True):
            skip = self.encoder.widths[level]
            # The last of these stages sees what the attention gathered too.
            known = PLANES if level != LEVELS[-1] else 2 * PLANES
            self.decoder.append(
                nn.Sequential(
                    _ConvNormRelu(inputs + skip, outputs, known),
                    *(_ResidualBlock(outputs) for _ in range(count)),
                )
            )
            inputs = outputs
        self.attention = HintAttention(widths[-3])
        self.last = _ConvNormRelu(inputs + own, widths[-1], PLANES)
        self.head: nn.Module = nn.Conv2d(widths[-1], len(ab_bins.bin_centers()), 1)
        self._forget_hints()

    def _forget_hints(self) -> None:
        convolutions = [stage[0][0].weight for stage in self.decoder]  # type: ignore[index]
        counts = [PLANES] * (len(convolutions) - 1) + [2 * PLANES, PLANES]
        for kernel, known in zip([*convolutions, self.last[0].weight], counts, strict=True):
            nn.init.zeros_(kernel[:, -known:])

    def forward(self, L: Tensor, hints: Hints | None = None) -> Tensor:
        """L* `(B, 1, h, w)` and hints of any size -> logits `(B, 313, h/3, w/3)`, rounded up."""
        return self.head(self.features(L, hints))

    def features(
        self,
        L: Tensor,
        hints: Hints | None = None,
        encoded: tuple[Sequence[Tensor], Tensor] | None = None,
    ) -> Tensor:
        """What the head reads colors from: the same size, `widths[-1]` channels.

        `encoded` is what the encoder says of L, where that is known already.
        """
        size = [-(-n // _COARSER) for n in L.shape[-2:]]
        fine = F.interpolate(L, size=[2 * n for n in size], mode="area")
        fine = F.pixel_unshuffle(fine / 50 - 1, 2)
        own = self.own(fine.contiguous(memory_format=torch.channels_last))
        skips, scene = encoded or self.encoder(efficientnet_lite.fitted(L))
        scale, shift = self.scene(scene)[:, :, None, None].chunk(2, dim=1)
        x = skips[-1] * (1 + scale) + shift
        for level, stage in zip(LEVELS, self.decoder, strict=True):
            skip = skips[level]
            parts = [_resized(x, skip), skip]
            if hints is not None:
                parts.append(planes(hints, skip))
                if level == LEVELS[-1]:
                    parts.append(_resized(self._gathered(x, hints).to(x.dtype), skip))
            x = stage(torch.cat(parts, dim=1))
        parts = [_resized(x, own), own]
        if hints is not None:
            parts.append(planes(hints, own))
        return self.last(torch.cat(parts, dim=1))

    def _gathered(self, x: Tensor, hints: Hints) -> Tensor:
        found = planes(hints, x)
        # Pictures without hints, of which trainings see many, gather nothing.
        bear = found[:, -1].flatten(1).any(1)
        found[bear] = self.attention(x[bear], found[bear]).to(found.dtype)
        return found


def _resized(x: Tensor, like: Tensor) -> Tensor:
    x = F.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=False)
    if x.requires_grad:
        # The gradient comes back as a slice of channels, which interpolation is slow to take.
        x.register_hook(_channels_last)
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


def convert(net: BaseNet, dtype: torch.dtype) -> BaseNet:
    """Kernels as `fast` would make them at every call; the attention over hints stays exact."""
    for name, module in net.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear) and not name.startswith("attention"):
            module.to(dtype)
    return net


def pack(net: BaseNet) -> BaseNet:
    """Kernels of a folded and converted network in the processor's order: the same, sooner."""
    if not can_pack():
        return net
    for module in net.modules():
        if isinstance(module, Convolution | _ResidualBlock | _ConvNormRelu):
            module.pack()
    net.head = PackedConvolution(_plain(net.head))
    if net.scene[0].weight.dtype == torch.float32:
        first, active, last = net.scene
        net.scene = nn.Sequential(PackedLinear(first), active, PackedLinear(last))
    return net


def quantize(net: BaseNet) -> BaseNet:
    """Encoder and decoder of a folded float32 network in 8-bit whole numbers, to be packed then.

    What meets few channels, and the head, which is as wide as there are colors, stay as they are:
    they take as long as their results take to be written.
    """
    if not can_quantize():
        return net
    net.encoder.quantize()
    for module in (*net.decoder.modules(), net.last):
        if isinstance(module, _ResidualBlock | _ConvNormRelu):
            module.quantize()
    return net


def _plain(conv: nn.Module) -> nn.Conv2d:
    assert isinstance(conv, nn.Conv2d)
    return conv


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
        shares: what confidence stands for at equal steps from 0 to 1, see `ab_bins.calibrated`;
            None = it is left as it is.
    """

    name = "base"
    is_reentrant = True

    def __init__(
        self,
        net: BaseNet,
        size: int,
        temperature: float,
        saturation: float,
        shares: Sequence[float] | None = None,
    ) -> None:
        self.size = size
        self._shares = None if shares is None else torch.tensor(shares)
        self._saturation = saturation
        self._temperature = temperature
        self._net = net.eval().to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def look(
        self,
        L: Tensor,
        hints: Hints | None = None,
        encoded: tuple[Sequence[Tensor], Tensor] | None = None,
    ) -> tuple[Tensor, Tensor]:
        """What the network makes of L* `(B, 1, h, w)`: features, and logits `(B, 313, h/3, w/3)`.

        Features are of the same size. `encoded`: see `BaseNet.features`.
        """
        # Eight bits of the logits are enough for colors.
        with fast(L.device):
            features = self._net.features(
                L.contiguous(memory_format=torch.channels_last), hints, encoded
            )
            return features, self._net.head(features)

    @torch.inference_mode()
    def decoded(self, logits: Tensor, L: Tensor, *, hinted: bool = False) -> Coloring:
        """Colors of logits, without stray spots.

        `hinted`: with them; what a person put there may be as small as it likes.
        """
        ab, confidence = ab_bins.decode(logits, self._temperature)
        ab = ab * self._saturation
        if self._shares is not None:
            confidence = ab_bins.calibrated(confidence, self._shares.to(confidence.device))
        return Coloring(ab if hinted else without_stray_spots(ab, L), confidence)

    @torch.inference_mode()
    def encode(self, L: Tensor) -> tuple[Tensor, ...]:
        """Features of its encoder at strides 8, 16 and 32 of L* `(B, 1, h, w)`, float32."""
        return tuple(x.float() for x in self.encoded(L)[0][2:])

    @torch.inference_mode()
    def encode_and_look(self, L: Tensor) -> tuple[tuple[Tensor, ...], Tensor]:
        """Features as of `encode`, and logits as of `look`, of one pass through the encoder."""
        encoded = self.encoded(L)
        return tuple(x.float() for x in encoded[0][2:]), self.look(L, None, encoded)[1]

    @torch.inference_mode()
    def colorize(self, L: Tensor, hints: Hints | None = None) -> Coloring:
        """L* `(B, 1, h, w)` and what is known of its colors -> ab and confidence at a third."""
        if hints is None or not hints.weight.any():
            return self.decoded(self.look(L)[1], L)
        return self.told(L, heard(hints), self.encoded(L))

    @torch.inference_mode()
    def told(
        self,
        L: Tensor,
        hints: Hints,
        encoded: tuple[Sequence[Tensor], Tensor],
        plain: Coloring | None = None,
        logits: Tensor | None = None,
    ) -> Coloring:
        """Colors as of `colorize`, with what the encoder says of L* `(B, 1, h, w)`, see `encoded`.

        `plain`: colors without hints, where they are known already; `logits`: with them.
        """
        if logits is None:
            logits = self.look(L, hints, encoded)[1]
        told = self.decoded(logits, L, hinted=True)
        if plain is None:
            # where all is certain, nobody asks for it
            is_asked = (hints.weight < CERTAIN).any()
            plain = self.decoded(self.look(L, None, encoded)[1], L) if is_asked else told
        return by_hints(told, plain, L, [x.float() for x in encoded[0][2:]], hints)

    @torch.inference_mode()
    def encoded(self, L: Tensor) -> tuple[list[Tensor], Tensor]:
        """What the encoder says of L* `(B, 1, h, w)`, see `EfficientNetLite`."""
        with fast(L.device):
            return self._net.encoder(efficientnet_lite.fitted(L))


def load(device: str, file: Path | None = None) -> Base:
    """The bundled network, or another training's export, on `device`."""
    tensors, config = weights.read(file or weights.require_file("base.safetensors"))
    net = BaseNet(tuple(config["widths"]), config["own"], config["encoder"])
    net = fold_norms(weights.fill(net, tensors, "base"))
    net = convert(net, fast_dtype(device)).to(device)
    if device == "cpu":
        net = pack(quantize(net) if has_int8(device) else net)
    return Base(
        net, config["size"], config["temperature"], config["saturation"], config.get("confidence")
    )
