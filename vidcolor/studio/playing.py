"""A shot in color at preview size, frame after frame as they come, and kept for a while."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .. import color
from ..analysis.film_analysis import FilmAnalysis
from ..errors import VidcolorError
from ..film import read_range
from ..pipeline import color_frames
from .project import told
from .recent import Recent
from .stills import picture, small_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..analysis.shot import Shot
    from ..types import Frame
    from .project import State
    from .thinking import Thinking

_SIDE = 240
_MOST_BYTES = 96 << 20


@dataclass
class Played:
    """A shot that is being colored, or was.

    Attributes:
        start: number of its first frame.
        frames: JPEGs of those that are there, in order.
        total: how many there will be.
        problem: why it ended early, None = it did not.
    """

    start: int
    total: int
    frames: list[bytes] = field(default_factory=list)
    problem: str | None = None
    is_stopped: bool = False


class Playing:
    """Colors shots to be played, one at a time: who asks for another lets go of the one before.

    Args:
        thinking: the film and its networks.
    """

    def __init__(self, thinking: Thinking) -> None:
        self._thinking = thinking
        self._kept: Recent[Played] = Recent(_MOST_BYTES, lambda p: 16_000 * p.total)
        self._now: Played | None = None
        self._lock = threading.Lock()

    def shot(self, state: State, number: int) -> Played:
        """A shot with its present colors; begins to color it where that was not done."""
        key = (number, told(state)[number])
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
                first = small_frame(next(source), film.info, shot.area, side)
                info = first.info
                known = FilmAnalysis.one_shot(info, shot.end - shot.start, shot.start)
                known = replace(known, shots=(replace(known.shots[0], area=first.area),))

                def frames() -> Iterator[Frame]:
                    yield first.frame
                    for frame in source:
                        if played.is_stopped:
                            return
                        yield small_frame(frame, film.info, shot.area, side).frame

                colored = color_frames(
                    frames(), info, known, info.tags, info.geometry.coded, thinking.parts, config,
                    guidance=said,
                )  # fmt: skip
                with closing(colored):
                    for item in colored:
                        if played.is_stopped:
                            return
                        rgb = color.planes_to_rgb(item.frame.y, item.u, item.v, info.tags)
                        played.frames.append(picture(info.geometry.to_upright(rgb), 85))
        except (VidcolorError, StopIteration) as err:
            played.problem = str(err) or "the film ends before this shot"
