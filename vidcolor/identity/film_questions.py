"""The ranked list of questions about a film, for a page or a program that asks them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from ..errors import MediaError
from ..files import write_whole
from .questions import Question, questions
from .words import regions_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from ..guidance.said import Mark
    from .bank import Bank


NAME = "questions.json"


def bank_questions(
    bank: Bank, most: int = 100, answers: Iterable[tuple[int, Mark]] = ()
) -> list[Question]:
    """What is worth a person's minute in a film, most first: at once, so after every answer.

    Args:
        bank: of the film.
        most: places at most.
        answers: points and strokes that were given already, each with its frame.
    """
    answered = {r for frame, mark in answers for r in regions_of(mark, frame, bank)}
    return questions(bank, most, tuple(sorted(answered)))


def write_questions(asked: Sequence[Question], folder: Path) -> Path:
    """Writes them as JSON into a folder: an object with `questions`, the most worth first.

    Raises:
        MediaError: the file cannot be written.
    """
    path = folder / NAME
    values = {"questions": [asdict(q) for q in asked]}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, (json.dumps(values, indent=1) + "\n").encode())
    except OSError as err:
        raise MediaError(f"{path}: cannot be written ({err.strerror})") from err
    return path


def question_text(asked: Question) -> str:
    """One line for people."""
    a, b, chance = asked.colors[0]
    shots = len(asked.shots)
    return (
        f"worth asking: frame {asked.frame} at {asked.x:.2f}, {asked.y:.2f} (shot {asked.shot}, "
        f"seen in {shots} shot{'s' * (shots != 1)}): {100 * asked.worth:.1f} % of what is unsure; "
        f"likeliest a* {a:.0f}, b* {b:.0f} ({100 * chance:.0f} %)"
    )
