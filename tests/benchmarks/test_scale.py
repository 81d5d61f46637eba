"""The simulation of many machines, and the table of it in the docs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.readme import blocks
from benchmarks.scale.scale import simulation_table
from benchmarks.scale.simulate import Plan, simulate

ROOT = Path(__file__).resolve().parents[2]
CALM = Plan(films=400, workers=10, slow_share=0, spread=0, lifetime=None, load=0)


def test_workers_that_are_alike_lose_next_to_nothing() -> None:
    found = simulate(replace(CALM, driver_cores=8))
    assert found["shards"]["efficiency"] == pytest.approx(1, abs=0.03)
    assert found["ray"]["efficiency"] == pytest.approx(1, abs=0.06)
    assert found["shards"]["lost_share"] == 0


def test_stragglers_hold_up_fixed_shares_and_a_small_driver_holds_up_ray() -> None:
    slow = simulate(replace(CALM, slow_share=0.3, slow=3, driver_cores=8))
    assert slow["shards"]["efficiency"] < slow["small_shards"]["efficiency"]
    assert slow["shards"]["hours"] > 2 * slow["shards"]["median_worker_done_hours"]
    few = simulate(replace(CALM, workers=200, driver_cores=1))
    assert few["ray"]["efficiency"] < 0.5 < few["shards"]["efficiency"]


def test_lost_workers_cost_work() -> None:
    often = simulate(replace(CALM, lifetime=1800.0, driver_cores=8))
    assert 0 < often["shards"]["lost_share"] < 0.05
    assert often["shards"]["hours"] > simulate(CALM)["shards"]["hours"]


def test_the_docs_show_the_results() -> None:
    results = json.loads((ROOT / "benchmarks" / "results" / "scale.json").read_text())
    shown = blocks((ROOT / "docs" / "many-films.md").read_text())["simulation"]
    assert shown == simulation_table(results)
