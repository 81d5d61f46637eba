"""Dense inverse search (OpenCV): exact and fast on small motions, lost on large ones by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .base import FlowEstimator, check_luma
from .warp import resize_flow

PRESETS = {
    "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}
# A patch of 8 on the presets' finest scale, a quarter: below it OpenCV reads beyond its memory.
_MIN_SIDE = 32


@dataclass(frozen=True, slots=True)
class Codes:
    """A batch as DIS wants it.

    Attributes:
        images: uint8 `(B, h', w')`, luma codes, scaled and padded.
        size: (h, w) of the frames as given.
        inner: (h, w) after scaling, before padding on the right and below.
        device: where the flows are wanted.
        hint: the same frames as the estimator the search starts from encodes them.
    """

    images: np.ndarray
    size: tuple[int, int]
    inner: tuple[int, int]
    device: torch.device
    hint: Any = None


def _padding(size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, right, top, bottom up to what DIS can take."""
    return 0, max(_MIN_SIDE - size[1], 0), 0, max(_MIN_SIDE - size[0], 0)


class Dis:
    """Kroeger et al. 2016, "Fast optical flow using dense inverse search", as in OpenCV.

    Meets `FlowEstimator`. Works on the CPU in 8-bit luma, one image after another, wherever
    the tensors are.

    It climbs from coarse to fine and so loses what moves further than its own size. Given another
    estimator to start from, each patch of each scale begins at whichever explains it better: the
    search's own flow so far or the other one's. That estimator need only be right within some px.
    """

    def __init__(
        self,
        preset: str = "medium",
        *,
        start: FlowEstimator | None = None,
        scale: float = 1.0,
    ) -> None:
        """A search of its own, or one from another estimator's flow.

        Args:
            preset: one of `PRESETS`.
            start: whose flow to start from; it is shown the frames as they come.
            scale: size at which motion is looked for, as a share of the frames' size, in (0, 1].

        Raises:
            ValueError: there is no such preset, or the scale is out of its range.
        """
        if preset not in PRESETS:
            raise ValueError(f"unknown preset {preset!r}, there are {', '.join(PRESETS)}")
        if not 0 < scale <= 1:
            raise ValueError(f"0 < scale <= 1 wanted: {scale = }")
        self.scale = scale
        name = "dis" if preset == "medium" else f"dis-{preset}"
        self.name = name if start is None else f"{start.name}+{name}"
        self._start = start
        # Any: OpenCV's stubs deny what its manual allows, a search without a flow to start from.
        self._search: Any = cv2.DISOpticalFlow.create(PRESETS[preset])
        self._finest = self._search.getFinestScale()

    def encode(self, luma: Tensor) -> Codes:
        """Luma `(B, 1, h, w)` in [0, 1] -> 8-bit codes."""
        check_luma(luma)
        hint = None if self._start is None else self._start.encode(luma)
        return self._codes(luma, hint)

    def _codes(self, luma: Tensor, hint: Any = None) -> Codes:
        luma = luma.detach()
        size = (luma.shape[-2], luma.shape[-1])
        inner = (max(round(size[0] * self.scale), 1), max(round(size[1] * self.scale), 1))
        if inner != size:
            luma = F.interpolate(luma, inner, mode="bilinear", antialias=True)
        padded = F.pad(luma, _padding(inner), mode="replicate")
        codes = padded[:, 0].mul(255).round().clamp(0, 255).to(torch.uint8)
        images = np.ascontiguousarray(codes.cpu().numpy())
        return Codes(images, size, inner, luma.device, hint)

    def _flow(self, source: Codes, target: Codes, start: Tensor | None) -> Tensor:
        count = len(source.images)
        if start is None:
            starts: list[Any] = [None] * count
        else:
            near = F.pad(resize_flow(start, source.inner), _padding(source.inner), mode="replicate")
            # Copied: OpenCV writes its answer into the flow it starts from.
            starts = list(near.permute(0, 2, 3, 1).contiguous().cpu().numpy().copy())
        # A small image lowers it for good: the next one would be searched differently.
        self._search.setFinestScale(self._finest)
        found = [
            self._search.calc(*frames)
            for frames in zip(source.images, target.images, starts, strict=True)
        ]
        h, w = source.inner
        flow = torch.from_numpy(np.stack(found)[:, :h, :w]).permute(0, 3, 1, 2)
        return resize_flow(flow, source.size).contiguous().to(source.device)

    def flows(self, cur: Codes, prev: Codes) -> tuple[Tensor, Tensor]:
        """Backward and forward flow `(B, 2, h, w)` of two encoded frames."""
        if cur.size != prev.size:
            raise ValueError(f"frames of a pair must have the same size: {cur.size}, {prev.size}")
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
