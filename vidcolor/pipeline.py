"""A film's way through the tool: read it top to bottom.

`run.colorize_video` assembles the whole: open the film, analyze it, plan the output and the units
of work, color each unit, assemble, verify. This file is the coloring of a unit. Frames are
decoded, their luma is kept untouched, and a small copy of it becomes lightness; a colorizer colors
it, a refiner steadies the color along the optical flow, and only two chroma planes come back, to
be joined with the luma again. Every stage is a generator and every state a value.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from flow.consistency import soft_confidence

from . import color
from .geometry import Area, Size
from .prefetch import prefetch
from .state import PipelineState
from .types import Coloring, Frame, Motion, VideoInfo
from .upsample import chroma_to_size, own_chroma

if TYPE_CHECKING:
    from flow.base import FlowEstimator

    from .analysis.film_analysis import Shot
    from .components import Parts
    from .config import RunConfig
    from .types import Colorizer, ColorTags, Refiner

# Frames that may wait between two stages that run side by side.
_DEPTH = 8
# Lightness below which the color beside the active area fades to none.
_BLACK = 10.0


class KnownShots(Protocol):
    """What the pipeline asks of a film's analysis."""

    def shot_at(self, frame: int) -> Shot:
        """The shot that a frame belongs to."""
        ...

    def keeps_color(self, frame: int) -> bool:
        """Whether a frame keeps its own color."""
        ...


@dataclass(frozen=True, slots=True)
class WorkFrame:
    """A frame with its lightness `L (1, 1, h, w)`, upright and in square pixels.

    Attributes:
        area: where the image is, in pixels of `L`.
        starts_shot: no color is carried over from the frame before.
        keeps_color: the frame keeps its own chroma.
        coloring: output of the colorizer; None before that stage.
        motion: from this frame to the one before, where that is of the same shot.
    """

    frame: Frame
    L: Tensor
    area: Area
    starts_shot: bool
    keeps_color: bool = False
    coloring: Coloring | None = None
    motion: Motion | None = None


@dataclass(frozen=True, slots=True)
class RefinedFrame:
    """A frame with its final small colors `ab (1, 2, h, w)` and the state after it.

    Where the frame keeps its own chroma, `ab` is zero and not used.
    """

    frame: Frame
    ab: Tensor
    state: PipelineState
    keeps_color: bool = False


@dataclass(frozen=True, slots=True)
class ColoredFrame:
    """A frame with its chroma planes, ready for the encoder, and the state after it."""

    frame: Frame
    u: np.ndarray
    v: np.ndarray
    state: PipelineState


def resize(L: Tensor, short_side: int) -> Tensor:
    """L `(B, 1, h, w)` at another short side; both sides become multiples of 16."""
    h, w = L.shape[-2:]
    scale = short_side / min(h, w)
    size = [max(16, round(n * scale / 16) * 16) for n in (h, w)]
    return F.interpolate(L, size=size, mode="bilinear", align_corners=False, antialias=True)


def to_lightness(
    frames: Iterable[Frame], info: VideoInfo, analysis: KnownShots, size: Size, device: str
) -> Iterator[WorkFrame]:
    """Luma codes of frames -> small L*, with what the analysis knows of the frame's shot."""
    geometry = info.geometry
    width, height = geometry.before_turning(size)
    for frame in frames:
        shot = analysis.shot_at(frame.index)
        shrink = cv2.INTER_AREA if frame.y.shape[0] >= height else cv2.INTER_LINEAR
        small = cv2.resize(frame.y, (width, height), interpolation=shrink)
        L = color.lightness(geometry.to_upright(small), info.tags).to(device)
        area = geometry.area_upright(shot.area).scaled(geometry.upright, size)
        yield WorkFrame(
            replace(frame, shot=shot.number), L, area, starts_shot=frame.index == shot.start
        )


def select_source_color(items: Iterable[WorkFrame], analysis: KnownShots) -> Iterator[WorkFrame]:
    """Marks the frames that keep their own chroma; the others' chroma ends here."""
    was_kept = False
    for item in items:
        keeps = analysis.keeps_color(item.frame.index)
        frame = item.frame if keeps else replace(item.frame, chroma=None)
        # no color is carried over from frames that keep their own
        starts = item.starts_shot or was_kept
        yield replace(item, frame=frame, keeps_color=keeps, starts_shot=starts)
        was_kept = keeps


def colorize_batches(
    items: Iterable[WorkFrame], colorizer: Colorizer, batch: int
) -> Iterator[WorkFrame]:
    """Runs the colorizer on up to `batch` frames at a time, all of one active area.

    Batches are counted from the first of `items`, a unit's first frame: the same unit always
    forms the same batches, and so gets the same colors to the last bit.
    """
    waiting: list[WorkFrame] = []
    for item in items:
        if waiting and (len(waiting) == batch or item.area != waiting[0].area):
            yield from _colorize(waiting, colorizer)
            waiting = []
        waiting.append(item)
        if len(waiting) == batch:
            yield from _colorize(waiting, colorizer)
            waiting = []
    if waiting:
        yield from _colorize(waiting, colorizer)


