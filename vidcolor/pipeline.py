"""A film's way through the tool: read it top to bottom.

Frames are decoded, their luma is kept untouched, and a small copy of it becomes lightness; a
colorizer colors it, a refiner steadies the color along the optical flow, and only two chroma
planes come back, to be joined with the luma again. Every stage is a generator and every state a
value, so that memory stays bounded and a run can be taken up again.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from flow.consistency import soft_confidence

from . import color
from .analysis.source_color import OwnColors, mark_own_color
from .prefetch import prefetch
from .shots.detector import ShotDetector, ShotState, mark_shots
from .state import Memory
from .types import Coloring, Frame, Motion, VideoInfo
from .upsample import chroma_to_size, own_chroma

if TYPE_CHECKING:
    from flow.base import FlowEstimator

    from .components import Parts
    from .config import RunConfig
    from .types import Colorizer, ColorTags, Refiner, RefinerState

# Frames that may wait between two stages that run side by side.
_DEPTH = 8
# A picture far wider than film is squeezed rather than made into a huge working size.
_WIDEST = 4
_NOTHING_SEEN = OwnColors()


@dataclass(frozen=True, slots=True)
class Lit:
    """A frame with its lightness `L (1, 1, h, w)`, upright and in square pixels.

    Attributes:
        starts_shot: the frame before, if any, belongs to another shot.
        detector: state of the shot detector after this frame.
        colors: what was seen of the film's own color up to this frame.
        coloring: the colorizer's word, once it has spoken.
        motion: from this frame to the one before, where that is of the same shot.
    """

    frame: Frame
    L: Tensor
    starts_shot: bool
    detector: ShotState
    colors: OwnColors = _NOTHING_SEEN
    coloring: Coloring | None = None
    motion: Motion | None = None


@dataclass(frozen=True, slots=True)
class Refined:
    """A frame with its final small colors `ab (1, 2, h, w)` and all that is known after it.

    Where the frame keeps its own chroma, `ab` is zero and not looked at.
    """

    frame: Frame
    ab: Tensor
    memory: Memory


@dataclass(frozen=True, slots=True)
class Painted:
    """A frame with its chroma planes, ready for the encoder, and all that is known after it."""

    frame: Frame
    u: np.ndarray
    v: np.ndarray
    memory: Memory


def working_size(info: VideoInfo, short_side: int) -> tuple[int, int]:
    """Height and width of the small picture: upright, square pixels, multiples of 8."""
    width = info.width * float(info.sample_aspect_ratio or 1)
    height = float(info.height)
    if info.rotation % 180:
        width, height = height, width
    scale = short_side / min(width, height)
    h, w = (min(round(n * scale / 8) * 8, _WIDEST * short_side) for n in (height, width))
    return h, w


def resize(L: Tensor, short_side: int) -> Tensor:
    """L `(B, 1, h, w)` at another short side; both sides become multiples of 16."""
    h, w = L.shape[-2:]
    scale = short_side / min(h, w)
    size = [max(16, round(n * scale / 16) * 16) for n in (h, w)]
    return F.interpolate(L, size=size, mode="bilinear", align_corners=False, antialias=True)


def to_lightness(
    frames: Iterable[tuple[Frame, ShotState]],
    info: VideoInfo,
    size: tuple[int, int],
    device: str,
    memory: Memory | None,
) -> Iterator[Lit]:
    """Luma codes of frames and their shots -> small L*."""
    turns = info.rotation // 90 % 4
    coded = size[::-1] if turns % 2 else size
    shot = None if memory is None else memory.shot
    for frame, detector in frames:
        shrink = cv2.INTER_AREA if frame.y.shape[0] >= coded[0] else cv2.INTER_LINEAR
        small = cv2.resize(frame.y, coded[::-1], interpolation=shrink)
        upright = np.ascontiguousarray(np.rot90(small, turns))
        L = color.lightness(upright, info.tags).to(device)
        yield Lit(frame, L, frame.shot != shot, detector)
        shot = frame.shot


def keep_colors(
    items: Iterable[Lit], keep: bool, depth: int, memory: Memory | None
) -> Iterator[Lit]:
    """Decides which frames keep their own chroma; the others' ends here."""
    before = _NOTHING_SEEN if memory is None else memory.colors
    was_kept = before.kept
    for item, colors in mark_own_color(items, before, keep=keep, depth=depth):
        frame = item.frame if colors.kept else replace(item.frame, chroma=None)
        # after frames that keep their own color there is nothing to go on from
        starts = item.starts_shot or was_kept
        yield replace(item, frame=frame, starts_shot=starts, colors=colors)
        was_kept = colors.kept


def colorize_batches(
    items: Iterable[Lit], colorizer: Colorizer, batch: int, segment_frames: int
) -> Iterator[Lit]:
    """Asks the colorizer, `batch` frames at a time.

    A batch never crosses the end of a segment: a run taken up again forms the same batches, and
    so gets the same colors to the last bit.
    """
    waiting: list[Lit] = []
    for number, item in enumerate(items, start=1):
        waiting.append(item)
        if len(waiting) == batch or number % segment_frames == 0:
            yield from _colorize(waiting, colorizer)
            waiting = []
    if waiting:
        yield from _colorize(waiting, colorizer)


