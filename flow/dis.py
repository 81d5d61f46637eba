"""Dense inverse search (OpenCV): exact and fast on small motions, lost on large ones by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from .base import FlowEstimator, check_luma

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
        hint: the same frames as the estimator the search starts from encodes them.
    """

    pictures: np.ndarray
    device: torch.device
    hint: Any = None


class Dis:
    """Kroeger et al. 2016, "Fast optical flow using dense inverse search", as in OpenCV.

    Meets `FlowEstimator`. Works on the CPU in 8-bit luma, one picture after another, wherever
    the tensors are.

    It climbs from coarse to fine and so loses what moves further than its own size. Given another
    estimator to start from, each patch of each scale begins at whichever explains it better: the
    search's own flow so far or the other one's. That estimator need only be right within some px.
    """

    def __init__(self, preset: str = "medium", *, start: FlowEstimator | None = None) -> None:
        """A search of its own, or one from another estimator's flow.

        Args:
            preset: one of `PRESETS`.
            start: whose flow to start from.

        Raises:
            ValueError: there is no such preset.
        """
        if preset not in PRESETS:
            raise ValueError(f"unknown preset {preset!r}, there are {', '.join(PRESETS)}")
        name = "dis" if preset == "medium" else f"dis-{preset}"
        self.name = name if start is None else f"{start.name}+{name}"
        self._start = start
        # Any: OpenCV's stubs deny what its manual allows, a search without a flow to start from.
        self._search: Any = cv2.DISOpticalFlow.create(PRESETS[preset])

    def encode(self, luma: Tensor) -> Codes:
        """Luma `(B, 1, h, w)` in [0, 1] -> 8-bit codes."""
        check_luma(luma)
        hint = None if self._start is None else self._start.encode(luma)
        return self._codes(luma, hint)

    def _codes(self, luma: Tensor, hint: Any = None) -> Codes:
        codes = luma.detach()[:, 0].mul(255).round().clamp(0, 255).to(torch.uint8)
        return Codes(np.ascontiguousarray(codes.cpu().numpy()), luma.device, hint)

    def _flow(self, source: Codes, target: Codes, start: Tensor | None) -> Tensor:
        count = len(source.pictures)
        if start is None:
            starts: list[Any] = [None] * count
        else:
            # Copied: OpenCV writes its answer into the flow it starts from.
            starts = list(start.permute(0, 2, 3, 1).contiguous().cpu().numpy().copy())
        found = [
            self._search.calc(*frames)
            for frames in zip(source.pictures, target.pictures, starts, strict=True)
        ]
        return torch.from_numpy(np.stack(found)).permute(0, 3, 1, 2).contiguous().to(source.device)

    def flows(self, cur: Codes, prev: Codes) -> tuple[Tensor, Tensor]:
        """Backward and forward flow `(B, 2, h, w)` of two encoded frames."""
        if cur.pictures.shape != prev.pictures.shape:
            sizes = f"{cur.pictures.shape[1:]}, {prev.pictures.shape[1:]}"
            raise ValueError(f"frames of a pair must have the same size: {sizes}")
        starts = (None, None) if self._start is None else self._start.flows(cur.hint, prev.hint)
        return self._flow(cur, prev, starts[0]), self._flow(prev, cur, starts[1])

    def backward_flow(self, cur: Tensor, prev: Tensor) -> Tensor:
        """Flow `(B, 2, h, w)` from `cur` to `prev`, both `(B, 1, h, w)`."""
        check_luma(cur, prev)
        start = None if self._start is None else self._start.backward_flow(cur, prev)
        return self._flow(self._codes(cur), self._codes(prev), start)

    def both_flows(self, cur: Tensor, prev: Tensor) -> tuple[Tensor, Tensor]:
        """Backward and forward flow of two frames `(B, 1, h, w)`."""
        check_luma(cur, prev)
        return self.flows(self.encode(cur), self.encode(prev))
