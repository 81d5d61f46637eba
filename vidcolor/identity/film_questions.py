"""The ranked list of questions about a film, for a page or a program that asks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .agreement import regions_of
from .questions import Question, questions
from .stored import bank_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ..analysis.film_analysis import FilmAnalysis
    from ..config import RunConfig
    from ..film import Film
    from ..guidance.said import Mark
    from ..types import Progress
    from .bank import Bank


def film_questions(
    film: Film,
    analysis: FilmAnalysis,
    config: RunConfig,
    *,
    most: int = 100,
    answers: Iterable[tuple[int, Mark]] = (),
    device: str = "cpu",
    folder: Path | None = None,
    progress: Progress | None = None,
) -> list[Question]:
    """What is worth a person's minute in a film, most first.

    Looks at all key frames once, or takes what an earlier call or run has kept in `folder`.

    Args:
        film, analysis, config: the film, and how it is colored.
        most: places at most.
        answers: points and strokes that were given already, each with its frame.
        device: torch's name of the device that looks.
        folder: where the bank is kept, such as `segments.work_folder(output)`; None = nowhere.
        progress: called after every key frame that is looked at.

    Raises:
        MediaError: the film cannot be read, or the bank not be written.
    """
    bank = bank_of(film, analysis, config, device, folder=folder, progress=progress, least_shots=1)
    return [] if bank is None else bank_questions(bank, most, answers)


def bank_questions(
    bank: Bank, most: int = 100, answers: Iterable[tuple[int, Mark]] = ()
) -> list[Question]:
    """The same of a bank that the caller keeps: quick enough to be asked after every answer."""
    answered = {r for frame, mark in answers for r in regions_of(mark, frame, bank)}
    return questions(bank, most, tuple(sorted(answered)))
