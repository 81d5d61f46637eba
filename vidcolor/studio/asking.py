"""What the shots of a film have in common: their agreement, and what a person is asked of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, VidcolorError
from ..guidance.color_file import said_by
from ..identity.agreement import Agreement
from ..identity.film_questions import bank_questions
from ..identity.same import same_thing
from ..identity.stored import bank_of
from ..identity.strength import STRENGTHS
from ..told.placing import ab_of_rgb
from .changes import written
from .suggestions import Suggestion, hex_of

if TYPE_CHECKING:
    from ..analysis.key_images import KeyImages
    from ..config import RunConfig
    from ..film import Film
    from ..guidance.guidance import GivenColors
    from ..identity.bank import Bank
    from ..identity.questions import Question
    from .project import State

_MOST = 60
_PATIENCE = 2.0
"""Seconds that a key frame at most waits for a person who is at work."""


class Asking:
    """Compares the shots of a film in the background.

    Args:
        film, config: the film, and how it is colored.
        device: torch's name of the device that looks.
        folder: where what was found is kept.
        is_busy: whether a person is waiting for something.
        images: that the analysis kept of key frames, see `identity.key_frames.images_at`.
    """

    def __init__(
        self,
        film: Film,
        config: RunConfig,
        device: str,
        folder: Path,
        is_busy: Callable[[], bool],
        images: KeyImages | None = None,
    ) -> None:
        self._images = images
        self._film, self._config, self._device = film, config, device
        self._folder, self._is_busy = folder, is_busy
        self._lock = threading.Lock()
        self._at: str | None = None
        self._bank: Bank | None = None
        self._agreed: tuple[GivenColors, ...] = ()
        self._asked: tuple[str, list[dict[str, Any]]] | None = None

    def begin(self, state: State) -> None:
        """Compares the shots of an analysis, unless that is done or under way."""
        analysis = state.analysis.color_hash()
        with self._lock:
            if self._at == analysis:
                return
            self._at, self._bank, self._agreed = analysis, None, ()
        threading.Thread(target=self._look, args=(state, analysis), daemon=True).start()

    def is_known(self, state: State) -> bool:
        """Whether the shots of an analysis were compared."""
        return self._bank_of(state) is not None

    def agreement(self, state: State) -> Agreement | None:
        """What the shots agree on; None = not known yet, or not asked for."""
        bank, strength = self._bank_of(state), STRENGTHS[self._config.identity]
        return None if bank is None or strength is None else Agreement(bank, strength)

    def agreed(self, state: State, frame: int) -> tuple[GivenColors, ...]:
        """What they agree on for a frame, whatever a person said."""
        if self._bank_of(state) is None:
            return ()
        return tuple(g for g in self._agreed if g.frame == frame)

    def questions(self, state: State) -> list[dict[str, Any]] | None:
        """What is worth a person's minute, most first; None = not known yet."""
        bank = self._bank_of(state)
        if bank is None:
            return None
        if self._asked is None or self._asked[0] != state.version:
            said, _ = said_by(written(state.values), Path("colors.json"), ab_of_rgb)
            answers = [(m.place, m) for m in said.marks if isinstance(m.place, int)]
            found = bank_questions(bank, _MOST, answers)
            self._asked = state.version, [_values(question) for question in found]
        return self._asked[1]

    def same(self, state: State, frame: int, x: float, y: float) -> list[int] | None:
        """Shots in which the thing at a place was found; None = not known of that place."""
        bank = self._bank_of(state)
        if bank is None:
            return None
        try:
            found = same_thing(bank, state.analysis, frame, x, y)
        except ConfigError:
            return None
        return sorted({thing.shot for thing in found})

    def _bank_of(self, state: State) -> Bank | None:
        if self._bank is None or self._at != state.analysis.color_hash():
            return None
        return self._bank

    def _look(self, state: State, analysis: str) -> None:
        def wait(done: int, total: int | None) -> None:
            end = time.monotonic() + _PATIENCE
            while self._is_busy() and time.monotonic() < end:
                time.sleep(0.05)

        try:
            bank = bank_of(
                self._film,
                state.analysis,
                self._config,
                self._device,
                folder=self._folder,
                progress=wait,
                least_shots=1,
                images=self._images,
            )
        except VidcolorError:
            # a help: without it, shots are colored each by itself
            return
        strength = STRENGTHS[self._config.identity]
        agreed: tuple[GivenColors, ...] = ()
        if bank is not None and strength is not None and len(set(bank.shots.tolist())) > 1:
            agreed = Agreement(bank, strength).colors()
        with self._lock:
            if self._at == analysis:
                self._bank, self._agreed = bank, agreed
                # after a change of cuts, other frames are looked at
                self._images = None


def _values(question: Question) -> dict[str, Any]:
    L = question.lightness
    likely = [Suggestion(hex_of(L, a, b), (a, b), chance) for a, b, chance in question.colors]
    return asdict(question) | {"L": L, "likely": [asdict(found) for found in likely]}
