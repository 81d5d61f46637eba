"""One frame in every network."""

from __future__ import annotations

import pytest

from benchmarks.speed import peers
from benchmarks.speed.cost import milliseconds, parameters
from vidcolor import load_colorizer


def test_ours_beside_another_and_one_that_is_not_here(monkeypatch: pytest.MonkeyPatch) -> None:
    here = {"zhang2016": peers._COLORIZERS["zhang2016"], "gone": ("vidcolor.colorizers.gone", {})}
    monkeypatch.setattr(peers, "_COLORIZERS", here)
    found = peers.time_peers(1)
    rows = {row["name"]: row for row in found["rows"]}
    assert rows["zhang2016"]["sees"] == "448x256"
    assert rows["zhang2016"]["parameters"] == pytest.approx(32.24e6, rel=1e-3)
    assert rows["recurrent"]["parameters"] > 1e5
    assert all(row["ms"] > 0 for row in rows.values())
    text = peers.table(found)
    assert f"| {peers.OURS} | 336x192 |" in text
    assert "Left out: gone: No module named 'vidcolor.colorizers.gone'" in text


def test_warming_up_is_not_counted() -> None:
    calls = []
    assert milliseconds(lambda: calls.append(1), runs=3) >= 0
    assert len(calls) == 4


def test_networks_are_counted_wherever_they_are_held() -> None:
    base = load_colorizer("base")
    assert parameters(base) > 5e6
    # holds a `base`, which holds the network
    assert parameters(load_colorizer("lively")) == parameters(base)