def _colorize(items: list[Lit], colorizer: Colorizer) -> Iterator[Lit]:
    gray = [i for i in items if not i.colors.kept]
    if not gray:
        yield from items
        return
    size = gray[0].L.shape[-2:]
    coloring = colorizer.colorize(resize(torch.cat([i.L for i in gray]), colorizer.size))
    ab, confidence = (
        F.interpolate(x, size=size, mode="bilinear", align_corners=False)
        for x in (coloring.ab, coloring.confidence)
    )
    colorings = map(Coloring, ab.split(1), confidence.split(1))
    for item in items:
        yield item if item.colors.kept else replace(item, coloring=next(colorings))


def follow(
    items: Iterable[Lit], flow: FlowEstimator | None, memory: Memory | None
) -> Iterator[Lit]:
    """Adds the motion from each frame to the one before it in the same shot."""
    if flow is None:
        yield from items
        return
    previous = None if memory is None else memory.L
    features = None if previous is None else flow.encode(previous / 100)
    for item in items:
        if item.colors.kept:
            previous = features = None
            yield item
            continue
        luma = item.L / 100
        new_features = flow.encode(luma)
        if not item.starts_shot:
            backward, forward = flow.flows(new_features, features)
            assert previous is not None
            trust = soft_confidence(luma, previous / 100, backward, forward)
            item = replace(item, motion=Motion(backward, trust))
        previous, features = item.L, new_features
        yield item


def refine(
    items: Iterable[Lit], refiner: Refiner, memory: Memory | None
) -> Generator[Refined, None, None]:
    """Steadies the colors; the state starts anew with every shot."""
    state = None if memory is None else memory.refiner
    for item in items:
        if item.colors.kept:
            state = None
            ab = item.L.new_zeros(1, 2, *item.L.shape[-2:])
            yield Refined(item.frame, ab, _memory(item, state))
            continue
        assert item.coloring is not None
        if item.starts_shot or state is None:
            ab, state = refiner.start(item.L, item.coloring)
        else:
            ab, state = refiner.step(state, item.L, item.coloring, item.motion)
        yield Refined(item.frame, ab, _memory(item, state))


def _memory(item: Lit, state: RefinerState | None) -> Memory:
    return Memory(item.frame.shot, item.detector, item.L, state, item.colors)


def to_chroma(
    items: Iterable[Refined],
    info: VideoInfo,
    tags: ColorTags,
    chroma_size: tuple[int, int],
    strength: float,
) -> Iterator[Painted]:
    """Small ab -> the file's two chroma planes of `chroma_size` (height, width)."""
    turns = info.rotation // 90 % 4
    white = color.luma_range(info.tags)[1]
    for item in items:
        if item.frame.chroma is not None:
            kept = own_chroma(item.frame.chroma, chroma_size, tags.depth - info.tags.depth)
            yield Painted(item.frame, *kept, item.memory)
            continue
        small = color.chroma(item.memory.L, item.ab * strength, tags.matrix)
        turned = np.rot90(small[0].permute(1, 2, 0).cpu().numpy(), -turns)
        planes = chroma_to_size(
            np.ascontiguousarray(turned), item.frame.y, white, chroma_size, tags.siting
        )
        u, v = (color.chroma_codes(plane, tags) for plane in planes)
        yield Painted(item.frame, u, v, item.memory)


def steady_colors(
    frames: Iterable[Frame],
    info: VideoInfo,
    parts: Parts,
    config: RunConfig,
    memory: Memory | None = None,
) -> Generator[Refined, None, None]:
    """The chain from decoded frames to small, steady ab; see `paint`."""
    detector = ShotDetector()
    state, shot = (detector.start(), 0) if memory is None else (memory.detector, memory.shot)
    shots = mark_shots(frames, detector, state, shot=shot, depth=info.tags.depth)
    size = working_size(info, config.work_size)
    lit = to_lightness(prefetch(shots, _DEPTH), info, size, parts.device, memory)
    marked = keep_colors(lit, config.keep_color, info.tags.depth, memory)
    colored = colorize_batches(marked, parts.colorizer, config.batch, config.segment_frames)
    followed = follow(colored, parts.flow, memory)
    return refine(prefetch(followed, _DEPTH), parts.refiner, memory)


def paint(
    frames: Iterable[Frame],
    info: VideoInfo,
    tags: ColorTags,
    chroma_size: tuple[int, int],
    parts: Parts,
    config: RunConfig,
    memory: Memory | None = None,
) -> Generator[Painted, None, None]:
    """The whole chain from decoded frames to chroma planes.

    Args:
        frames: in order of presentation, from a shot's first frame or the one after `memory`.
        info: of the source.
        tags: how the codes of the output are written (its luma codes are the source's).
        chroma_size: height and width of the output's chroma planes.
        parts: colorizer, refiner and flow.
        config: settings.
        memory: of an earlier run, to go on from.
    """
    refined = steady_colors(frames, info, parts, config, memory)
    return prefetch(to_chroma(refined, info, tags, chroma_size, config.strength), _DEPTH)
