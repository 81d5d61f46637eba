"""The heavy half of a studio: the opened film, its networks, and what they say of frames."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

from ..components import build
from ..config import RunConfig
from ..errors import VidcolorError
from ..film import open_film
from ..guidance.color_file import said_by
from ..guidance.guidance import Guidance
from ..told.current_guidance import CurrentGuidance
from ..told.placing import ab_of_rgb
from ..told.told_colors import ToldColors, color_files
from .asking import Asking
from .changes import FILES, KINDS, written
from .kept import KeptImages
from .project import State, told
from .recent import Recent
from .stills import Stills, own_marks, picture, shrunk, veil
from .suggestions import hex_of, suggestions

if TYPE_CHECKING:
    from ..analysis.key_images import KeyImages
    from ..identity.agreement import Agreement

_KEPT = ("before", "after", "thumb")
_THUMB_SIDE = 96
_IMAGE_BYTES = 48 << 20


class Thinking:
    """Answers what needs a film and networks; may be used by several threads.

    Args:
        path: the film.
        config: settings of coloring.
        folder: where what is found of the film is kept.
        kept: images that were made before.
        is_busy: whether a person is waiting for something.
        images: that the analysis kept of key frames.

    Raises:
        VidcolorError: the film cannot be read, or the settings not be met.
    """

    def __init__(
        self,
        path: Path,
        config: RunConfig,
        folder: Path,
        kept: KeptImages,
        is_busy: Callable[[], bool],
        images: KeyImages | None = None,
    ) -> None:
        self.config = config
        self.film = open_film(path, config.film)
        self.parts = build(config)
        self.stills = Stills(self.film, config, self.parts)
        self.asking = Asking(self.film, config, self.parts.device, folder, is_busy, images)
        self._images: Recent[bytes] = Recent(_IMAGE_BYTES, len)
        self._kept = kept
        self._told: dict[tuple[str, bool], Future[tuple[Guidance, Collection[str]]]] = {}
        self._lock = RLock()
        self._telling = ThreadPoolExecutor(1, "telling")
        self._files: ToldColors | None = None
        self._paths: tuple[Path, ...] = ()

    def close(self) -> None:
        """Lets go of the film; work that was begun in the background is waited for."""
        self._telling.shutdown(cancel_futures=True)
        self.film.close()

    def look(self, state: State) -> dict[int, str]:
        """What names all that decides the colors of each shot; changes when they do."""
        ending = "a" if self.asking.agreement(state) is not None else ""
        return {number: mark + ending for number, mark in told(state).items()}

    def image(
        self,
        state: State,
        number: int,
        kind: str,
        chroma: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> tuple[bytes, bool]:
        """A frame as JPEG, or how unsure it is as PNG, and whether that is all that can be said.

        It is not while photographs and points of other shots are still being matched.

        Args:
            state: of the files.
            number: of the frame.
            kind: "before", "after", "thumb" (both in color), or "unsure".
            chroma: of the frame, where its shot was played.

        Raises:
            MediaError: the film cannot be read.
        """
        if kind == "after" and chroma is not None:
            return picture(self.stills.joined(number, state.analysis, chroma)), True
        shot = state.analysis.shot_at(number)
        look = "" if kind == "before" else self.look(state)[shot.number]
        key = (kind, number, shot.area, look)
        known = self._images.get(key)
        if known is None and kind in _KEPT:
            known = self._kept.get(state, kind, number, look)
        if known is not None:
            return self._images.put(key, known), True
        said, is_whole = (None, True) if kind == "before" else self._said_of(state, number)
        still = self._images.get(("after", *key[1:])) if kind == "thumb" and is_whole else None

        def make() -> bytes:
            if kind == "before":
                return picture(self.stills.before(number, state.analysis))
            if still is not None:
                return shrunk(still, _THUMB_SIDE)
            known = said or Guidance()
            if kind == "unsure":
                return veil(self.stills.unsure(number, state.analysis, known))
            side = min(_THUMB_SIDE, self.stills.side) if kind == "thumb" else None
            return picture(self.stills.after(number, state.analysis, known, side))

        if not is_whole:
            # of an earlier state, no more will ever be known
            part = (*key, state.version)
            return self._images.made(part, make), _is_past(state)
        made = self._images.put(key, make())
        if kind == "before" or (kind in _KEPT and said is not None):
            self._kept.put(state, kind, number, look, made)
        return made, True

    def place(self, state: State, number: int, x: float, y: float) -> dict[str, Any]:
        """What the colorizer says of a place: lightness, its color and likely ones."""
        L = self.stills.lightness_at(number, state.analysis, x, y)
        logits = self.stills.logits(number, state.analysis)
        found = []
        if logits is not None:
            small = self.stills.small(number, state.analysis)
            geometry = small.info.geometry
            area = geometry.area_upright(small.area)
            found = suggestions(logits, x, y, area, geometry.upright, L)
        return {"L": round(L, 1), "gray": hex_of(L, 0, 0), "likely": [asdict(s) for s in found]}

    def guidance(self, state: State) -> Guidance:
        """All that the files say; waits until it is known.

        Raises:
            VidcolorError: entries cannot be used, or the film not be read.
        """
        return self._future(state).result()[0]

    def prepare(self, state: State) -> None:
        """Begins to find `guidance`, in the background."""
        if any(state.values.get(kind) for kind in KINDS):
            self._future(state)

    def unlike(self, state: State) -> Collection[str]:
        """Names of photographs that nothing in their shots is like, as far as that is known."""
        with self._lock:
            future = self._told.get(self._key(state))
        if future is None or not future.done() or future.cancelled() or future.exception():
            return ()
        return future.result()[1]

    def _said_of(self, state: State, number: int) -> tuple[Guidance | None, bool]:
        """What is said of a frame, None where it cannot be used, and whether that is all."""
        if not _is_past(state) and _reaches_far(state):
            future = self._future(state)
            if future.done():
                try:
                    return future.result()[0], True
                except VidcolorError:
                    return None, True
        said, _ = said_by(written(state.values), Path("colors.json"), ab_of_rgb)
        own = own_marks(said.marks, number, self.film, self.config.work_size)
        own = replace(own, agreed=self.asking.agreed(state, number))
        return own, not _reaches_far(state)

    def _key(self, state: State) -> tuple[str, bool]:
        return state.version, self.asking.agreement(state) is not None

    def _future(self, state: State) -> Future[tuple[Guidance, Collection[str]]]:
        with self._lock:
            agreement, key = self.asking.agreement(state), self._key(state)
            if key not in self._told:
                while len(self._told) > 3:
                    self._told.pop(next(iter(self._told))).cancel()
                self._told[key] = self._telling.submit(self._tell, state, agreement)
            return self._told[key]

    def _tell(self, state: State, agreement: Agreement | None) -> tuple[Guidance, Collection[str]]:
        # which files there are may have changed since the last time
        paths = color_files(self.film.path, ())
        if self._files is None or paths != self._paths:
            self._paths = paths
            self._files = ToldColors(paths, self.film, self.config.work_size)
        said = CurrentGuidance(self._files, state.analysis, agreement).all
        return said, frozenset(self._files.unlike)

    def unsure_map(self, state: State, number: int) -> np.ndarray:
        """How unsure the colorizer is of each place, told nothing: float32 `(h, w)`."""
        return self.stills.unsure(number, state.analysis, Guidance())


def _is_past(state: State) -> bool:
    """Whether these are not the files as they are; what they say is read from the files alone."""
    return state.version.endswith("-before")


def _reaches_far(state: State) -> bool:
    """Whether anything is said from outside of the frame that it counts for."""
    entries = [e for kind in ("points", "strokes") for e in state.values.get(kind, [])]
    return any(state.values.get(kind) for kind in FILES) or any(
        e.get("scope", "shot") != "shot" or "time" in e for e in entries
    )
