"""From luma codes to small lightness."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from .. import color
from ..analysis.painted import beside_tint
from ..analysis.small_film import working_luma
from .grid import color_grid
from .values import WorkFrame

if TYPE_CHECKING:
    from ..geometry import Size
    from ..types import Frame, VideoInfo
    from .values import KnownShots


def resize(L: Tensor, short_side: int) -> Tensor:
    """L `(B, 1, h, w)` at another short side; both sides become multiples of 16."""
    h, w = L.shape[-2:]
    scale = short_side / min(h, w)
    size = [max(16, round(n * scale / 16) * 16) for n in (h, w)]
    return F.interpolate(L, size=size, mode="bilinear", align_corners=False, antialias=True)


def to_lightness(
    frames: Iterable[Frame], info: VideoInfo, analysis: KnownShots, size: Size, device: str
) -> Iterator[WorkFrame]:
    """Luma codes of frames -> small L*, with what the analysis knows of the frame's shot.

    L* is float16 from the beginning: what is looked at does not depend on whether a whole shot of
    it has to wait somewhere.
    """
    geometry = info.geometry
    coded = geometry.before_turning(size)
    for frame in frames:
        shot = analysis.shot_at(frame.index)
        small = working_luma(frame.y, coded)
        L = color.lightness(geometry.to_upright(small), info.tags).to(device, torch.float16)
        area = geometry.area_upright(shot.area).scaled(geometry.upright, size)
        beside = None
        if frame.chroma is not None and analysis.keeps_regions(frame.index):
            grid = color_grid(coded.shape)
            found = beside_tint(frame.y, *frame.chroma, info.tags.depth, grid)
            beside = torch.from_numpy(geometry.to_upright(found))[None, None].to(device)
        starts = frame.index == shot.start
        yield WorkFrame(frame.index, L, area, starts_shot=starts, beside_tint=beside)


def reduced(frame: Frame, info: VideoInfo, work_size: int) -> Frame:
    """A frame of which `to_lightness` makes the same; one of a large film takes less memory.

    Itself where it has chroma, which is looked at beside its luma.
    """
    if frame.chroma is not None:
        return frame
    geometry = info.geometry
    size = geometry.before_turning(geometry.working_size(work_size))
    return replace(frame, y=working_luma(frame.y, size))


def select_source_color(items: Iterable[WorkFrame], analysis: KnownShots) -> Iterator[WorkFrame]:
    """Marks the frames that keep their own chroma."""
    was_kept = False
    for item in items:
        keeps = analysis.keeps_color(item.index)
        # no color is carried over from frames that keep their own
        starts = item.starts_shot or was_kept
        yield replace(item, keeps_color=keeps, starts_shot=starts)
        was_kept = keeps
