"""RAFT for gray film: any size, both directions of a pair for little more than the cost of one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from . import raft_network as network
from .base import check_luma
from .raft_weights import read_weights, torchvision_names
from .warp import resize_flow


@dataclass(frozen=True, slots=True)
class Features:
    """Encoded frames, to be kept for the next pair.

    Attributes:
        encoded: output of the encoders.
        size: (h, w) of the frames as given.
        inner: (h, w) after scaling, before padding.
    """

    encoded: network.Encoded
    size: tuple[int, int]
    inner: tuple[int, int]


def _padding(size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Padding left, right, top, bottom to the next size that RAFT takes, even on both sides."""
    missing = [max(-(-n // network.STRIDE) * network.STRIDE, network.MIN_SIZE) - n for n in size]
    top, left = missing[0] // 2, missing[1] // 2
    return left, missing[1] - left, top, missing[0] - top


class Raft:
    """Teed and Deng 2020 with torchvision's layers. Meets `FlowEstimator`.

    Gradients are not recorded. Uses `torch.no_grad` rather than inference mode, so that flows can
    be used in training.
    """

    def __init__(
        self,
        weights: Mapping[str, Tensor] | Path | str,
        architecture: str = "raft_small",
        *,
        iterations: int = 8,
        scale: float = 1.0,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        """Builds the network.

        Args:
            weights: a state dict with the names of torchvision or of the authors' code, or a file
                that holds one (`.safetensors` or PyTorch).
            architecture: "raft_small" or "raft_large".
            iterations: number of updates, at least 1; the published networks were trained with 12.
            scale: working size as a fraction of the frames' size, in (0, 1].
            device: of the network and of the frames.
            dtype: of the convolutions; correlation and flow are float32.

        Raises:
            ValueError: an argument is out of range.
            RuntimeError: the weights do not match the architecture.
            OSError: the file cannot be read.
        """
        if architecture not in network.ARCHITECTURES:
            known = ", ".join(network.ARCHITECTURES)
            raise ValueError(f"unknown architecture {architecture!r}, expected one of {known}")
        if iterations < 1 or not 0 < scale <= 1:
            raise ValueError(
                f"expected iterations >= 1 and 0 < scale <= 1, got {iterations = }, {scale = }"
            )
        self.name = architecture.replace("_", "-")
        self.iterations, self.scale, self.dtype = iterations, scale, dtype
        # Any: nn.Module's annotations do not allow access to submodules.
        self._net: Any = network.ARCHITECTURES[architecture]().eval()
        given = weights if isinstance(weights, Mapping) else read_weights(Path(weights))
        # Strict: a part left at random weights would look like a bad network, not like an error.
        self._net.load_state_dict(
            {key: value.float() for key, value in torchvision_names(given).items()}
        )
        self._net.requires_grad_(False).to(device)
        self.device = torch.device(device)

    def _precision(self) -> AbstractContextManager[Any]:
        reduced = self.dtype != torch.float32
        dtype = self.dtype if reduced else None
        return torch.autocast(self.device.type, dtype=dtype, enabled=reduced)

    @torch.no_grad()
    def encode(self, luma: Tensor) -> Features:
        """Luma `(B, 1, h, w)` in [0, 1] -> features for both pairs of these frames."""
        check_luma(luma)
        size = (luma.shape[-2], luma.shape[-1])
        inner = (max(round(size[0] * self.scale), 1), max(round(size[1] * self.scale), 1))
        if inner != size:
            luma = F.interpolate(luma, inner, mode="bilinear", antialias=True)
        padded = F.pad(luma, _padding(inner), mode="replicate")
        with self._precision():
            return Features(network.encode(self._net, padded), size, inner)

    def _unroll(self, frames: Features, source: network.Encoded, target: Tensor) -> Tensor:
        levels = network.correlation(source.matching, target, self._net.corr_block.num_levels)
        with self._precision():
            padded = network.unroll(self._net, source, levels, self.iterations)
        left, _, top, _ = _padding(frames.inner)
        flow = padded[..., top : top + frames.inner[0], left : left + frames.inner[1]]
        return resize_flow(flow, frames.size).contiguous()

    @torch.no_grad()
    def flows(self, cur: Features, prev: Features) -> tuple[Tensor, Tensor]:
        """Backward and forward flow `(B, 2, h, w)` of two encoded frames."""
        if cur.size != prev.size:
            raise ValueError(f"frames of a pair must have the same size: {cur.size}, {prev.size}")
        both = network.concatenated(cur.encoded, prev.encoded)
        # The same frames in the other order.
        target = torch.cat([prev.encoded.matching, cur.encoded.matching])
        found = self._unroll(cur, both, target)
        backward, forward = found.chunk(2)
        return backward, forward

    @torch.no_grad()
    def backward_flow(self, cur: Tensor, prev: Tensor) -> Tensor:
        """Flow `(B, 2, h, w)` from `cur` to `prev`, both `(B, 1, h, w)`."""
        check_luma(cur, prev)
        source, target = self.encode(cur), self.encode(prev)
        return self._unroll(source, source.encoded, target.encoded.matching)

    def both_flows(self, cur: Tensor, prev: Tensor) -> tuple[Tensor, Tensor]:
        """Backward and forward flow of two frames `(B, 1, h, w)`."""
        check_luma(cur, prev)
        return self.flows(self.encode(cur), self.encode(prev))
