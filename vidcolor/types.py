"""The values that travel through the pipeline, and the protocols of its exchangeable parts.

Conventions, kept everywhere:

| name         | array                                 | units                                  |
|--------------|---------------------------------------|----------------------------------------|
| `y`          | uint8 or uint16 `(H, W)`, host memory | the file's luma codes Y', untouched    |
| `L`          | float32 `(B, 1, h, w)`                | CIE L*, [0, 100], D65                  |
| `ab`         | float32 `(B, 2, h, w)`                | CIE a*, b*, about [-110, 110]          |
| `confidence` | float32 `(B, 1, h, w)`                | 1 = the colorizer is sure, 0 = it bets |
| `flow`       | float32 `(B, 2, h, w)`                | pixels of that size, see `flow`        |
| `visibility` | float32 `(B, 1, h, w)`                | 1 = flow trusted, 0 = occluded         |
| `u`, `v`     | uint8 or uint16, chroma plane's size  | chroma codes, ready for the encoder    |

Upper-case H, W are the file's size, lower-case h, w the working size. Networks normalize inside
their own `forward`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias, runtime_checkable

from .geometry import Geometry, Size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from torch import Tensor

    from .stages.values import WorkFrame
    from .timecode import Timecode

    RefinerState: TypeAlias = Mapping[str, Tensor]

Progress: TypeAlias = Callable[[int, "int | None"], None]
"""Called after every frame: frames done, and frames expected (None = unknown)."""


@dataclass(frozen=True, slots=True)
class ColorTags:
    """How luma and chroma codes are to be read.

    Attributes:
        matrix: "bt601", "bt709" or "bt2020": the tag of the file, or the usual guess
            (below 720 lines 601, else 709) where it has none.
        full_range: codes span the whole range (JPEG range) instead of 16..235.
        depth: bits per code, 8 to 16.
        colorspace, primaries, transfer: libav's own codes as found in the file (2 = unspecified).
        siting: where the first chroma sample lies among the luma samples it belongs to, in
            libav's words: "left", "center", "topleft", "top", "bottomleft" or "bottom".
    """

    matrix: str
    full_range: bool
    depth: int
    colorspace: int = 2
    primaries: int = 2
    transfer: int = 2
    siting: str = "left"


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What is known of a film's picture track before its first frame is decoded.

    Attributes:
        path: the file.
        stream_index: index of the picture track in the container.
        width, height: coded picture size in pixels, before any rotation.
        pix_fmt: libav's name of the source's pixel format.
        tags: how its codes are read.
        time_base: seconds per tick of `Frame.pts`.
        rate: frames per second (average), None where the file does not say.
        frame_count: frames to be expected in the requested range; an estimate that headers may
            falsify, None where nothing is known.
        sample_aspect_ratio: width/height of one pixel, None where unset.
        luma_format: libav's name of the planar little-endian YUV or gray format whose plane 0 is
            `Frame.y`: `pix_fmt` itself where that has such a plane, else what the pictures are
            converted to (rgb24 -> yuv444p, nv12 -> yuv420p, gray16be -> gray16le, ...). The
            film's chroma planes are best written in it.
        chroma_shift: (horizontal, vertical) powers of two by which the chroma planes of
            `luma_format` are smaller, (1, 1) for 4:2:0; None for gray.
        display_matrix: the 9 integers of the file's display matrix, None where it has none.
        rotation: degrees counter-clockwise by which pictures are to be turned to stand upright.
        field_order: "progressive", "tff" or "bff".
        start_time: seconds at which the film's first sound or picture begins; positions in
            seconds count from here.
        first_frame: number of the first frame of the requested range.
        codec: libav's name of the decoder.
        mastering_display: of HDR films, the screen they were made for: x, y of red, green, blue
            and white (CIE 1931), least and greatest luminance in cd/m2; None where not said.
        timecode: of the file's first frame, None where it has none.
        reel: name of the reel that the time code counts, None where nothing is said.
        light_level: MaxCLL and MaxFALL in cd/m2, None where not said.
    """

    path: Path
    stream_index: int
    width: int
    height: int
    pix_fmt: str
    tags: ColorTags
    time_base: Fraction
    rate: Fraction | None
    frame_count: int | None
    sample_aspect_ratio: Fraction | None
    luma_format: str = "yuv420p"
    chroma_shift: tuple[int, int] | None = (1, 1)
    display_matrix: tuple[int, ...] | None = None
    rotation: int = 0
    field_order: str = "progressive"
    start_time: Fraction = Fraction(0)
    first_frame: int = 0
    codec: str = ""
    mastering_display: tuple[Fraction, ...] | None = None
    light_level: tuple[int, int] | None = None
    timecode: Timecode | None = None
    reel: str | None = None

    @property
    def geometry(self) -> Geometry:
        """Rotation and pixel shape."""
        aspect = self.sample_aspect_ratio or Fraction(1)
        return Geometry(Size(self.width, self.height), aspect, self.rotation)


