"""Verdicts: the words fit the numbers, and a film without color is not praised."""

from __future__ import annotations

import math

import pytest

from vidcolor.report.reference import PLAIN, STEADIED, TRUE, Reference, load_reference
from vidcolor.report.verdict import compare_films, judge_film, judge_shot

KEYS = (
    "relative_flicker",
    "region_flicker",
    "cdc",
    "colorfulness",
    "gray_share",
    "out_of_range",
    "peak_change",
    "luma_difference",
)
# Clips in true color lie between 0 and 1, those colored frame by frame between 1 and 3.
REFERENCE = Reference(
    3,
    8,
    {
        key: {TRUE: [0.0, 0.5, 1.0], STEADIED: [0.5, 1.0, 1.5], PLAIN: [1.0, 2.0, 3.0]}
        for key in KEYS
    },
)


def means(**other: float) -> dict[str, float]:
    usual = dict.fromkeys(KEYS, 0.5) | {"out_of_range": 0.0, "luma_difference": math.nan}
    usual |= {"chroma": 10.0, "region_change": 0.4, "warp_error_8": 1.0, "ciede2000": math.nan}
    return usual | other


@pytest.mark.parametrize(
    ("relative", "lab", "level", "says"),
    [
        (0.89, 2.0, "good", "hold still"),
        # What is too little to be seen is no flicker, however pale the film.
        (2.5, 0.49, "good", "hold still"),
        (2.5, 0.7, "fair", "restless"),
        (0.95, 2.0, "fair", "restless"),
        (2.5, 0.95, "poor", "flicker"),
    ],
)
def test_stillness_has_three_levels(relative: float, lab: float, level: str, says: str) -> None:
    verdict = judge_shot(means(relative_flicker=relative, region_flicker=lab), REFERENCE)
    assert verdict.level == level
    assert says in verdict.title


def test_nothing_is_said_of_the_range_of_colors_that_are_hardly_there() -> None:
    beyond = {"out_of_range": 2.0, "relative_flicker": math.nan}
    assert "beyond what a screen" in judge_shot(means(**beyond), REFERENCE).title
    assert "beyond" not in judge_shot(means(**beyond, chroma=0.3), REFERENCE).title


def test_gray_is_not_praised_for_stillness() -> None:
    verdict = judge_shot(
        means(relative_flicker=0.0, region_flicker=0.0, chroma=0.3, colorfulness=0.01), REFERENCE
    )
    assert verdict.level == "open"
    assert "Hardly any color" in verdict.title
    assert "still" not in verdict.title.replace("stillness", "")


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("peak_change", 4.0, "sudden"),
        ("cdc", 1.6, "tint"),
        ("colorfulness", 0.05, "aler"),
        ("colorfulness", 1.1, "tronger"),
        ("gray_share", 0.95, "gray"),
        ("out_of_range", 0.96, "beyond"),
    ],
)
def test_defects_are_named_with_their_numbers(key: str, value: float, says: str) -> None:
    verdict = judge_shot(means(**{key: value}), REFERENCE)
    assert verdict.level == "fair"
    assert says in verdict.title
    assert any(ch.isdigit() for finding in verdict.findings for ch in finding.evidence)


def test_a_shot_of_two_frames_is_not_judged() -> None:
    assert judge_shot(means(relative_flicker=math.nan), REFERENCE).level == "open"


def test_a_film_counts_its_shots_and_checks_its_luma() -> None:
    restless = means(relative_flicker=2.5, region_flicker=2.5)
    shots = [judge_shot(m, REFERENCE) for m in (means(), means(), restless)]
    film = judge_film(shots, means(luma_difference=0.6), REFERENCE)
    assert film.title == "Colors hold still in 2 of 3 shots, flicker in 1"
    assert film.level == "poor"
    assert any("Brightness is the source's" in f.title for f in film.findings)
    changed = judge_film(shots[:2], means(luma_difference=9.0), REFERENCE)
    assert changed.level == "poor"


def test_a_comparison_says_who_is_better_and_sees_paleness() -> None:
    rich, pale = means(region_flicker=0.8, colorfulness=30.0), means(region_flicker=0.2)
    titles = [f.title for f in compare_films(["A", "B"], [rich, pale | {"colorfulness": 12.0}])]
    assert "B flickers least" in titles
    assert "A is the most colorful" in titles
    assert any("paleness" in t for t in titles)
    assert not any("true colors" in t for t in titles)


def test_the_reference_that_ships_tells_kinds_apart() -> None:
    reference = load_reference()
    calm = reference.quantile("relative_flicker", TRUE, 0.5)
    assert calm < reference.quantile("relative_flicker", PLAIN, 0.5)
    for kinds in reference.values.values():
        for values in kinds.values():
            assert list(values) == sorted(values)
            assert len(values) > reference.clips / 2
