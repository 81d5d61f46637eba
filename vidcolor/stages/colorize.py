"""Colors of frames, from the colorizer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from ..colorizers.hints import corrected
from ..geometry import Area, Size
from ..types import Coloring, Hints
from .foreign import colored
from .grid import color_grid, resized
from .lightness import resize

if TYPE_CHECKING:
    from ..types import Colorizer
    from .values import WorkFrame

# Lightness below which the color beside the active area fades to none.
_BLACK = 10.0


def colorize_batches(
    items: Iterable[WorkFrame], colorizer: Colorizer, batch: int, *, takes_hints: bool = False
) -> Iterator[WorkFrame]:
    """Runs the colorizer on up to `batch` frames at a time, all of one active area.

    Batches are counted from the first of `items`, a unit's first frame: the same unit always
    forms the same batches, and so gets the same colors to the last bit. The hints of a colorizer
    that takes none are spread around them afterwards.
    """
    waiting: list[WorkFrame] = []
    for item in items:
        if waiting and (len(waiting) == batch or item.area != waiting[0].area):
            yield from _colorize(waiting, colorizer, takes_hints)
            waiting = []
        waiting.append(item)
        if len(waiting) == batch:
            yield from _colorize(waiting, colorizer, takes_hints)
            waiting = []
    if waiting:
        yield from _colorize(waiting, colorizer, takes_hints)


def _colorize(
    items: list[WorkFrame], colorizer: Colorizer, takes_hints: bool
) -> Iterator[WorkFrame]:
    gray = [i for i in items if i.is_colored and not i.keeps_color]
    if not gray:
        yield from items
        return
    L = torch.cat([i.L.float() for i in gray])
    height, width = L.shape[-2:]
    left, top, right, bottom = gray[0].area
    seen = L[..., top:bottom, left:right]
    grid = color_grid((height, width))
    area = gray[0].area.scaled(Size(width, height), Size(grid[1], grid[0]))
    hints = _hints_of(gray, area)
    small = resize(seen, colorizer.size)
    frames = gray[0].index, gray[-1].index
    coloring = colored(colorizer, small, *frames, hints, takes_hints=takes_hints)
    if hints is not None and not takes_hints:
        coloring = Coloring(corrected(coloring.ab, small, hints), coloring.confidence)
    ab, confidence = (resized(x, area.size.shape) for x in (coloring.ab, coloring.confidence))
    if area.size.shape != grid:
        ab, confidence = _beside(ab, confidence, resized(L, grid), area)
    colorings = map(Coloring, ab.split(1), confidence.split(1))
    for item in items:
        asked = item.is_colored and not item.keeps_color
        yield replace(item, coloring=next(colorings)) if asked else item


def _beside(ab: Tensor, confidence: Tensor, L: Tensor, area: Area) -> tuple[Tensor, Tensor]:
    """Colors of the area, continued over the whole grid, whose lightness is `L`."""
    h, w = L.shape[-2:]
    margins = (area.left, w - area.right, area.top, h - area.bottom)
    ab = F.pad(ab, margins, mode="replicate")
    # bars are black; the worn edge of the film continues the color beside it
    inside = F.pad(torch.ones_like(confidence), margins)
    ab = ab * torch.maximum(inside, (L / _BLACK).clamp(max=1))
    return ab, F.pad(confidence, margins, mode="replicate")


def _hints_of(items: list[WorkFrame], area: Area) -> Hints | None:
    """What is known in the area of a batch's frames; None where nothing is."""
    known = next((i.hints for i in items if i.hints is not None), None)
    if known is None:
        return None
    nothing = Hints(torch.zeros_like(known.ab), torch.zeros_like(known.weight))
    hints = [i.hints or nothing for i in items]
    inside = (..., slice(area.top, area.bottom), slice(area.left, area.right))
    weight = torch.cat([h.weight for h in hints])[inside]
    if not weight.any():
        return None
    return Hints(torch.cat([h.ab for h in hints])[inside], weight)
