"""The values that go from stage to stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from torch import Tensor

    from ..analysis.film_analysis import Shot
    from ..geometry import Area
    from ..guidance.guidance import LockPlace
    from ..state import PipelineState
    from ..types import Coloring, Frame, Hints, Motion


class KnownShots(Protocol):
    """What the stages ask of a film's analysis."""

    def shot_at(self, frame: int) -> Shot:
        """The shot that a frame belongs to."""
        ...

    def keeps_color(self, frame: int) -> bool:
        """Whether a frame keeps its own color."""
        ...

    def keeps_regions(self, frame: int) -> bool:
        """Whether colored regions of a frame keep their color."""
        ...


@dataclass(frozen=True, slots=True)
class WorkFrame:
    """A frame seen small: upright and in square pixels.

    The *color grid* is half the working size.

    Attributes:
        index: number of the frame in the film.
        L: lightness `(1, 1, h, w)`, float16.
        area: where the image is, in pixels of `L`.
        starts_shot: no color is carried over from the frame before.
        keeps_color: the frame keeps its own chroma.
        beside_tint: `(1, 1, h/2, w/2)`, see `analysis.painted.beside_tint`; None where no region
            keeps its color.
        regions: `(1, 1, h/2, w/2)` in [0, 1], how far the frame's own chroma is kept.
        is_colored: the colorizer sees it; else its colors come from the frames around it.
        motion: from this frame to the one before, where that is of the same shot.
        onward: from the frame before to this one; None where nobody looks back from later frames.
        hints: colors that are known here, on the color grid; None where none are.
        paste: `(1, 1, h/2, w/2)` in [0, 1], how far the known colors replace all others.
        known: what is carried on to the next frame, see `stages.travel`.
        locks: places that must have a color.
        target: colors that the film's shots agree on, on the color grid; None = none.
        agreed: what of these is carried on to the next frame, see `stages.agree`.
        coloring: of the colorizer, on the color grid; None before that stage and where it is not
            asked.
    """

    index: int
    L: Tensor
    area: Area
    starts_shot: bool
    keeps_color: bool = False
    beside_tint: Tensor | None = None
    regions: Tensor | None = None
    is_colored: bool = True
    motion: Motion | None = None
    onward: Motion | None = None
    hints: Hints | None = None
    paste: Tensor | None = None
    known: Tensor | None = None
    locks: tuple[LockPlace, ...] = ()
    target: Hints | None = None
    agreed: Tensor | None = None
    coloring: Coloring | None = None


@dataclass(frozen=True, slots=True)
class RefinedFrame:
    """A frame's final small colors.

    Attributes:
        index: number of the frame in the film.
        L: lightness `(1, 1, h, w)`, float16.
        ab: `(1, 2, ...)` at that size or smaller; zero and not used where the frame keeps its own.
        state: after it, where a unit may end here.
        keeps_color: the frame keeps its own chroma.
        regions: of it that do, see `WorkFrame`.
        locks: of the places that must have a color, CIEDE2000 from it, by the lock's name.
    """

    index: int
    L: Tensor
    ab: Tensor
    state: PipelineState | None
    keeps_color: bool = False
    regions: Tensor | None = None
    locks: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ColoredFrame:
    """A frame with its chroma planes, ready for the encoder.

    Attributes:
        frame: as decoded; with its chroma where that, or a part of it, is kept.
        u, v: chroma codes.
        state, locks: see `RefinedFrame`.
    """

    frame: Frame
    u: np.ndarray
    v: np.ndarray
    state: PipelineState | None
    locks: Mapping[str, float] = field(default_factory=dict)