class Anchor(NamedTuple):
    """A place in a film where reading can begin with the same result as from the film's start.

    Everything before it was intact: no damage, no timestamp that had to be repaired.

    Attributes:
        frame: number of the frame to begin with.
        after_pts: timestamp, as in the file, of the frame before it.
    """

    frame: int
    after_pts: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded picture, of which as a rule only luma is kept.

    Attributes:
        index: number of the frame in the film, from 0 in order of presentation.
        pts: presentation time in ticks of the film's time base, exactly as in the file.
        y: uint8 (8-bit sources) or uint16 (deeper ones) `(H, W)` luma codes.
        shot: number of the shot it belongs to, from 0.
        is_damaged: the decoder says that parts of it are not as they were coded.
        is_intact: nothing had to be repaired in reading the film up to this frame.
        chroma: the film's own chroma planes as `VideoInfo.luma_format` has them, dtype and depth
            of `y`; None where nobody asked for them and in gray film.
        user_data: closed captions and the like that belong to it, as T.35 messages.
    """

    index: int
    pts: int
    y: np.ndarray
    shot: int = 0
    is_damaged: bool = False
    is_intact: bool = True
    chroma: tuple[np.ndarray, np.ndarray] | None = None
    user_data: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Coloring:
    """What a colorizer says of a batch of pictures.

    Attributes:
        ab: float32 `(B, 2, h, w)`, a* and b*.
        confidence: float32 `(B, 1, h, w)` in [0, 1], 1 = sure.
    """

    ab: Tensor
    confidence: Tensor


@dataclass(frozen=True, slots=True)
class Hints:
    """Colors that are known before a picture is colored: points, regions, or a whole plane.

    Attributes:
        ab: float32 `(B, 2, h, w)`, a* and b*; looked at where the weight is not 0.
        weight: float32 `(B, 1, h, w)` in [0, 1], 1 = certain, 0 = nothing is known.
    """

    ab: Tensor
    weight: Tensor

    @property
    def weighed(self) -> Tensor:
        """ab times weight: 0 where nothing is known, whatever ab is there."""
        return (self.ab * self.weight).where(self.weight > 0, 0)


@dataclass(frozen=True, slots=True)
class Motion:
    """Where a frame's pixels were in the frame before.

    Attributes:
        flow: float32 `(B, 2, h, w)`, backward flow in pixels.
        visibility: float32 `(B, 1, h, w)` in [0, 1], 0 = was not to be seen in the frame before.
    """

    flow: Tensor
    visibility: Tensor

    @property
    def trust(self) -> Tensor:
        """How much of what was known the flow carries along: float32 `(B, 1, h, w)` in [0, 1]."""
        return self.visibility.float() ** TRUST_POWER


TRUST_POWER = 0.3
"""Exponent of the visibility: grain and flickering light, which lower it a little everywhere, cost
little trust. Chosen on real shots."""


class Colorizer(Protocol):
    """Colors one picture at a time and remembers nothing.

    One whose registry entry says `takes_hints` is a `HintedColorizer`. One with an attribute
    `is_reentrant` that is True may be used by two threads at once, which takes less time.

    Attributes:
        name: the name it is chosen by.
        size: short side in pixels of the picture it wants to see.
    """

    name: str
    size: int

    def colorize(self, L: Tensor) -> Coloring:
        """L* `(B, 1, h, w)` -> colors at the same or a smaller size; independent of the batch."""
        ...


class HintedColorizer(Colorizer, Protocol):
    """A colorizer that can be told colors."""

    def colorize(self, L: Tensor, hints: Hints | None = None) -> Coloring:
        """The same, given `hints` of the same pictures at any size."""
        ...


class Refiner(Protocol):
    """Makes colors hold still along the flow. Its state is a value, never kept inside.

    Attributes:
        name: the name it is chosen by.
        needs_flow: whether `step` looks at `motion`; if not, no flow is computed.
    """

    name: str
    needs_flow: bool

    def start(self, L: Tensor, coloring: Coloring) -> tuple[Tensor, RefinerState]:
        """First frame of a shot: refined ab `(1, 2, h, w)` and the state to go on from."""
        ...

    def step(
        self, state: RefinerState, L: Tensor, coloring: Coloring, motion: Motion | None
    ) -> tuple[Tensor, RefinerState]:
        """Next frame of the shot: refined ab `(1, 2, h, w)` and the new state.

        `state` is left as it was. `motion` is None only where `needs_flow` is False.
        """
        ...


@runtime_checkable
class ShotRefiner(Protocol):
    """Makes colors hold still with all frames of a shot in view. Its state is a value.

    Attributes:
        name: the name it is chosen by.
        needs_flow: whether it looks at the motion of frames.
    """

    name: str
    needs_flow: bool

    def refine(
        self, items: Sequence[WorkFrame], before: RefinerState | None, count: int
    ) -> tuple[list[Tensor], RefinerState]:
        """Refined colors of the first `count` frames, and the state after them.

        Args:
            items: consecutive frames of a shot with the motion between them in both directions and
                the colorings of some, of the first at least, on the color grid.
            before: state after the frame before them; None where they begin the shot.
            count: frames asked for, at least 1; those after them help.

        Returns:
            ab `(1, 2, h, w)` of each, on the color grid, and the state.
        """
        ...