def _colorize(items: list[WorkFrame], colorizer: Colorizer) -> Iterator[WorkFrame]:
    gray = [i for i in items if not i.keeps_color]
    if not gray:
        yield from items
        return
    L = torch.cat([i.L for i in gray])
    left, top, right, bottom = gray[0].area
    seen = L[..., top:bottom, left:right]
    coloring = colorizer.colorize(resize(seen, colorizer.size))
    ab, confidence = (
        F.interpolate(x, size=seen.shape[-2:], mode="bilinear", align_corners=False)
        for x in (coloring.ab, coloring.confidence)
    )
    if seen.shape != L.shape:
        h, w = L.shape[-2:]
        margins = (left, w - right, top, h - bottom)
        ab = F.pad(ab, margins, mode="replicate")
        # bars are black; the worn edge of the film continues the color beside it
        inside = F.pad(torch.ones_like(confidence), margins)
        ab = ab * torch.maximum(inside, (L / _BLACK).clamp(max=1))
        confidence = F.pad(confidence, margins, mode="replicate")
    colorings = map(Coloring, ab.split(1), confidence.split(1))
    for item in items:
        yield item if item.keeps_color else replace(item, coloring=next(colorings))


def estimate_motion(
    items: Iterable[WorkFrame], flow: FlowEstimator | None, state: PipelineState | None
) -> Iterator[WorkFrame]:
    """Adds the motion from each frame to the one before it in the same shot."""
    if flow is None:
        yield from items
        return
    previous = None if state is None else state.L
    features = None if previous is None else flow.encode(previous / 100)
    for item in items:
        if item.keeps_color:
            previous = features = None
            yield item
            continue
        luma = item.L / 100
        new_features = flow.encode(luma)
        if not item.starts_shot and previous is not None:
            backward, forward = flow.flows(new_features, features)
            trust = soft_confidence(luma, previous / 100, backward, forward)
            item = replace(item, motion=Motion(backward, trust))
        previous, features = item.L, new_features
        yield item


def refine(
    items: Iterable[WorkFrame], refiner: Refiner, before: PipelineState | None
) -> Generator[RefinedFrame, None, None]:
    """Steadies the colors; the refiner's state is reset at every shot."""
    state = None if before is None else before.refiner
    for item in items:
        if item.keeps_color:
            state = None
            ab = item.L.new_zeros(1, 2, *item.L.shape[-2:])
            yield RefinedFrame(item.frame, ab, PipelineState(item.L, None), keeps_color=True)
            continue
        assert item.coloring is not None
        if item.starts_shot or state is None:
            ab, state = refiner.start(item.L, item.coloring)
        else:
            ab, state = refiner.step(state, item.L, item.coloring, item.motion)
        yield RefinedFrame(item.frame, ab, PipelineState(item.L, state))


def to_chroma(
    items: Iterable[RefinedFrame],
    info: VideoInfo,
    tags: ColorTags,
    chroma_size: Size,
    strength: float,
) -> Iterator[ColoredFrame]:
    """Small ab -> the file's two chroma planes."""
    white = color.luma_range(info.tags)[1]
    for item in items:
        if item.keeps_color:
            assert item.frame.chroma is not None
            kept = own_chroma(item.frame.chroma, chroma_size, tags.depth - info.tags.depth)
            yield ColoredFrame(item.frame, *kept, item.state)
            continue
        small = color.chroma(item.state.L, item.ab * strength, tags.matrix)
        turned = info.geometry.to_coded(small[0].permute(1, 2, 0).cpu().numpy())
        planes = chroma_to_size(turned, item.frame.y, white, chroma_size, tags.siting)
        u, v = (color.chroma_codes(plane, tags) for plane in planes)
        yield ColoredFrame(item.frame, u, v, item.state)


def refine_frames(
    frames: Iterable[Frame],
    info: VideoInfo,
    analysis: KnownShots,
    parts: Parts,
    config: RunConfig,
    state: PipelineState | None = None,
) -> Generator[RefinedFrame, None, None]:
    """The chain from decoded frames to small, steady ab; see `color_frames`."""
    size = info.geometry.working_size(config.work_size)
    work = to_lightness(prefetch(frames, _DEPTH), info, analysis, size, parts.device)
    marked = select_source_color(work, analysis)
    colored = colorize_batches(marked, parts.colorizer, config.batch)
    moving = estimate_motion(colored, parts.flow, state)
    return refine(prefetch(moving, _DEPTH), parts.refiner, state)


def color_frames(
    frames: Iterable[Frame],
    info: VideoInfo,
    analysis: KnownShots,
    tags: ColorTags,
    chroma_size: Size,
    parts: Parts,
    config: RunConfig,
    state: PipelineState | None = None,
) -> Generator[ColoredFrame, None, None]:
    """The whole chain from decoded frames to chroma planes.

    Args:
        frames: in order of presentation, from a shot's first frame or the one after `state`.
        info: of the source.
        analysis: of the source; says where shots begin, where the image is, what keeps its color.
        tags: how the codes of the output are written (its luma codes are the source's).
        chroma_size: of the output's chroma planes.
        parts: colorizer, refiner and flow.
        config: settings.
        state: after the frame before the first of `frames`, where a shot is continued.
    """
    refined = refine_frames(frames, info, analysis, parts, config, state)
    return prefetch(to_chroma(refined, info, tags, chroma_size, config.strength), _DEPTH)
