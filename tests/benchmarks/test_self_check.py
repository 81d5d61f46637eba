"""Can the measures be believed: truth is truth, gray wins nothing, jitter is punished."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from benchmarks.davis import davis
from benchmarks.davis import tables as davis_tables
from benchmarks.davis.data import Sequence, read_sequence
from benchmarks.davis.judge import TrueMotion, estimate_true_motion
from benchmarks.davis.measures import measure
from benchmarks.davis.sanity import GRAY, HALF, JITTER, SEPIA, TRUTH, jitter_name, sanity_rows
from flow.raft import Raft

from .scenes import exact_motion, made_sequence

Rows = dict[str, dict[str, float | None]]
PUNISHED = (
    "flicker",
    "warp_1",
    "warp_8",
    "cdc",
    "relative_flicker",
    "relative_change_8",
    "ciede2000",
    "class_balanced",
    "ab_rmse",
)


def _rows(sequence: Sequence, motion: TrueMotion) -> Rows:
    return {
        row: {k: None if math.isnan(v) else v for k, v in measure(sequence, motion, ab).items()}
        for row, ab in sanity_rows(sequence.ab, motion).items()
    }


@pytest.fixture(scope="module")
def made() -> Rows:
    return _rows(made_sequence(), exact_motion())


@pytest.fixture(scope="module")
def real(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    sequence = read_sequence(data / "DAVIS", "libby", 192, 11)
    judge = Raft(data / "weights" / "raft_small_C_T_V1.pth", iterations=4)
    kept = tmp_path_factory.mktemp("judge") / "motion.npz"
    return _rows(sequence, estimate_true_motion(sequence.L, judge, kept, "libby"))


@pytest.fixture(params=["made", "real"])
def rows(request: pytest.FixtureRequest) -> Rows:
    return request.getfixturevalue(request.param)


def _results(rows: Rows) -> dict[str, Any]:
    return {
        "rows": {row: {"kind": "sanity"} for row in rows},
        "all": davis.summary({"only": rows}),
    }


def test_truth_scores_as_truth(rows: Rows) -> None:
    truth = rows[TRUTH]
    for name in ("ab_rmse", "ciede2000", "class_balanced", "error_edges", "error_rest"):
        assert truth[name] == pytest.approx(0, abs=1e-6), name
    for name in ("ssim", "share_within_10", "area"):
        assert truth[name] == pytest.approx(1), name
    assert truth["psnr"] == 120
    assert truth["colorfulness_off"] == 0
    every = davis.summary({"only": rows})[TRUTH]
    for ratio in davis_tables.ratios():
        if ratio.endswith("@truth"):
            assert every[ratio]["mean"] in (None, pytest.approx(1)), ratio


def test_along_the_true_motion_the_truth_does_not_flicker(made: Rows) -> None:
    assert made[TRUTH]["flicker"] == pytest.approx(0, abs=1e-3)
    assert made[TRUTH]["warp_1"] == pytest.approx(0, abs=1e-3)
    assert made[TRUTH]["warp_8"] == pytest.approx(0, abs=1e-3)


def test_gray_and_sepia_win_no_headline_column(rows: Rows) -> None:
    results = _results(rows)
    for _, name, _ in davis_tables.HEADLINE:
        best = davis_tables.winner(results, name, among=("sanity",))
        assert best is not None
        assert best not in (GRAY, SEPIA), name
    assert rows[GRAY]["relative_flicker"] is None
    assert rows[SEPIA]["relative_flicker"] is None


def test_the_columns_that_gray_does_win_are_named(rows: Rows) -> None:
    truth, gray = rows[TRUTH]["flicker"], rows[GRAY]["flicker"]
    assert gray == 0
    results = _results(rows)
    text = "\n".join(davis_tables.warnings(results))
    assert ("gray beats the truth in flicker" in text) == (truth is not None and truth > 1e-9)


def test_systems_worse_than_gray_are_named(made: Rows) -> None:
    bad = dict(made[GRAY])
    bad["ciede2000"] += 1  # type: ignore[operator]
    results = _results(made | {"bad": bad, "good": made[HALF]})
    for name in ("bad", "good"):
        results["rows"][name]["kind"] = "system"
    text = "\n".join(davis_tables.warnings(results))
    assert "bad is farther from the truth than gray" in text
    assert "bad keeps less than half" in text
    assert "good is farther" not in text


@pytest.mark.parametrize("name", PUNISHED)
def test_jitter_is_punished_the_more_the_stronger(rows: Rows, name: str) -> None:
    found = [rows[TRUTH][name], *(rows[jitter_name(sigma)][name] for sigma in JITTER)]
    for weaker, stronger in pairwise(found):
        assert weaker is not None
        assert stronger is not None
        assert weaker < stronger, found


def test_paler_is_not_stiller(rows: Rows) -> None:
    truth, half = rows[TRUTH], rows[HALF]
    assert half["relative_flicker"] == pytest.approx(truth["relative_flicker"], rel=1e-4)
    if truth["flicker"] > 0.01:  # type: ignore[operator]
        assert half["flicker"] == pytest.approx(truth["flicker"] / 2, rel=1e-4)  # type: ignore[operator]
    assert half["class_balanced"] > truth["class_balanced"]  # type: ignore[operator]


def test_smear_is_seen_where_it_is() -> None:
    sequence, motion = made_sequence(), exact_motion()
    # Colors that stay where they were in the first frame.
    stuck = sequence.ab[:1].expand_as(sequence.ab).contiguous()
    found = measure(sequence, motion, stuck)
    assert found["error_edges"] > 0
    assert found["error_uncovered"] > 0
    shares = [found[f"share_{n}"] for n in ("edges", "uncovered", "rest")]
    assert sum(shares) == pytest.approx(1)
    assert all(share > 0 for share in shares)
    assert found["flicker"] > 1
