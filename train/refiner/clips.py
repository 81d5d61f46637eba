"""Windows of real shots, prepared once: inputs of a refiner, and true colors."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from flow.base import FlowEstimator
from flow.consistency import soft_confidence, visibility
from vidcolor.stages.lightness import resize
from vidcolor.types import Colorizer

from ..colorizer.photos import split_lab, to_lab

# One scene in this many is held out for validation.
_HELD_OUT = 12


def is_held_out(name: str) -> bool:
    """Whether a clip is held out for validation; the same for all shots of a scene."""
    return zlib.crc32(name.rsplit("-", 1)[0].encode()) % _HELD_OUT == 0


def read_clip(path: Path, start: int, count: int, short_side: int) -> tuple[Tensor, Tensor]:
    """`count` frames from `start` on, or the last ones, as L `(T, 1, h, w)`, ab `(T, 2, h, w)`."""
    frames = []
    with av.open(str(path)) as container:
        container.streams.video[0].thread_count = 1
        start = max(0, min(start, container.streams.video[0].frames - count))
        for i, frame in enumerate(container.decode(video=0)):
            if i >= start + count:
                break
            if i >= start:
                rgb = frame.to_ndarray(format="rgb24")
                scale = short_side / min(rgb.shape[:2])
                h, w = (round(n * scale / 8) * 8 for n in rgb.shape[:2])
                frames.append(cv2.resize(rgb, (w, h), interpolation=cv2.INTER_AREA))
    return split_lab(to_lab(np.stack(frames)))


@dataclass(frozen=True)
class Window:
    """Consecutive frames of one shot, with the output of a colorizer and a flow estimator.

    Attributes:
        L: uint8 `(T, 1, h, w)`, L* times 2.55.
        truth: int8 `(T, 2, h/2, w/2)`, true ab.
        ab, confidence: float16 `(T, 2 or 1, h', w')`, per-frame colors at the colorizer's size.
        flow: float16 `(T-1, 2, h, w)`, backward flow of frames 1 to T-1.
        trust: uint8 `(T-1, 1, h, w)`, soft confidence of the flow, 0..255, as used in a run.
        visible: uint8 `(T-1, 1, h, w)`, pixels that the losses count, 0 or 255.
    """

    L: Tensor
    truth: Tensor
    ab: Tensor
    confidence: Tensor
    flow: Tensor
    trust: Tensor
    visible: Tensor


def _bytes(x: Tensor, scale: float) -> Tensor:
    return (x * scale).round().clamp(0, 255).to(torch.uint8)


@torch.inference_mode()
def make_window(
    path: Path,
    start: int,
    count: int,
    short_side: int,
    colorizer: Colorizer,
    flow: FlowEstimator,
) -> Window:
    """Reads a clip and runs colorizer and flow on it, as in a run."""
    L, truth = read_clip(path, start, count, short_side)
    colorings = [colorizer.colorize(resize(x[None], colorizer.size)) for x in L]
    features = [flow.encode(x[None] / 100) for x in L]
    flows, trusts, visibles = [], [], []
    for t in range(1, len(L)):
        backward, forward = flow.flows(features[t], features[t - 1])
        flows.append(backward)
        trusts.append(soft_confidence(L[t : t + 1] / 100, L[t - 1 : t] / 100, backward, forward))
        visibles.append(visibility(backward, forward))
    return Window(
        L=_bytes(L, 2.55),
        truth=F.interpolate(truth, scale_factor=0.5, mode="area").round().to(torch.int8),
        ab=torch.cat([c.ab for c in colorings]).half(),
        confidence=torch.cat([c.confidence for c in colorings]).half(),
        flow=torch.cat(flows).half(),
        trust=_bytes(torch.cat(trusts), 255),
        visible=_bytes(torch.cat(visibles), 255),
    )
