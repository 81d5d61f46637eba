"""`blind2018`: Lai et al., "Learning Blind Video Temporal Consistency", ECCV 2018.

A network with a convolutional LSTM takes the source frames, the processed frame and its own last
output, all in RGB, and predicts a residual to the processed frame; optical flow is used only in
training. Layers and their names are those of the authors' published model (section 3.1 of the
paper; 32 features, no normalization, since their option for it had no effect), so its weights load
by name.

Differences, because this tool keeps a film's luma: the source frames are gray, and only ab of the
output is used, with the lightness of the film. The next step takes the unmodified RGB output.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..color import lab_to_rgb, rgb_to_lab
from ..errors import WeightsError
from ..precision import fast
from ..weights import files as weights

if TYPE_CHECKING:
    from ..types import Coloring, Motion, RefinerState

PUBLISHED = "ECCV18_blind_consistency.pth"
"""File name of the authors' weights."""


class ReflectConv(nn.Module):
    """A convolution with reflection padding, optionally after upsampling.

    Args:
        inputs, outputs: channels.
        kernel: side of the kernel.
        stride: of the convolution.
        enlarge: factor of nearest-neighbor upsampling before the convolution.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, enlarge: int = 1
    ) -> None:
        super().__init__()
        self.enlarge = enlarge
        self.conv2d = nn.Conv2d(
            inputs, outputs, kernel, stride, padding=kernel // 2, padding_mode="reflect"
        )

    def forward(self, x: Tensor) -> Tensor:
        """`(B, inputs, h, w)` -> `(B, outputs, h * enlarge / stride, w * enlarge / stride)`."""
        if self.enlarge > 1:
            x = F.interpolate(x, scale_factor=self.enlarge, mode="nearest")
        return self.conv2d(x)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with a skip connection.

    Args:
        channels: input and output channels.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = ReflectConv(channels, channels, 3)
        self.conv2 = ReflectConv(channels, channels, 3)

    def forward(self, x: Tensor) -> Tensor:
        """`(B, channels, h, w)` in and out."""
        return x + self.conv2(F.leaky_relu(self.conv1(x), 0.2))


class ConvLstm(nn.Module):
    """Convolutional LSTM without peepholes; gates in the order input, forget, output, candidate.

    Args:
        channels: of input, hidden state and cell.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.Gates = nn.Conv2d(2 * channels, 4 * channels, 3, padding=1)

    def forward(self, x: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
        """`(B, channels, h, w)` each -> new hidden state and cell, float32."""
        gates = self.Gates(torch.cat((x, hidden.to(x.dtype)), dim=1)).float()
        admit, keep, show, candidate = gates.chunk(4, dim=1)
        cell = torch.sigmoid(keep) * cell + torch.sigmoid(admit) * torch.tanh(candidate)
        return torch.sigmoid(show) * torch.tanh(cell), cell


class TransformNet(nn.Module):
    """The paper's image transformation network, figure 3.

    Args:
        width: features of the first layer.
        blocks: residual blocks.
    """

    def __init__(self, width: int = 32, blocks: int = 5) -> None:
        super().__init__()
        self.config = {"width": width, "blocks": blocks}
        self.deep = 4 * width
        self.conv1a = ReflectConv(6, width, 7)
        self.conv1b = ReflectConv(6, width, 7)
        self.conv2a = ReflectConv(width, 2 * width, 3, stride=2)
        self.conv2b = ReflectConv(width, 2 * width, 3, stride=2)
        self.conv3 = ReflectConv(4 * width, 4 * width, 3, stride=2)
        self.ResBlocks = nn.ModuleList(ResidualBlock(self.deep) for _ in range(blocks))
        self.convlstm = ConvLstm(self.deep)
        self.deconv1 = ReflectConv(4 * width, 2 * width, 3, enlarge=2)
        self.deconv2 = ReflectConv(4 * width, width, 3, enlarge=2)
        self.deconv3 = ReflectConv(2 * width, 3, 7)

    def forward(
        self, processed: Tensor, output: Tensor, film: Tensor, before: Tensor, state: RefinerState
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The next output frame.

        Args:
            processed: RGB `(B, 3, h, w)` in [0, 1], sides multiples of 4, the colored frame.
            output: same shape, the last output.
            film, before: same shape, the source frame and the one before.
            state: "hidden" and "cell" `(B, 4 * width, h / 4, w / 4)`.

        Returns:
            RGB `(B, 3, h, w)`, not clipped, and the new "hidden" and "cell".
        """
        shallow = F.leaky_relu(self.conv1a(_last(torch.cat((processed, output), dim=1))), 0.2)
        own = F.leaky_relu(self.conv1b(_last(torch.cat((film, before), dim=1))), 0.2)
        middle = F.leaky_relu(self.conv2a(shallow), 0.2)
        own = F.leaky_relu(self.conv2b(own), 0.2)
        x = F.leaky_relu(self.conv3(torch.cat((middle, own), dim=1)), 0.2)
        for block in self.ResBlocks:
            x = block(x)
        hidden, cell = self.convlstm(x, state["hidden"], state["cell"])
        x = F.leaky_relu(self.deconv1(_last(hidden)), 0.2)
        x = F.leaky_relu(self.deconv2(torch.cat((x, middle), dim=1)), 0.2)
        residual = torch.tanh(self.deconv3(torch.cat((x, shallow), dim=1)).float())
        return processed + residual, {"hidden": hidden, "cell": cell}

    def empty_state(self, rgb: Tensor) -> dict[str, Tensor]:
        """Initial hidden state and cell for a clip of the shape of `rgb`, `(B, 3, h, w)`."""
        shape = (rgb.shape[0], self.deep, rgb.shape[2] // 4, rgb.shape[3] // 4)
        return {"hidden": rgb.new_zeros(shape), "cell": rgb.new_zeros(shape)}


def _last(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=torch.channels_last)


def _padded(x: Tensor) -> Tensor:
    """Padded so that both sides are multiples of 4."""
    return F.pad(x, (0, -x.shape[-1] % 4, 0, -x.shape[-2] % 4), mode="replicate")


class Blind2018:
    """Implements the `Refiner` protocol.

    State: `rgb (1, 3, h', w')` in [0, 1], the last output; `film`, same shape, the last source
    frame; `hidden` and `cell` of the LSTM. h' and w' are rounded up to multiples of 4.
    """

    name = "blind2018"
    needs_flow = False

    def __init__(self, net: TransformNet) -> None:
        self._net = net.eval().to(memory_format=torch.channels_last)

    def start(self, L: Tensor, coloring: Coloring) -> tuple[Tensor, RefinerState]:
        """First frame of a shot: its ab `(1, 2, h, w)` unchanged, and an empty LSTM."""
        rgb = _padded(lab_to_rgb(L, coloring.ab))
        film = _padded(lab_to_rgb(L, torch.zeros_like(coloring.ab)))
        return coloring.ab, {"rgb": rgb, "film": film} | self._net.empty_state(rgb)

    @torch.inference_mode()
    def step(
        self, state: RefinerState, L: Tensor, coloring: Coloring, motion: Motion | None
    ) -> tuple[Tensor, RefinerState]:
        """Next frame: refined ab `(1, 2, h, w)` and the new state; `state` is not modified."""
        processed = _padded(lab_to_rgb(L, coloring.ab))
        film = _padded(lab_to_rgb(L, torch.zeros_like(coloring.ab)))
        with fast(L.device):
            rgb, lstm = self._net(processed, state["rgb"], film, state["film"], state)
        rgb = rgb.clamp(0, 1)
        h, w = L.shape[-2:]
        return rgb_to_lab(rgb[..., :h, :w])[1], {"rgb": rgb, "film": film} | lstm


def read_published(path: Path) -> TransformNet:
    """The authors' published network.

    Args:
        path: their file, `PUBLISHED`, a PyTorch checkpoint.

    Raises:
        WeightsError: it does not hold those weights.
    """
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        tensors = saved.get("model", saved)
        # Statistics of a normalization that is not used.
        tensors = {k: v.float() for k, v in tensors.items() if ".norm_layer." not in k}
        net = TransformNet()
        net.load_state_dict(tensors)
    except (OSError, EOFError, RuntimeError, AttributeError, pickle.UnpicklingError) as err:
        reason = str(err).splitlines()[0] if str(err) else type(err).__name__
        raise WeightsError(f"{path}: not the weights of blind2018 ({reason})") from err
    return net


def load(device: str) -> Blind2018:
    """Loads the authors' weights if they are in the download folder, else the bundled ones.

    Raises:
        WeightsError: they do not match.
    """
    own = weights.find_file(PUBLISHED)
    if own is not None:
        return Blind2018(read_published(own).to(device))
    tensors, config = weights.read(weights.require_file("blind2018.safetensors"))
    net = TransformNet(config["width"], config["blocks"])
    return Blind2018(weights.fill(net, tensors, "blind2018").to(device))
