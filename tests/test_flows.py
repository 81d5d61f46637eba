"""Flows by name: those that are here, and those that `vidcolor fetch` would get."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torchvision.models.optical_flow import raft_large, raft_small

from tests.flow.scenes import shifted_pair
from vidcolor import registry
from vidcolor.components import load_flow
from vidcolor.errors import WeightsError
from vidcolor.weights import published

OFFICIAL = [e for e in registry.entries("flow") if e.origin == "vidcolor" and not e.bundled]


def test_the_official_flows_are_published_under_their_names() -> None:
    assert [entry.name for entry in OFFICIAL] == ["raft-small-official", "raft-large-official"]
    for entry in OFFICIAL:
        row = published.require(entry.name)
        assert row.file == entry.weights
        assert row.file in row.url
        # torch's own convention: the name carries the first digits of the hash.
        assert row.sha256[:8] == Path(row.file).stem[-8:]


@pytest.mark.parametrize("entry", OFFICIAL, ids=lambda entry: entry.name)
def test_without_their_weights_they_say_where_to_get_them(
    entry: registry.Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDCOLOR_WEIGHTS", str(tmp_path))
    with pytest.raises(WeightsError) as told:
        load_flow(entry.name)
    hint = told.value.hint or ""
    assert f"vidcolor fetch {entry.name}" in hint
    assert published.require(entry.name).url in hint
    assert str(tmp_path / str(entry.weights)) in hint


@pytest.mark.parametrize("entry", OFFICIAL, ids=lambda entry: entry.name)
def test_a_fetched_file_is_checked_and_used(
    entry: registry.Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDCOLOR_WEIGHTS", str(tmp_path))
    torch.manual_seed(2)
    make = raft_small if "small" in entry.name else raft_large
    path = tmp_path / str(entry.weights)
    torch.save(make().state_dict(), path)
    with pytest.raises(WeightsError, match="not the published file"):
        load_flow(entry.name)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    rows = tuple(
        replace(row, sha256=digest[:8]) if row.name == entry.name else row
        for row in published.TABLE
    )
    monkeypatch.setattr(published, "TABLE", rows)
    found = load_flow(entry.name).backward_flow(*shifted_pair((128, 128), (1, 0)))
    assert found.shape == (1, 2, 128, 128)
    assert found.isfinite().all()
