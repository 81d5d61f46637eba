"""Coloring without files: frames in memory, a single image, one frame of a film."""

from __future__ import annotations

import bisect
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from . import color
from .analysis.film_analysis import FilmAnalysis, Shot
from .components import build
from .config import RunConfig
from .geometry import Area
from .guidance.guidance import check_guidance
from .pipeline import color_frames
from .shots.detector import OPENINGS, ShotDetector, mark_shots
from .stages.values import ColoredFrame
from .types import ColorTags, Frame, VideoInfo

if TYPE_CHECKING:
    from .components import Parts
    from .guidance.guidance import Guidance

_DEPTHS = {np.dtype(np.uint8): 8, np.dtype(np.uint16): 16}


def colorize_frames(
    frames: Iterable[np.ndarray],
    config: RunConfig | None = None,
    *,
    parts: Parts | None = None,
    guidance: Guidance | None = None,
) -> Generator[np.ndarray, None, None]:
    """Colors consecutive frames in memory; shots are found on the way.

    Whole shots are read ahead of the frames given back, of a long one up to `unit_frames` and 32
    frames; with a refiner that goes frame after frame (`recurrent`, `none`) only a few are.

    Args:
        frames: gray `(H, W)` or RGB `(H, W, 3)`, uint8 or uint16 over their whole range, all of
            one size and dtype. Of RGB only the luma counts (ITU-R BT.709).
        config: settings; those of files (range, codec, ...) have no effect.
        parts: networks that the caller keeps loaded, see `components.build`.
        guidance: what is known of the colors; frames are numbered from 0.

    Yields:
        RGB `(H, W, 3)` of the dtype of `frames`; their luma is that of the frame.

    Raises:
        ConfigError, PluginError, WeightsError: the settings cannot be met.
        ValueError: a frame has another shape or dtype.
    """
    check_guidance(guidance)
    config = config or RunConfig()
    remaining = iter(frames)
    first = next(remaining, None)
    if first is None:
        return
    info = _info(first)
    shots = _ShotsOnTheWay(info)
    luma = _to_frames(chain([first], remaining), info)
    colored = color_frames(
        shots.mark(luma),
        info,
        shots,
        info.tags,
        info.geometry.coded,
        parts or build(config),
        config,
        guidance=guidance,
    )
    with closing(colored):
        for item in colored:
            yield _rgb(item, info.tags)


def colorize_image(
    image: np.ndarray,
    config: RunConfig | None = None,
    *,
    parts: Parts | None = None,
    guidance: Guidance | None = None,
) -> np.ndarray:
    """Colors one still.

    Args:
        image: gray `(H, W)` or RGB `(H, W, 3)`, uint8 or uint16.
        config, parts, guidance: see `colorize_frames`; no refiner is needed.

    Returns:
        RGB `(H, W, 3)` of the same dtype.

    Raises:
        ConfigError, PluginError, WeightsError, ValueError: see `colorize_frames`.
    """
    config = replace(config or RunConfig(), refiner="none")
    (colored,) = colorize_frames([image], config, parts=parts, guidance=guidance)
    return colored


