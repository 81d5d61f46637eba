"""Single frames of a film in color, quickly: networks and small frames are kept in memory."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch

from .. import color
from ..analysis.film_analysis import FilmAnalysis
from ..film import Film, frames_at
from ..geometry import Area, Size
from ..guidance.drawing import drawn, locks_of
from ..guidance.guidance import Guidance
from ..in_memory import color_still
from ..pipeline import colorize_batches, to_lightness
from ..stages.grid import color_grid
from ..stages.lightness import resize
from ..stages.travel import planes_of
from ..types import Frame, Hints, VideoInfo
from .recent import Recent

if TYPE_CHECKING:
    from ..components import Parts
    from ..config import RunConfig
    from ..guidance.said import Mark

SIDE = 720
"""Short side of the still in pixels; small films are shown as large as they are."""
_FRAME_BYTES, _LOGIT_BYTES = 96 << 20, 64 << 20


@dataclass(frozen=True, slots=True)
class SmallFrame:
    """A frame as large as the page shows it.

    Attributes:
        frame: with 8 bits.
        info: of a film of that size.
        area: where the image is, in its pixels.
    """

    frame: Frame
    info: VideoInfo
    area: Area


class Stills:
    """Colors frames of one film; may be used by several threads.

    Args:
        film: opened.
        config: settings of coloring.
        parts: the networks.
    """

    def __init__(self, film: Film, config: RunConfig, parts: Parts) -> None:
        self._film, self._config, self.parts = film, config, parts
        self._frames: Recent[SmallFrame] = Recent(_FRAME_BYTES, lambda s: s.frame.y.nbytes)
        self._logits: Recent[torch.Tensor] = Recent(
            _LOGIT_BYTES, lambda x: x.element_size() * x.nelement()
        )
        self._reading = Lock()
        geometry = film.info.geometry
        self.side = min(SIDE, min(geometry.working_size(min(geometry.upright))))

    def small(self, number: int, analysis: FilmAnalysis) -> SmallFrame:
        """A frame, not colored.

        Raises:
            MediaError: the film cannot be read.
        """
        key = (number, analysis.shot_at(number).area)
        found = self._frames.get(key)
        if found is None:
            # the disk and the decoder are asked for one thing at a time
            with self._reading:
                found = self._frames.made(key, lambda: self._read(number, analysis))
        return found

    def _read(self, number: int, analysis: FilmAnalysis) -> SmallFrame:
        with closing(frames_at(self._film.path, self._film.settings, analysis, [number])) as found:
            frame = next(found)
        return small_frame(frame, self._film.info, analysis.shot_at(number).area, self.side)

    def before(self, number: int, analysis: FilmAnalysis) -> np.ndarray:
        """A frame in black and white: uint8 RGB `(h, w, 3)`, upright."""
        small = self.small(number, analysis)
        neutral = np.full_like(small.frame.y, 128)
        rgb = color.planes_to_rgb(small.frame.y, neutral, neutral, small.info.tags)
        return small.info.geometry.to_upright(rgb)

    def after(
        self, number: int, analysis: FilmAnalysis, guidance: Guidance, side: int | None = None
    ) -> np.ndarray:
        """A frame in color: uint8 RGB `(h, w, 3)`, upright; `side` = its short side, smaller."""
        small = self.small(number, analysis)
        return color_still(
            small.frame,
            small.info,
            self._config,
            short_side=side or self.side,
            parts=self.parts,
            area=small.area,
            guidance=guidance.part(number, number + 1),
        )

    def joined(
        self, number: int, analysis: FilmAnalysis, chroma: tuple[np.ndarray, np.ndarray]
    ) -> np.ndarray:
        """A frame with chroma planes that are known already, of any size, as the file stores it."""
        small = self.small(number, analysis)
        size = small.frame.y.shape[1::-1]
        u, v = (cv2.resize(p, size, interpolation=cv2.INTER_LINEAR) for p in chroma)
        rgb = color.planes_to_rgb(small.frame.y, u, v, small.info.tags)
        return small.info.geometry.to_upright(rgb)

    def unsure(self, number: int, analysis: FilmAnalysis, guidance: Guidance) -> np.ndarray:
        """What the colorizer's confidence lacks to 1: float32 `(h, w)` in [0, 1], upright."""
        small = self.small(number, analysis)
        (item,) = to_lightness(
            [small.frame], small.info, _one_shot(small), self._work_size(small), self.parts.device
        )
        said = [g for g in guidance.given if g.frame == number]
        if said:
            grid = color_grid((item.L.shape[-2], item.L.shape[-1]))
            planes = planes_of(said[0], grid).to(self.parts.device)
            item = replace(item, hints=Hints(planes[:, :2], planes[:, 4:]))
        (item,) = colorize_batches(
            [item], self.parts.colorizer, 1, takes_hints=self.parts.takes_hints
        )
        assert item.coloring is not None
        return (1 - item.coloring.confidence[0, 0]).clamp(0, 1).cpu().numpy()

    def logits(self, number: int, analysis: FilmAnalysis) -> torch.Tensor | None:
        """What the colorizer says of every color at every place: `(313, h, w)`.

        Of the active area; None where the colorizer has no distribution.
        """
        look = getattr(self.parts.colorizer, "look", None)
        if look is None:
            return None
        small = self.small(number, analysis)

        def make() -> torch.Tensor:
            (item,) = to_lightness(
                [small.frame],
                small.info,
                _one_shot(small),
                self._work_size(small),
                self.parts.device,
            )
            left, top, right, bottom = item.area
            seen = item.L.float()[..., top:bottom, left:right]
            return look(resize(seen, self.parts.colorizer.size))[1][0].to(torch.bfloat16).cpu()

        return self._logits.made((number, small.area), make)

    def lightness_at(self, number: int, analysis: FilmAnalysis, x: float, y: float) -> float:
        """L* of a frame at a place, 0..1 from the left and from the top."""
        small = self.small(number, analysis)
        upright = small.info.geometry.to_upright(small.frame.y)
        row, column = (min(int(v * n), n - 1) for v, n in zip((y, x), upright.shape, strict=True))
        return float(color.lightness(upright[row : row + 1, column : column + 1], small.info.tags))

    def _work_size(self, small: SmallFrame) -> Size:
        return small.info.geometry.working_size(self._config.work_size)


