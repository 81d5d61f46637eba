"""Dense inverse search (OpenCV): fast and accurate on small motion, fails on large motion alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
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
    "steady": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}
"""OpenCV's own, and one of fewer steps."""
# Steps of the search in each patch (of 25), and of the smoothing behind it (of 5): with these,
# colors along the flow are as true and hold stiller on DAVIS and on other real shots, for what does
# not move does not follow the grain. With fewer still, a flag in motion leaves color behind.
_STEADY = 8, 4
# A patch of 8 px at the presets' finest scale, 1/4: below it OpenCV reads out of bounds.
_MIN_SIDE = 32


@dataclass(frozen=True, slots=True)
class Codes:
    """A batch in the form that DIS takes.

    Attributes:
        images: uint8 `(B, h', w')`, luma codes, scaled and padded.
        size: (h, w) of the frames as given.
        inner: (h, w) after scaling, before padding on the right and below.
        device: of the flows.
        hint: the same frames, encoded by the estimator whose flow initializes the search.
    """

    images: np.ndarray
    size: tuple[int, int]
    inner: tuple[int, int]
    device: torch.device
    hint: Any = None


def _padding(size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Padding left, right, top, bottom up to the smallest size of DIS."""
    return 0, max(_MIN_SIDE - size[1], 0), 0, max(_MIN_SIDE - size[0], 0)


class Dis:
    """Kroeger et al. 2016, "Fast optical flow using dense inverse search", as in OpenCV.

    Meets `FlowEstimator`. Works on the CPU in 8-bit luma, one image after another and both
    directions of a pair side by side, on whichever device the tensors are. Threads that share it
    wait for each other.

    It searches coarse to fine and so misses objects that move further than their own size. If
    initialized with another estimator, each patch at each scale starts from whichever flow
    explains it better: the search's own so far, or the other one, which only needs to be right
    within a few px.
    """

    def __init__(
        self,
        preset: str | None = None,
        *,
        start: FlowEstimator | None = None,
        scale: float = 1.0,
    ) -> None:
        """A search from zero motion, or from the flow of another estimator.

        Args:
            preset: one of `PRESETS`; None = "steady", and "medium" from another's flow.
            start: estimator whose flow initializes the search; it sees frames at full size.
            scale: working size as a fraction of the frames' size, in (0, 1].

        Raises:
            ValueError: unknown preset, or `scale` out of range.
        """
        usual = "steady" if start is None else "medium"
        preset = usual if preset is None else preset
        if preset not in PRESETS:
            raise ValueError(f"unknown preset {preset!r}, expected one of {', '.join(PRESETS)}")
        if not 0 < scale <= 1:
            raise ValueError(f"expected 0 < scale <= 1, got {scale = }")
        self.scale = scale
        name = "dis" if preset == usual else f"dis-{preset}"
        self.name = name if start is None else f"{start.name}+{name}"
        self._start = start
        # Any: OpenCV's type stubs do not allow a search without an initial flow; its manual does.
        # One for each direction: a search works in memory of its own.
        self._searches: list[Any] = [cv2.DISOpticalFlow.create(PRESETS[preset]) for _ in range(2)]
        if preset == "steady":
            for search in self._searches:
                search.setGradientDescentIterations(_STEADY[0])
                search.setVariationalRefinementIterations(_STEADY[1])
        self._finest = self._searches[0].getFinestScale()
        self._beside = ThreadPoolExecutor(1, "flow")
        self._in_use = Lock()

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

    def _start_of(self, source: Codes, start: Tensor | None) -> list[Any]:
        """Where the search begins in every image."""
        if start is None:
            return [None] * len(source.images)
        near = F.pad(resize_flow(start, source.inner), _padding(source.inner), mode="replicate")
        # Copied: OpenCV writes the result into the initial flow.
        return list(near.permute(0, 2, 3, 1).contiguous().cpu().numpy().copy())

    def _searched(
        self, way: int, source: Codes, target: Codes, starts: list[Any]
    ) -> list[np.ndarray]:
        search = self._searches[way]
        # OpenCV lowers it for a small image and would keep it for the next one.
        search.setFinestScale(self._finest)
        return [
            search.calc(*frames)
            for frames in zip(source.images, target.images, starts, strict=True)
        ]

    @staticmethod
    def _flow(source: Codes, found: list[np.ndarray]) -> Tensor:
        h, w = source.inner
        flow = torch.from_numpy(np.stack(found)[:, :h, :w]).permute(0, 3, 1, 2)
        return resize_flow(flow, source.size).contiguous().to(source.device)

    def flows(self, cur: Codes, prev: Codes) -> tuple[Tensor, Tensor]:
        """Backward and forward flow `(B, 2, h, w)` of two encoded frames, searched side by side."""
        if cur.size != prev.size:
            raise ValueError(f"frames of a pair must have the same size: {cur.size}, {prev.size}")
        starts = (None, None) if self._start is None else self._start.flows(cur.hint, prev.hint)
        first = [self._start_of(c, s) for c, s in zip((cur, prev), starts, strict=True)]
        with self._in_use:
            forward = self._beside.submit(self._searched, 1, prev, cur, first[1])
            backward = self._searched(0, cur, prev, first[0])
            onward = forward.result()
        return self._flow(cur, backward), self._flow(prev, onward)

    def backward_flow(self, cur: Tensor, prev: Tensor) -> Tensor:
        """Flow `(B, 2, h, w)` from `cur` to `prev`, both `(B, 1, h, w)`."""
        check_luma(cur, prev)
        start = None if self._start is None else self._start.backward_flow(cur, prev)
        source, target = self._codes(cur), self._codes(prev)
        first = self._start_of(source, start)
        with self._in_use:
            found = self._searched(0, source, target, first)
        return self._flow(source, found)

    def both_flows(self, cur: Tensor, prev: Tensor) -> tuple[Tensor, Tensor]:
        """Backward and forward flow of two frames `(B, 1, h, w)`."""
        check_luma(cur, prev)
        return self.flows(self.encode(cur), self.encode(prev))
