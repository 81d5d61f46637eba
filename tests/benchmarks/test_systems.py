"""The rows of the tables: who is in, who is named as left out, what makes kept colors stale."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import systems
from benchmarks.davis import davis
from benchmarks.own_weights import Own
from benchmarks.store import digest
from vidcolor.config import RunConfig

ASSETS = Path(__file__).parents[2] / "vidcolor" / "assets"

PLUGIN = """
import torch
from vidcolor.types import Coloring
class Tint:
    name, size = "tint", 64
    def colorize(self, L):
        return Coloring(torch.full((len(L), 2, *L.shape[-2:]), 9.0), torch.ones_like(L))
def load(device):
    return Tint()
"""


def _key(system: systems.System) -> str:
    return digest(systems.description(system, systems.build_parts(system)))


def test_rows_have_names_of_their_own() -> None:
    names = [s.name for s in systems.SYSTEMS]
    assert len(set(names)) == len(names)
    assert {systems.PLAIN, systems.REFINED} <= set(names)


def test_a_plugin_gets_rows_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tinting.py").write_text(PLUGIN)
    info = tmp_path / "tinting-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tinting\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[vidcolor.colorizers]\ntint = tinting:load\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    rows = {s.name: s for s in systems.every_system([])}
    assert {"tint, frame by frame", "tint + bidirectional"} <= set(rows)
    plain = rows["tint, frame by frame"]
    about = systems.description(plain, systems.build_parts(plain))
    assert about["plug-ins"] == ["tinting 1.0"]


def test_what_cannot_run_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = systems.System("base + unheard of", RunConfig(refiner="unheard-of"))
    monkeypatch.setattr(systems, "SYSTEMS", (*systems.SYSTEMS[:1], gone))
    found, left_out = davis.chosen([], None)
    assert [s.name for s, _, _ in found][:1] == [systems.PLAIN]
    assert "no refiner is called 'unheard-of'" in left_out["base + unheard of"]


def test_settings_and_weights_decide_the_key(tmp_path: Path) -> None:
    plain = systems.SYSTEMS[0]
    assert _key(plain) == _key(plain)
    assert _key(plain) != _key(systems.System("paler", RunConfig(refiner="none", strength=0.5)))
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes((ASSETS / "base.safetensors").read_bytes())
    rows = {s.name: s for s in systems.every_system([Own("base", "mine", copy)])}
    assert _key(rows["mine, frame by frame"]) == _key(plain)
    copy.write_bytes(copy.read_bytes()[:-4] + b"\0\0\0\0")
    systems._sha256.cache_clear()
    assert _key(rows["mine, frame by frame"]) != _key(plain)


def test_the_flow_in_use_is_described_by_its_name_and_weights() -> None:
    rows = {s.name: s for s in systems.SYSTEMS}
    about = {}
    for name in (systems.PLAIN, systems.REFINED, f"{systems.REFINED}, flow raft+dis"):
        parts = systems.build_parts(rows[name])
        about[name] = systems.description(rows[name], parts)
        expected = "none" if parts.flow is None else parts.flow.name
        assert about[name]["settings"]["flow"] == expected
        assert ("raft-small.safetensors" in about[name]["weights"]) == ("raft" in expected)
    # another flow, another closure of code
    assert len({row["code"] for row in about.values()}) >= 2
