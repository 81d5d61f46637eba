"""Frames to look at: large ones to compare with a slider, a small one of every shot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..geometry import Size
from ..types import VideoInfo
from .downscale import to_gray_image, to_image
from .images import EncodedImage, encode
from .lockstep import FrameSet
from .measure import Cast

_STRIDE = 12
_KEPT = 8
_THUMBS = 400


@dataclass(frozen=True, slots=True)
class View:
    """One frame of all films.

    Attributes:
        index, seconds: of the frame.
        gray: its luma alone, the source's where it is given.
        colored: as each film shows it.
        truth: in true colors, None where there are none.
    """

    index: int
    seconds: float
    gray: EncodedImage
    colored: tuple[EncodedImage, ...]
    truth: EncodedImage | None


class Views:
    """Keeps a few frames spread evenly over a film of unknown length.

    Args:
        infos: of all films read in lockstep.
        cast: who is who.
        size: of the images.
    """

    def __init__(self, infos: Sequence[VideoInfo], cast: Cast, size: Size) -> None:
        self._infos, self._cast, self._size = infos, cast, size
        self._stride = _STRIDE
        self._found: list[View] = []

    def add(self, frame_set: FrameSet) -> None:
        """Looks at the next frame."""
        if frame_set.index % self._stride:
            return
        self._found.append(self._view(frame_set))
        if len(self._found) > _KEPT:
            self._found = self._found[::2]
            self._stride *= 2

    def chosen(self, count: int) -> list[View]:
        """At most `count` of them, spread evenly."""
        last = len(self._found) - 1
        if last < count:
            return self._found
        picks = sorted({round(i * last / (count - 1)) for i in range(count)})
        return [self._found[i] for i in picks]

    def _view(self, frame_set: FrameSet) -> View:
        cast, luma_of = self._cast, self._cast.luma_of
        pairs = list(zip(frame_set.frames, self._infos, strict=True))
        return View(
            index=frame_set.index,
            seconds=frame_set.seconds,
            gray=encode(to_gray_image(*pairs[luma_of], self._size)),
            colored=tuple(encode(to_image(*p, self._size)) for p in pairs[: cast.colored]),
            truth=None if cast.truth is None else encode(to_image(*pairs[cast.truth], self._size)),
        )


class Thumbs:
    """Keeps one small image of every shot, from somewhere in its middle, of the first film.

    Args:
        info: of the film.
        size: of the images.
    """

    def __init__(self, info: VideoInfo, size: Size) -> None:
        self._info, self._size = info, size
        self.found: dict[int, EncodedImage] = {}

    def add(self, frame_set: FrameSet) -> None:
        """Looks at the next frame: the last one taken lies in the middle third of its shot."""
        if frame_set.shot >= _THUMBS or not _is_turn(frame_set.place):
            return
        picture = to_image(frame_set.frames[0], self._info, self._size)
        self.found[frame_set.shot] = encode(picture, quality=70)


def _is_turn(place: int) -> bool:
    """0, 4, 8, 16, 32, ...: each about as far from the beginning as from the next."""
    return place == 0 or (place >= 4 and place & (place - 1) == 0)
