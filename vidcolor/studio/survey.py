"""How unsure the colorizer is of every shot, found in the background and kept in a file."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from ..errors import VidcolorError
from ..files import write_whole

if TYPE_CHECKING:
    from ..analysis.film_analysis import FilmAnalysis
    from ..analysis.shot import Shot
    from .project import State
    from .thinking import Thinking

_PLACE = 0.08
"""A question is about a place of about so many short sides."""
QUIET, _LONG = 0.25, 1.5
"""Seconds without a request before the next shot is looked at, and before what is needed when a
shot is played is found."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found of a shot.

    Attributes:
        frame: that was looked at.
        unsure: mean over the image, 0 = sure, 1 = it bets.
        x, y: the place it is least sure of, 0..1 from the left and from the top.
        there: how unsure it is there.
    """

    frame: int
    unsure: float
    x: float
    y: float
    there: float


class Survey:
    """Looks at a frame of every shot.

    Args:
        path: file of what was found earlier.
        model: name of the colorizer; what another one found does not count.
        is_busy: seconds since the last request, so that people come first.
    """

    def __init__(self, path: Path, model: str, idle: Callable[[], float]) -> None:
        self._path, self._model, self._idle = path, model, idle
        self._found: dict[str, Seen] = {}
        self._stop = threading.Event()
        self._read()

    def stop(self) -> None:
        """Ends `run` after the shot it is at."""
        self._stop.set()

    def of(self, analysis: FilmAnalysis) -> list[dict[str, Any] | None]:
        """What is known of every shot, None = nothing yet."""
        found = (self._found.get(_key(shot)) for shot in analysis.shots)
        return [None if seen is None else asdict(seen) for seen in found]

    def run(self, thinking: Thinking, state: Callable[[], State]) -> None:
        """Looks at all shots that are not known, the film's first ones first; returns when asked.

        When all are known, they are compared with each other. A film that cannot be read ends it.
        """
        while not self._stop.is_set():
            now = state()
            missing = [s for s in now.analysis.shots if _key(s) not in self._found]
            if not missing:
                thinking.asking.begin(now)
                if self._idle() > _LONG:
                    thinking.prepare(now)
                self._stop.wait(1)
                continue
            try:
                self._found[_key(missing[0])] = _seen(thinking, now, missing[0])
            except VidcolorError:
                return
            if len(missing) == 1 or len(self._found) % 16 == 0:
                self._write()
            while self._idle() < QUIET and not self._stop.is_set():
                self._stop.wait(0.05)

    def _read(self) -> None:
        try:
            values = json.loads(self._path.read_bytes())
            if values["model"] == self._model:
                self._found = {key: Seen(**seen) for key, seen in values["shots"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self._found = {}

    def _write(self) -> None:
        shots: Mapping[str, Any] = {key: asdict(seen) for key, seen in self._found.items()}
        text = json.dumps({"model": self._model, "shots": shots})
        try:
            write_whole(self._path, text.encode())
        except OSError:
            # a cache: it is found again
            return


def _seen(thinking: Thinking, state: State, shot: Shot) -> Seen:
    frame = shot.key_frames[0].frame if shot.key_frames else (shot.start + shot.end) // 2
    unsure = thinking.unsure_map(state, frame)
    h, w = unsure.shape
    side = max(3, round(min(h, w) * _PLACE) | 1)
    # nothing is asked about the edge, where images of old film are worn
    smooth = cv2.blur(unsure, (side, side))
    edge = max(1, round(min(h, w) * _PLACE))
    inner = np.zeros_like(smooth)
    inner[edge:-edge, edge:-edge] = smooth[edge:-edge, edge:-edge]
    row, column = (int(n) for n in np.unravel_index(int(inner.argmax()), inner.shape))
    return Seen(
        frame,
        round(float(unsure.mean()), 4),
        round((column + 0.5) / w, 4),
        round((row + 0.5) / h, 4),
        round(float(inner[row, column]), 4),
    )


def _key(shot: Shot) -> str:
    return f"{shot.start}-{shot.end}"
