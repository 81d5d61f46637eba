"""A shot in color at preview size, frame after frame as they come, and kept for a while.

The colors of a frame depend on the whole shot. Until it was seen there is a first look at each
frame (`first_look`); then the final ones take their places.
"""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

import cv2
import numpy as np

from .. import color
from ..analysis.film_analysis import FilmAnalysis
from ..errors import VidcolorError
from ..film import read_range
from ..pipeline import color_frames
from ..stages.chroma import to_chroma
from ..types import ShotRefiner
from .first_look import first_look
from .recent import Recent
from .stills import picture, small_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..analysis.shot import Shot
    from ..guidance.guidance import Guidance
    from ..stages.values import ColoredFrame, WorkFrame
    from ..types import Frame, VideoInfo
    from .project import State
    from .thinking import Thinking

_SIDE = 240
# JPEG and chroma of a frame.
_MOST_BYTES, _FRAME_BYTES = 128 << 20, 72_000


@dataclass
class Played:
    """A shot that is being colored, or was.

    Attributes:
        start: number of its first frame.
        total: how many there will be.
        looked: how many were read.
        first: JPEGs of a first look, in order; none any more when all final ones are there.
        frames: JPEGs in their final colors, in order.
        chroma: their chroma planes as the file stores them, uint8 `(h, w)` each, half as large.
        problem: why it ended early, None = it did not.
    """

    start: int
    total: int
    looked: int = 0
    first: list[bytes] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)
    chroma: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    problem: str | None = None
    is_stopped: bool = False

    @property
    def there(self) -> int:
        """How many frames can be shown."""
        return max(len(self.first), len(self.frames))

    def image(self, place: int) -> tuple[bytes, bool] | None:
        """A frame, from 0, and whether its colors are final; None = it is not there yet."""
        for images, is_final in ((self.frames, True), (self.first, False)):
            if 0 <= place < len(images):
                return images[place], is_final
        return None


class Playing:
    """Colors shots to be played, one at a time: who asks for another lets go of the one before.

    Args:
        thinking: the film and its networks.
    """

    def __init__(self, thinking: Thinking) -> None:
        self._thinking = thinking
        self._kept: Recent[Played] = Recent(_MOST_BYTES, lambda p: _FRAME_BYTES * p.total)
        self._now: Played | None = None
        self._lock = threading.Lock()

    def shot(self, state: State, number: int) -> Played:
        """A shot with its present colors; begins to color it where that was not done."""
        key = (number, self._thinking.look(state)[number])
        with self._lock:
            found = self._kept.get(key)
            if found is not None and not found.is_stopped and found.problem is None:
                return found
            if self._now is not None:
                self._now.is_stopped = True
            shot = state.analysis.shots[number]
            found = Played(shot.start, shot.end - shot.start)
            self._now = self._kept.put(key, found)
        threading.Thread(target=self._color, args=(state, shot, found), daemon=True).start()
        return found

    def chroma(self, state: State, frame: int) -> tuple[np.ndarray, np.ndarray] | None:
        """Chroma of a frame of a shot that was played with its present colors, else None."""
        shot = state.analysis.shot_at(frame)
        found = self._kept.get((shot.number, self._thinking.look(state)[shot.number]))
        place = frame - shot.start
        return None if found is None or place >= len(found.chroma) else found.chroma[place]

    def stop(self) -> None:
        """Lets go of the shot in work."""
        if self._now is not None:
            self._now.is_stopped = True

    def _color(self, state: State, shot: Shot, played: Played) -> None:
        thinking = self._thinking
        film, config = thinking.film, thinking.config
        side = min(_SIDE, thinking.stills.side)
        try:
            said = thinking.guidance(state).part(shot.start, shot.end)
            with read_range(
                film.path, film.settings, state.analysis, shot.start, shot.end
            ) as source:
                opening = next(source)
                first = small_frame(opening, film.info, shot.area, side)
                info = first.info
                known = FilmAnalysis.one_shot(info, shot.end - shot.start, shot.start)
                known = replace(known, shots=(replace(known.shots[0], area=first.area),))

                waiting: dict[int, Frame] = {}
                look = self._first(played, info, waiting, said)

                def frames() -> Iterator[Frame]:
                    for played.looked, frame in enumerate(chain([opening], source), start=1):
                        if played.is_stopped:
                            return
                        small = small_frame(frame, film.info, shot.area, side).frame
                        if look is not None:
                            waiting[small.index] = small
                        yield small

                colored = color_frames(
                    frames(), info, known, info.tags, info.geometry.coded, thinking.parts, config,
                    guidance=said, on_moved=look,
                )  # fmt: skip
                with closing(colored):
                    for item in colored:
                        if played.is_stopped:
                            return
                        played.chroma.append((_half(item.u), _half(item.v)))
                        played.frames.append(_shown(item, info))
            played.first = []
        except (VidcolorError, StopIteration) as err:
            played.problem = str(err) or "the film ends before this shot"

    def _first(
        self, played: Played, info: VideoInfo, waiting: dict[int, Frame], said: Guidance
    ) -> Callable[[WorkFrame], None] | None:
        """Adds a first look at every frame; None where frames are final as they come."""
        parts, strength = self._thinking.parts, self._thinking.config.strength
        if not isinstance(parts.refiner, ShotRefiner):
            return None
        look = first_look(parts, parts.refiner, said.given, strength)

        def add(item: WorkFrame) -> None:
            frame = waiting.pop(item.index)
            found = to_chroma([frame], [look(item)], info, info.tags, info.geometry.coded)
            played.first.extend(_shown(colored, info) for colored in found)

        return add


def _shown(item: ColoredFrame, info: VideoInfo) -> bytes:
    rgb = color.planes_to_rgb(item.frame.y, item.u, item.v, info.tags)
    return picture(info.geometry.to_upright(rgb), 85)


def _half(plane: np.ndarray) -> np.ndarray:
    size = max(1, plane.shape[1] // 2), max(1, plane.shape[0] // 2)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA))