def color_still(
    frame: Frame,
    info: VideoInfo,
    config: RunConfig,
    *,
    short_side: int,
    parts: Parts | None = None,
    area: Area | None = None,
    guidance: Guidance | None = None,
) -> np.ndarray:
    """One frame of a film in color: upright, in square pixels, small.

    Args:
        frame, info: of the film.
        config: settings.
        short_side: of the result in pixels; rounded to a multiple of 8.
        parts: networks that the caller keeps loaded; None = built, without a refiner.
        area: active area in coded pixels, see `FilmAnalysis`; None = all.
        guidance: what is known of its colors; that of other frames does not count.

    Returns:
        uint8 RGB `(h, w, 3)`.
    """
    geometry = info.geometry
    size = geometry.before_turning(geometry.working_size(short_side))
    tags = replace(info.tags, depth=8)
    y = np.asarray(cv2.resize(frame.y, size, interpolation=cv2.INTER_AREA))
    eight_bit = np.right_shift(y, info.tags.depth - 8).astype(np.uint8)
    small = replace(frame, y=eight_bit, chroma=None)
    small_info = replace(
        info, width=size.width, height=size.height, sample_aspect_ratio=None, tags=tags
    )
    known = FilmAnalysis.one_shot(small_info, 1, frame.index)
    if area is not None:
        shot = replace(known.shots[0], area=area.scaled(geometry.coded, size))
        known = replace(known, shots=(shot,))
    parts = parts or build(replace(config, refiner="none"))
    (item,) = color_frames([small], small_info, known, tags, size, parts, config, guidance=guidance)
    return geometry.to_upright(color.planes_to_rgb(item.frame.y, item.u, item.v, tags))


class _ShotsOnTheWay:
    """Shots of frames that are not known before they come; stands in for a `FilmAnalysis`."""

    def __init__(self, info: VideoInfo) -> None:
        self._depth = info.tags.depth
        self._area = Area.whole(info.geometry.coded)
        self._shots: list[Shot] = []

    def mark(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """The same frames; a frame's shot is known when it is given."""
        detector = ShotDetector()
        for frame, state in mark_shots(frames, detector, detector.start(), depth=self._depth):
            if frame.shot == len(self._shots):
                start, opening = frame.index, OPENINGS[int(state.opening)]
                self._shots.append(
                    Shot(frame.shot, start, start + 1, (0, 0), opening, 0, self._area)
                )
            yield frame

    def shot_at(self, frame: int) -> Shot:
        return self._shots[bisect.bisect_right(self._shots, frame, key=lambda s: s.start) - 1]

    def keeps_color(self, frame: int) -> bool:
        return False

    def keeps_regions(self, frame: int) -> bool:
        return False


def _info(first: np.ndarray) -> VideoInfo:
    depth = _depth(first)
    height, width = first.shape[:2]
    return VideoInfo(
        path=Path("frames"),
        stream_index=0,
        width=width,
        height=height,
        pix_fmt="gray" if depth == 8 else "gray16le",
        tags=ColorTags("bt709", full_range=True, depth=depth),
        time_base=Fraction(1, 25),
        rate=None,
        frame_count=None,
        sample_aspect_ratio=None,
    )


def _depth(frame: np.ndarray) -> int:
    """Bits of a frame that a caller gives.

    Raises:
        ValueError: it is no frame.
    """
    is_array = isinstance(frame, np.ndarray)
    depth = _DEPTHS.get(frame.dtype) if is_array else None
    if (
        depth is None
        or frame.ndim not in (2, 3)
        or frame.shape[2:] not in ((), (3,))
        or not frame.size
    ):
        found = f"{frame.dtype}{frame.shape}" if is_array else type(frame).__name__
        raise ValueError(f"frames are arrays (H, W) or (H, W, 3), uint8 or uint16, not {found}")
    return depth


def _to_frames(frames: Iterable[np.ndarray], info: VideoInfo) -> Iterator[Frame]:
    shape, depth = info.geometry.coded.shape, info.tags.depth
    for index, frame in enumerate(frames):
        if _depth(frame) != depth or frame.shape[:2] != shape:
            raise ValueError(
                f"frame {index} is {frame.dtype}{frame.shape}, the first one {depth} bits, {shape}"
            )
        # a caller may read the next frame into the same memory, and a shot is held here
        luma = color.luma_of_rgb(frame) if frame.ndim == 3 else frame.copy()
        yield Frame(index, index, luma)


def _rgb(item: ColoredFrame, tags: ColorTags) -> np.ndarray:
    top = 2**tags.depth - 1
    rgb = color.planes_to_open_rgb(item.frame.y, item.u, item.v, tags)
    return np.clip(rgb * top + 0.5, 0, top).astype(item.frame.y.dtype)
