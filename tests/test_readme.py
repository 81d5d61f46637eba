"""What the README shows must work."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

import vidcolor
from tests.documents import commands_in, parse_command
from vidcolor import cli

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
COMMANDS = commands_in(README)
SNIPPETS = re.findall(r"```python\n(.*?)```", README, re.S)


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_parse(line: str) -> None:
    parse_command(line)


def test_there_are_commands() -> None:
    assert len(COMMANDS) >= 3


def test_files_named_in_the_readme_exist() -> None:
    for name in re.findall(r"\]\(([\w/.-]+)\)", README):
        assert (ROOT / name).exists(), name
    for name in re.findall(r"`((?:vidcolor|flow|train|benchmarks|samples)/[\w/.-]*)`", README):
        assert (ROOT / name).exists(), name


def test_every_option_is_explained() -> None:
    run = typer.main.get_command(cli.app).commands["run"]  # type: ignore[attr-defined]
    for parameter in run.params:
        if parameter.param_type_name != "option" or getattr(parameter, "hidden", False):
            continue
        if parameter.name not in ("quiet", "output"):
            names = [*parameter.opts, *parameter.secondary_opts]
            assert any(name in README for name in names), names


def test_the_plugin_runs_as_printed(tmp_path: Path) -> None:
    source = next(block for block in SNIPPETS if "class Sepia" in block)
    (tmp_path / "your_module.py").write_text(source)
    info = tmp_path / "sepia-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sepia\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[vidcolor.colorizers]\nsepia = your_module:load\n")
    words = ["run", str(ROOT / "samples" / "launch.mp4"), "-o", str(tmp_path / "out.mp4")]
    done = subprocess.run(
        [sys.executable, "-m", "vidcolor", *words, "--model", "sepia", "--end", "4"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.mp4").stat().st_size > 0


@pytest.mark.parametrize("number", [n for n, s in enumerate(SNIPPETS) if "class Sepia" not in s])
def test_snippets_run_as_printed(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "movie.mp4").write_bytes((ROOT / "samples" / "launch.mp4").read_bytes())
    monkeypatch.chdir(tmp_path)
    exec(compile(SNIPPETS[number], f"README.md snippet {number}", "exec"), {})


def test_every_public_name_is_documented() -> None:
    for name in set(vidcolor.__all__) - {"__version__"}:
        assert re.search(rf"\b{name}\b", README), name
