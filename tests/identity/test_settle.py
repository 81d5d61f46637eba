"""Sure ones decide, unsure ones follow, a person's word stands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vidcolor.guidance.guidance import GivenColors
from vidcolor.guidance.said import Mark
from vidcolor.guidance.wide import WideMark, WideStill
from vidcolor.identity.agreement import Agreement
from vidcolor.identity.bank import Bank
from vidcolor.identity.film_questions import bank_questions
from vidcolor.identity.questions import questions, unsureness
from vidcolor.identity.settle import settle
from vidcolor.identity.strength import Strength
from vidcolor.identity.words import words_of

RED, GREEN = (40.0, 20.0), (-30.0, 30.0)


def small_bank(
    colors: list[tuple[float, float]],
    confidence: list[float],
    links: list[tuple[int, int]],
    alike: list[tuple[int, int]] = [],  # noqa: B006
) -> Bank:
    """Key frames of one region each, every one a shot of its own, all of one place."""
    n = len(colors)
    ones = np.ones((n, 1))
    means = np.hstack((np.array(colors), 50 * ones, np.array(confidence)[:, None], ones))
    likeliest = np.zeros((n, 5, 3), np.float32)
    likeliest[:, 0], likeliest[:, 1] = (30, 0, 0.5), (-30, 0, 0.5)
    return Bank(
        mark="",
        frames=np.arange(n, dtype=np.int32) * 10,
        shots=np.arange(n, dtype=np.int32),
        seconds=np.ones(n, np.float32),
        boxes=np.tile(np.array([0, 0, 1, 1], np.float32), (n, 1)),
        grids=np.full((n, 2), 4, np.int32),
        cells=np.zeros(16 * n, np.uint8),
        cell_ab=np.repeat(np.array(colors, np.float16).T, 16, axis=1),
        first=np.arange(n + 1, dtype=np.int32),
        means=means.astype(np.float32),
        unsure=np.full(n, 0.5, np.float32),
        likeliest=likeliest,
        places=np.full((n, 2), 0.5, np.float32),
        links=np.array(links, np.int32).reshape(-1, 2),
        sure=np.ones(len(links), np.float32),
        alike=np.array(alike, np.int32).reshape(-1, 2),
        alike_sure=np.ones(len(alike), np.float32),
        settings=np.arange(n, dtype=np.int32),
    )


def test_sure_ones_decide_and_only_where_there_is_a_link() -> None:
    bank = small_bank([RED, GREEN, GREEN], [0.95, 0.1, 0.1], [(0, 1)])
    found = settle(bank, 6.0, {})
    apart = np.linalg.norm(np.array(RED) - GREEN)
    assert np.linalg.norm(found.ab[1] - RED) < 0.3 * apart
    assert np.linalg.norm(found.ab[0] - RED) < 0.3 * apart
    assert found.ab[2] == pytest.approx(GREEN, abs=0.01)
    assert not found.told.any()


def test_a_word_stands_and_goes_where_it_is_meant() -> None:
    bank = small_bank([RED] * 4, [0.9] * 4, [(0, 1), (0, 2)])
    found = settle(bank, 6.0, {0: (5.0, -60.0)})
    assert found.ab[0] == pytest.approx((5.0, -60.0))
    assert np.linalg.norm(found.ab[1] - (5.0, -60.0)) < 15
    assert found.ab[3] == pytest.approx(RED, abs=0.01)
    assert found.told[0] == 1
    assert found.told[1] > 0.8
    assert found.told[3] == 0
    mark = Mark("a", 0, ((0.5, 0.5),), 0.02, (5.0, -60.0), scope=(1,))
    told = Agreement(bank, Strength(6.0, 0.9)).colors([WideMark(mark, 0, frozenset({1}))])
    blue = {g.frame: bool((g.ab[1] < -30).all()) for g in told}
    # key frame 20 shows the same, but its shot was not named
    assert blue == {0: True, 10: True, 20: False}


def test_what_is_repainted_of_a_still_is_a_word_for_its_regions() -> None:
    bank = small_bank([RED] * 3, [0.9] * 3, [(0, 1)])
    ab = np.full((2, 16, 32), 50.0, np.float32)
    weight = np.zeros((16, 32), np.float32)
    ab[:, :, 10:] = np.array((5.0, -60.0))[:, None, None]
    weight[:, 10:] = 1
    still = WideStill("a", GivenColors(0, ab, weight), frozenset({1, 2}))
    (word,) = words_of(still, bank).items()
    assert word[0] == 0
    assert word[1] == pytest.approx((5.0, -60.0))
    told = {g.frame: g for g in Agreement(bank, Strength(6.0, 0.9)).colors([still])}
    assert (told[10].ab[1] < -30).all()
    assert 20 not in told
    # less than half of the region is repainted
    assert not words_of(replace(still, colors=GivenColors(0, ab, 1 - weight)), bank)


def test_questions_do_not_ask_about_the_same_thing_twice() -> None:
    bank = small_bank([RED] * 6, [0.3] * 6, [(0, 1), (0, 2), (3, 4)], [(1, 2)])
    found = questions(bank)
    assert [q.shots for q in found] == [(0, 1, 2), (3, 4), (5,)]
    assert [q.worth for q in found] == pytest.approx([3 / 6, 2 / 6, 1 / 6], abs=0.001)
    assert found[0].frame == 0
    assert found[0].colors[0] == (30.0, 0.0, 0.5)
    assert unsureness(bank).sum() > 0
    answer = Mark("a", 10, ((0.5, 0.5),), 0.02, RED)
    left = bank_questions(bank, answers=[(10, answer)])
    assert (0, 1, 2) not in [q.shots for q in left[:2]]
    assert left[0].shots == (3, 4)
