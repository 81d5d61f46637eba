"""What `vidcolor stills` says of a whole film without writing stills."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..components import choose_device
from ..errors import ConfigError
from ..film import open_film
from ..identity.film_questions import bank_questions, write_questions
from ..identity.key_frames import images_at
from ..identity.questions import Question
from ..identity.same import SameThing, same_thing
from ..identity.stored import bank_of
from ..known_film import given_analysis

if TYPE_CHECKING:
    from ..config import RunConfig
    from ..types import Progress


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a frame: `frame` is its number, `x` and `y` are 0..1 in the upright image."""

    frame: int
    x: float
    y: float

    @classmethod
    def parse(cls, text: str) -> Place:
        """From `120,0.42,0.61`.

        Raises:
            ConfigError: it is not so written.
        """
        try:
            frame, x, y = text.split(",")
            place = cls(int(frame), float(x), float(y))
        except ValueError:
            place = None
        if place is None or place.frame < 0 or not (0 <= place.x <= 1 and 0 <= place.y <= 1):
            raise ConfigError(
                f"--same-as {text}: not FRAME,X,Y",
                hint="such as 120,0.42,0.61: x and y from the left and the top, 0 to 1",
            )
        return place


@dataclass(frozen=True, slots=True)
class Asked:
    """What was found.

    Attributes:
        same: shots in which the thing at a place was found.
        questions: places that are worth most to be told, the most first.
        file: where these were written, None = nowhere.
    """

    same: tuple[SameThing, ...] = ()
    questions: tuple[Question, ...] = ()
    file: Path | None = None


def ask(
    source: Path,
    folder: Path,
    config: RunConfig,
    *,
    same_as: Place | None = None,
    questions: int = 0,
    analysis: Path | None = None,
    progress: Progress | None = None,
    analysis_progress: Progress | None = None,
) -> Asked:
    """Compares a film's key frames, and says what was asked for.

    Args:
        source: the film.
        folder: where `questions.json` is written.
        config: settings of coloring.
        same_as: a place; its thing is looked for in all other shots.
        questions: places to be ranked at most; 0 = none, and nothing is written.
        analysis: a JSON file of one; None = made by a pass over the film.
        progress: called after every key frame.
        analysis_progress: called after every analyzed frame.

    Raises:
        ConfigError: nothing was looked at in that place.
        MediaError: `source` cannot be read or `folder` not be written to.
    """
    with open_film(source, config.film) as film:
        images = images_at(film, config.work_size)
        if analysis is None:
            known = film.analyze(analysis_progress, images)
        else:
            known = given_analysis(film, analysis)
        device = choose_device(config.device)
        bank = bank_of(film, known, config, device, progress=progress, least_shots=1, images=images)
    if bank is None:
        return Asked()
    same: tuple[SameThing, ...] = ()
    if same_as is not None:
        same = tuple(same_thing(bank, known, same_as.frame, same_as.x, same_as.y))
    if not questions:
        return Asked(same)
    ranked = bank_questions(bank, questions)
    return Asked(same, tuple(ranked), write_questions(ranked, folder))
