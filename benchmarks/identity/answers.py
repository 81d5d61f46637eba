"""A person who knows the truth answers: the places that are ranked first, or random ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from vidcolor.analysis.film_analysis import FilmAnalysis
from vidcolor.geometry import Size
from vidcolor.guidance.drawing import drawn
from vidcolor.guidance.guidance import GivenColors, Guidance
from vidcolor.guidance.said import Mark
from vidcolor.guidance.wide import WideMark
from vidcolor.identity.agreement import Agreement
from vidcolor.identity.questions import questions

from .films import HEIGHT, WIDTH, CutFilm

COUNTS = (10, 30, 100)
_RADIUS = 0.03
_SEEDS = (1, 2)


def answer_rows(
    film: CutFilm,
    analysis: FilmAnalysis,
    agreement: Agreement,
    error: Callable[[Guidance], float],
) -> dict[str, Any]:
    """Mean error of the film over the number of answers, ranked and random.

    Args:
        film: with its truth.
        analysis: of it.
        agreement: what its shots agree on.
        error: of the film as it is colored with what is said.
    """
    bank = agreement.bank
    ranked = questions(bank, max(COUNTS))
    ranked_places = [(q.frame, q.x, q.y) for q in ranked]
    worth = np.cumsum([q.worth for q in ranked])
    found: dict[str, Any] = {"ranked": {}, "random": {}, "asked": len(ranked), "worth": {}}
    for count in COUNTS:
        if count > len(ranked):
            break
        found["worth"][str(count)] = float(worth[count - 1])
        found["ranked"][str(count)] = error(said(film, analysis, agreement, ranked_places[:count]))
        random = []
        for seed in _SEEDS:
            rng = np.random.default_rng(seed)
            frames = rng.choice(bank.frames, count)
            spots = rng.uniform(0.02, 0.98, (count, 2)).tolist()
            places = [(int(f), x, y) for f, (x, y) in zip(frames, spots, strict=True)]
            random.append(error(said(film, analysis, agreement, places)))
        found["random"][str(count)] = float(np.mean(random))
        print(count, "answers", found["ranked"][str(count)], "random", random, flush=True)
    return found


def said(
    film: CutFilm,
    analysis: FilmAnalysis,
    agreement: Agreement,
    places: Sequence[tuple[int, float, float]],
) -> Guidance:
    """True colors of places, which count in the whole film, as a run takes them."""
    shots = frozenset(shot.number for shot in analysis.shots)
    wide = []
    for number, (frame, x, y) in enumerate(places):
        mark = Mark(f"{number}", frame, ((x, y),), _RADIUS, _truth(film, frame, x, y), scope="film")
        wide.append(WideMark(mark, frame, shots))
    size = Size(WIDTH, HEIGHT)
    given: list[GivenColors] = []
    for frame in sorted({w.frame for w in wide}):
        given.append(drawn([w.mark for w in wide if w.frame == frame], frame, size))
    return Guidance(tuple(given), agreed=agreement.colors(wide))


def _truth(film: CutFilm, frame: int, x: float, y: float) -> tuple[float, float]:
    """The mean true color around a place."""
    ab = film.ab[frame]
    h, w = ab.shape[1:]
    row, column = min(int(y * h), h - 1), min(int(x * w), w - 1)
    around = ab[:, max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
    a, b = around.mean((1, 2))
    return float(a), float(b)
