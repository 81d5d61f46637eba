"""Dense inverse search (OpenCV): no weights, fast on a CPU, weak on flat and on torn regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from .base import check_luma

PRESETS = {
    "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}


@dataclass(frozen=True, slots=True)
class Codes:
    """A batch as DIS wants it.

    Attributes:
        pictures: uint8 `(B, h, w)`, luma codes.
        device: where the flows are wanted.
    """

    pictures: np.ndarray
    device: torch.device


class Dis:
    """Kroeger et al. 2016, "Fast optical flow using dense inverse search", as in OpenCV.

    Meets `FlowEstimator`. Works on the CPU in 8-bit luma, one picture after another, wherever
    the tensors are.
    """

    def __init__(self, preset: str = "medium") -> None:
        """`preset` is one of `PRESETS`; `ValueError` if not."""
        if preset not in PRESETS:
            raise ValueError(f"unknown preset {preset!r}, there are {', '.join(PRESETS)}")
        self.name = "dis" if preset == "medium" else f"dis-{preset}"
        # Any: OpenCV's stubs deny what its manual allows, a search without a flow to start from.
        self._search: Any = cv2.DISOpticalFlow.create(PRESETS[preset])

    def encode(self, luma: Tensor) -> Codes:
        """Luma `(B, 1, h, w)` in [0, 1] -> 8-bit codes."""
        check_luma(luma)
        codes = luma.detach()[:, 0].mul(255).round().clamp(0, 255).to(torch.uint8)
        return Codes(np.ascontiguousarray(codes.cpu().numpy()), luma.device)

    def _flow(self, source: Codes, target: Codes) -> Tensor:
        pairs = zip(source.pictures, target.pictures, strict=True)
        found = np.stack([self._search.calc(a, b, None) for a, b in pairs])
        return torch.from_numpy(found).permute(0, 3, 1, 2).contiguous().to(source.device)

    def flows(self, cur: Codes, prev: Codes) -> tuple[Tensor, Tensor]:
        """Backward and forward flow `(B, 2, h, w)` of two encoded frames."""
        return self._flow(cur, prev), self._flow(prev, cur)

    def backward_flow(self, cur: Tensor, prev: Tensor) -> Tensor:
        """Flow `(B, 2, h, w)` from `cur` to `prev`, both `(B, 1, h, w)`."""
        check_luma(cur, prev)
        return self._flow(self.encode(cur), self.encode(prev))

    def both_flows(self, cur: Tensor, prev: Tensor) -> tuple[Tensor, Tensor]:
        """Backward and forward flow of two frames `(B, 1, h, w)`."""
        check_luma(cur, prev)
        return self.flows(self.encode(cur), self.encode(prev))
