"""Intervals over sequences."""

from __future__ import annotations

import pytest

from benchmarks.intervals import Bootstrap


def test_equal_sequences_leave_no_doubt() -> None:
    assert Bootstrap(5).mean([2.0] * 5) == {"mean": 2, "low": 2, "high": 2}


def test_the_interval_of_a_coin() -> None:
    # Mean of 100 draws of 0 or 1: standard error 0.05, so 1.96 times that to both sides.
    found = Bootstrap(100).mean([0.0, 1.0] * 50)
    assert found["mean"] == 0.5
    assert found["low"] == pytest.approx(0.402, abs=0.015)
    assert found["high"] == pytest.approx(0.598, abs=0.015)


def test_ratios_resample_both_alike() -> None:
    base = [1.0, 5.0, 9.0, 2.0]
    found = Bootstrap(4).ratio([3 * b for b in base], base)
    assert found == {"mean": pytest.approx(3), "low": pytest.approx(3), "high": pytest.approx(3)}


def test_what_is_undefined_stays_so() -> None:
    assert Bootstrap(3).mean([None, None, None]) == {"mean": None}
    assert Bootstrap(3).mean([None, 1.0, 3.0])["mean"] == 2
    assert Bootstrap(2).mean([1.0, 3.0]) == {"mean": 2}
    assert Bootstrap(3).ratio([1.0] * 3, [0.0] * 3) == {"mean": None}
