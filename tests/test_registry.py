import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vidcolor import load_colorizer, registry
from vidcolor.errors import PluginError
from vidcolor.inventory import inventory

ROOT = Path(__file__).resolve().parents[1]

PLUGIN = """
import torch
from vidcolor.types import Coloring

class Sepia:
    name, size = "sepia", 64
    def colorize(self, L):
        ab = torch.tensor([4.0, 12.0], device=L.device).view(1, 2, 1, 1)
        return Coloring(ab.expand(len(L), 2, *L.shape[-2:]), torch.ones_like(L))

def load(device):
    return Sepia()
"""


def _install(folder: Path, distribution: str, name: str, target: str) -> None:
    info = folder / f"{distribution}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[vidcolor.colorizers]\n{name} = {target}\n")


def _run(folder: Path, script: str, **environment: str) -> subprocess.CompletedProcess:
    path = os.pathsep.join([str(folder), str(ROOT)])
    return subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": path} | environment,
    )


def test_unknown_names_get_near_ones() -> None:
    with pytest.raises(PluginError) as caught:
        registry.find("refiner", "recurent")
    assert "did you mean: recurrent" in (caught.value.hint or "")
    with pytest.raises(PluginError) as caught:
        registry.find("flow", "xyz")
    assert (caught.value.hint or "").startswith("there are: dis, raft")


def test_every_built_in_loads_or_says_what_is_missing() -> None:
    for kind in registry.KINDS:
        for entry in registry.entries(kind):
            if entry.origin == "vidcolor":
                assert callable(registry.factory(entry))


def test_a_plugin_is_found_and_used(tmp_path: Path) -> None:
    (tmp_path / "sepia_plugin.py").write_text(PLUGIN)
    _install(tmp_path, "sepia", "sepia", "sepia_plugin:load")
    script = (
        "import sys, torch; from vidcolor import registry, load_colorizer\n"
        "assert 'sepia' in [e.name for e in registry.entries('colorizer')]\n"
        "assert 'sepia_plugin' not in sys.modules, 'listing must not import'\n"
        "print(load_colorizer('sepia').colorize(torch.zeros(2, 1, 4, 4)).ab.mean().item())"
    )
    done = _run(tmp_path, script)
    assert done.stdout.strip() == "8.0", done.stderr
    off = _run(tmp_path, script, VIDCOLOR_PLUGINS="0")
    assert off.returncode != 0


def test_a_plugin_cannot_take_a_name_that_is_taken(tmp_path: Path) -> None:
    _install(tmp_path, "thief", "base", "thief:load")
    done = _run(tmp_path, "from vidcolor import registry; registry.entries('colorizer')")
    assert "PluginError" in done.stderr
    assert "thief" in done.stderr


def test_a_broken_plugin_is_named(tmp_path: Path) -> None:
    _install(tmp_path, "broken", "broken", "no_such_module:load")
    done = _run(tmp_path, "from vidcolor import load_colorizer; load_colorizer('broken')")
    assert "PluginError: the colorizer 'broken' of broken cannot be loaded" in done.stderr


def _entry(name: str = "own", **changes: Any) -> registry.Entry:
    values = {"kind": "colorizer", "target": "vidcolor.colorizers.base:load", "summary": ""}
    return registry.Entry(**(values | {"name": name} | changes))


NOTHING = """
from types import SimpleNamespace

def nothing(device):
    pass

def half(device):
    return SimpleNamespace(name="half", size=64)

def other():
    pass
"""


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("nothing", "used: no_colorizer:nothing returned NoneType, which has no name and no size"),
        ("half", "used: no_colorizer:half returned SimpleNamespace, which has no colorize"),
        ("other", r"loaded: TypeError: other\(\) takes 0 positional arguments"),
    ],
)
def test_a_plugin_that_gives_no_colorizer_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, reason: str
) -> None:
    (tmp_path / "no_colorizer.py").write_text(NOTHING)
    monkeypatch.syspath_prepend(tmp_path)
    entry = _entry(target=f"no_colorizer:{function}", origin="some package")
    start = "the colorizer 'own' of some package cannot be "
    with registry.registered(entry), pytest.raises(PluginError, match=start + reason):
        load_colorizer("own")


def test_registered_systems_can_be_chosen_within_the_block() -> None:
    with registry.registered(_entry(takes_hints=True)):
        found = registry.find("colorizer", "own")
        assert found.takes_hints
        assert callable(registry.factory(found))
        assert next(row for row in inventory() if row["name"] == "own")["takes_hints"]
    with pytest.raises(PluginError):
        registry.find("colorizer", "own")


@pytest.mark.parametrize(
    "wrong", [{"name": "base"}, {"kind": "encoder"}, {"target": "no_function"}, {"target": ":f"}]
)
def test_a_refused_entry_changes_nothing(wrong: dict[str, str]) -> None:
    before = registry.entries("colorizer")
    with pytest.raises(PluginError), registry.registered(_entry(), _entry(**wrong)):
        pass
    assert registry.entries("colorizer") == before


def test_a_registered_name_is_taken() -> None:
    with registry.registered(_entry()), pytest.raises(PluginError, match="already defined"):
        registry.register(_entry())


def test_entries_registered_in_the_block_go_with_it() -> None:
    with registry.registered():
        registry.register(_entry())
        assert "own" in [e.name for e in registry.entries("colorizer")]
    assert "own" not in [e.name for e in registry.entries("colorizer")]
