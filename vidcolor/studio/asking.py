"""What a person is asked: the film's questions, found in the background and as long as it takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..errors import VidcolorError
from ..identity.questions import questions
from ..identity.stored import bank_of
from .project import State, placed
from .suggestions import Suggestion, hex_of

if TYPE_CHECKING:
    from pathlib import Path

    from ..identity.bank import Bank
    from .thinking import Thinking

_MOST = 60
_PATIENCE = 2.0
"""Seconds that a key frame at most waits for a person who is at work."""


class Asking:
    """Questions about a film: places whose color would settle most, in all shots together.

    Args:
        thinking: the film and its networks.
        folder: where what was found of the film is kept.
        is_busy: whether a person is waiting for something.
    """

    def __init__(self, thinking: Thinking, folder: Path, is_busy: Callable[[], bool]) -> None:
        self._thinking, self._folder, self._is_busy = thinking, folder, is_busy
        self._lock = threading.Lock()
        self._at: str | None = None
        self._bank: Bank | None = None
        self._told: tuple[str, list[dict[str, Any]]] | None = None

    def of(self, state: State) -> list[dict[str, Any]] | None:
        """The questions that are worth most; None = not known yet, or a film of one shot."""
        analysis = state.analysis.color_hash()
        with self._lock:
            if self._at != analysis:
                self._at, self._bank = analysis, None
                threading.Thread(target=self._look, args=(state, analysis), daemon=True).start()
            bank = self._bank
        if bank is None:
            return None
        if self._told is None or self._told[0] != state.version:
            self._told = state.version, _asked(bank, state)
        return self._told[1]

    def _look(self, state: State, analysis: str) -> None:
        thinking = self._thinking

        def show(done: int, total: int | None) -> None:
            end = time.monotonic() + _PATIENCE
            while self._is_busy() and time.monotonic() < end:
                time.sleep(0.05)

        try:
            bank = bank_of(
                thinking.film,
                state.analysis,
                thinking.config,
                thinking.parts.device,
                folder=self._folder,
                progress=show,
            )
        except VidcolorError:
            # questions are a help: without them, the places of the survey are asked for
            return
        with self._lock:
            if self._at == analysis:
                self._bank = bank


def _asked(bank: Bank, state: State) -> list[dict[str, Any]]:
    known = []
    for item in placed(state):
        entry = item["entry"]
        places = entry.get("line") or ([[entry["x"], entry["y"]]] if "x" in entry else [])
        for x, y in places:
            region = None if item["at"] is None else bank.region_at(item["at"], x, y)
            if region is not None:
                known.append(region)
    found = []
    for question in questions(bank, _MOST, tuple(known)):
        L = question.lightness
        likely = [Suggestion(hex_of(L, a, b), (a, b), chance) for a, b, chance in question.colors]
        found.append(
            {
                "shot": question.shot,
                "frame": question.frame,
                "x": question.x,
                "y": question.y,
                "worth": question.worth,
                "shots": list(question.shots),
                "L": L,
                "likely": [asdict(s) for s in likely],
            }
        )
    return found