def small_frame(frame: Frame, info: VideoInfo, area: Area, side: int) -> SmallFrame:
    """A frame with 8 bits in square pixels, `side` pixels at its short side."""
    geometry = info.geometry
    size = geometry.before_turning(geometry.working_size(side))
    tags = replace(info.tags, depth=8)
    y = np.asarray(cv2.resize(frame.y, size, interpolation=cv2.INTER_AREA))
    codes = np.right_shift(y, info.tags.depth - 8).astype(np.uint8)
    small_info = replace(
        info, width=size.width, height=size.height, sample_aspect_ratio=None, tags=tags
    )
    return SmallFrame(
        replace(frame, y=codes, chroma=None), small_info, area.scaled(geometry.coded, size)
    )


def own_marks(marks: Sequence[Mark], number: int, film: Film, work_size: int) -> Guidance:
    """What points and strokes of a frame say of it, without what other frames say."""
    mine = [mark for mark in marks if mark.place == number]
    if not mine:
        return Guidance()
    size = film.info.geometry.working_size(work_size)
    locks = [lock for mark in mine for lock in locks_of(mark, number)]
    return Guidance((drawn(mine, number, size),), tuple(locks))


def picture(image: np.ndarray, quality: int = 90) -> bytes:
    """RGB `(h, w, 3)` as the bytes of a JPEG."""
    codes = [cv2.IMWRITE_JPEG_QUALITY, quality]
    return cv2.imencode(".jpg", image[..., ::-1], codes)[1].tobytes()


def shrunk(jpeg: bytes, side: int) -> bytes:
    """A JPEG at a smaller short side."""
    image = np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))
    scale = min(1.0, side / min(image.shape[:2]))
    size = [max(1, round(n * scale)) for n in image.shape[1::-1]]
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    return picture(small[..., ::-1], 85)


def veil(unsure: np.ndarray) -> bytes:
    """How unsure `(h, w)` as a PNG to lay over a still: magenta, transparent where it is sure."""
    h, w = unsure.shape
    rgba = np.zeros((h, w, 4), np.uint8)
    rgba[..., :3] = (255, 0, 220)
    # what is about as sure as usual stays clear
    rgba[..., 3] = 190 * np.clip((unsure - 0.3) / 0.65, 0, 1) ** 1.3
    return cv2.imencode(".png", rgba)[1].tobytes()


def _one_shot(small: SmallFrame) -> FilmAnalysis:
    known = FilmAnalysis.one_shot(small.info, 1, small.frame.index)
    return replace(known, shots=(replace(known.shots[0], area=small.area),))
