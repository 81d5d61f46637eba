"""Validation of a flow training, on synthetic and real pairs that are never trained on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from flow import FlowEstimator, luma_residual, visibility

from .aging import age_pair
from .data import Images, load_clips, read_photos
from .pairs import make_pair

_MADE_SIZE = (160, 224)
_SHORT_SIDE = 192
# Motion in px below which most pixels of a film stay from frame to frame.
_SMALL = 4.0


@dataclass(frozen=True, slots=True)
class Made:
    """A pair with true flow: all `(1, C, h, w)`; `visible` is bool."""

    cur: Tensor
    prev: Tensor
    flow: Tensor
    visible: Tensor


@dataclass(frozen=True, slots=True)
class Real:
    """A pair without true flow: luma and the visibility by the teacher, `(1, 1, h, w)`."""

    cur: Tensor
    prev: Tensor
    visible: Tensor


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Pairs that are never trained on; the same in every call.

    Attributes:
        clean, aged: the same synthetic pairs, without and with simulated film damage.
        real: pairs of shots.
    """

    clean: list[Made]
    aged: list[Made]
    real: list[Real]


def _plane(image: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(image, np.float32))[None, None]


def _made(photos: list[np.ndarray], count: int) -> tuple[list[Made], list[Made]]:
    rng = np.random.default_rng(20_000_003)
    clean, aged = [], []
    for _ in range(count):
        pair = make_pair(rng, _MADE_SIZE, lambda r: photos[int(r.integers(len(photos)))])
        flow = torch.from_numpy(pair.flow).permute(2, 0, 1)[None].contiguous()
        visible = torch.from_numpy(pair.visible)[None, None]
        old = age_pair(rng, pair.cur, pair.prev)
        clean.append(Made(_plane(pair.cur), _plane(pair.prev), flow, visible))
        aged.append(Made(_plane(old[0]), _plane(old[1]), flow, visible))
    return clean, aged


def _real(clips: Images, teacher: FlowEstimator, device: str) -> list[Real]:
    pairs = []
    for index, (start, end) in enumerate(clips.groups):
        # Alternately neighbors and frames two apart, from the middle of the shot.
        gap = min(1 + index % 2, end - start - 1)
        first = (start + end - gap) // 2
        lumas = []
        for at in (first + gap, first):
            frame = clips.image(at)
            scale = _SHORT_SIDE / min(frame.shape)
            size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
            lumas.append(_plane(cv2.resize(frame, size, interpolation=cv2.INTER_AREA) / 255.0))
        cur, prev = lumas
        seen = visibility(*teacher.both_flows(cur.to(device), prev.to(device)))
        pairs.append(Real(cur, prev, seen.cpu()))
    return pairs


def held_out(
    source: Path, cache: Path, teacher: FlowEstimator, *, made: int = 16, device: str = "cpu"
) -> HeldOut:
    """`made` synthetic pairs of validation photographs, and a pair of each held-out shot."""
    clean, aged = _made(read_photos(source, "val"), made)
    clips = load_clips(source, cache / "held-out", held_out=True)
    return HeldOut(clean, aged, _real(clips, teacher, device))


def _error(estimator: FlowEstimator, pairs: list[Made], device: str) -> tuple[Tensor, Tensor]:
    found = [estimator.backward_flow(p.cur.to(device), p.prev.to(device)).cpu() for p in pairs]
    distance = torch.cat(
        [
            torch.linalg.vector_norm(flow - pair.flow, dim=1, keepdim=True)
            for flow, pair in zip(found, pairs, strict=True)
        ]
    )
    return distance, torch.cat([pair.visible for pair in pairs])


def measure(estimator: FlowEstimator, pairs: HeldOut, device: str = "cpu") -> dict[str, float]:
    """End-point errors in px (visible pixels; those with small motion; aged; occluded), and luma.

    `luma` is the masked residual of real pairs, 0..255: what the motion does not explain.
    """
    distance, visible = _error(estimator, pairs.clean, device)
    length = torch.linalg.vector_norm(
        torch.cat([pair.flow for pair in pairs.clean]), dim=1, keepdim=True
    )
    aged, _ = _error(estimator, pairs.aged, device)
    residuals = []
    for pair in pairs.real:
        flow = estimator.backward_flow(pair.cur.to(device), pair.prev.to(device)).cpu()
        residual = luma_residual(pair.cur, pair.prev, flow).abs() * pair.visible
        residuals.append(255 * float(residual.sum() / pair.visible.sum().clamp(min=1)))
    return {
        "epe": float(distance[visible].mean()),
        "epe_small": float(distance[visible & (length < _SMALL)].mean()),
        "epe_aged": float(aged[visible].mean()),
        "epe_covered": float(distance[~visible].mean()),
        "luma": float(np.mean(residuals)),
    }
