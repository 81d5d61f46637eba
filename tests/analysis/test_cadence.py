"""Rhythm of films whose rhythm is known."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from tests.old_films import scene, telecined, woven
from vidcolor.analysis.cadence import Rhythm, compare, rhythm, shrink


def film(count: int, step: float = 1.0, seed: int = 4) -> list[np.ndarray]:
    return [scene(seed, step * i) for i in range(count)]


def found(pictures: list[np.ndarray], noise: float = 0.6, stretches: int = 2) -> Rhythm:
    rng = np.random.default_rng(0)
    lines = [
        shrink(np.clip(16 + 219 * p + rng.normal(0, noise, p.shape), 0, 255).astype(np.uint8), 8)
        for p in pictures
    ]
    size = len(lines) // stretches
    bursts = [lines[i * size : (i + 1) * size] for i in range(stretches)]
    return rhythm([[compare(a, b) for a, b in pairwise(x)] for x in bursts])


@pytest.mark.parametrize("order", ["tff", "bff"])
@pytest.mark.parametrize("speed", [0.3, 1.0, 2.5])
def test_order_of_fields_is_measured(order: str, speed: float) -> None:
    result = found([woven(lambda t: scene(4, speed * t), i, order) for i in range(24)])
    assert result.order == order
    assert result.combed > 0.8
    assert not result.pulldown


@pytest.mark.parametrize("speed", [0.0, 0.3, 1.0, 2.5])
def test_progressive_film_is_not_combed(speed: float) -> None:
    result = found(film(24, speed))
    assert result.order == "progressive"
    assert result.combed < 0.05
    assert result.period is None
    assert not result.pulldown


@pytest.mark.parametrize("phase", range(5))
def test_pulldown_is_found_at_every_phase(phase: int) -> None:
    result = found(telecined(film(48))[phase:], stretches=2)
    assert result.pulldown
    assert result.film_rate(Fraction(30000, 1001)) == Fraction(24000, 1001)


@pytest.mark.parametrize(
    ("pattern", "period", "repeats", "rate", "silent"),
    [
        ((1, 2), 3, 1, 24, 16),
        ((2,), 2, 1, 24, 12),
        ((1, 1, 2), 4, 1, 24, 18),
        ((1, 1, 1, 2), 5, 1, 30, 24),
        ((3,), 3, 2, 24, 8),
        ((1, 2, 2), 5, 2, 30, 18),
    ],
)
def test_repeated_frames_of_silent_film(
    pattern: tuple[int, ...], period: int, repeats: int, rate: int, silent: int
) -> None:
    pictures = [p for i, p in enumerate(film(40)) for _ in range(pattern[i % len(pattern)])]
    result = found(pictures[:48])
    assert (result.period, result.repeats) == (period, repeats)
    assert result.film_rate(Fraction(rate)) == silent
    assert result.repeated == pytest.approx(repeats / period, abs=0.06)


def test_stillness_is_not_repetition() -> None:
    assert found(film(24, 0.0), noise=0).repeated is None
    assert found(film(24, 0.0)).repeated == 0, "grain is never the same twice"


@pytest.mark.parametrize("height", [1, 2, 3])
def test_pictures_of_few_lines_tell_nothing(height: int) -> None:
    lines = [shrink(np.full((height, 8), 40 * i, np.uint8), 8) for i in range(6)]
    result = rhythm([[compare(a, b) for a, b in pairwise(lines)]])
    assert (result.judged, result.order, result.repeated) == (0, "progressive", None)
