"""The README's tables are those of the committed results."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import readme
from benchmarks.__main__ import _COMMANDS

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"


def test_the_readme_is_in_step_with_the_results() -> None:
    text = (ROOT / "README.md").read_text()
    assert "speed" in readme.blocks(text)
    assert readme.fill(text, RESULTS) == text, "run `python -m benchmarks readme`"


def test_a_stale_block_is_written_anew() -> None:
    text = "before\n<!-- speed:begin -->\nold\n<!-- speed:end -->\nafter\n"
    found = readme.fill(text, RESULTS)
    assert found.startswith("before\n<!-- speed:begin -->\n| milliseconds a frame |")
    assert found.endswith("|\n<!-- speed:end -->\nafter\n")
    assert "old" not in found
    assert readme.fill(found, RESULTS) == found


def test_unknown_blocks_and_missing_results_are_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="'other' cannot be filled"):
        readme.fill("<!-- other:begin -->\n<!-- other:end -->", RESULTS)
    with pytest.raises(SystemExit, match=r"speed\.json"):
        readme.fill("<!-- speed:begin -->\n<!-- speed:end -->", tmp_path)


def test_every_command_has_a_row_in_the_table() -> None:
    page = (ROOT / "benchmarks" / "README.md").read_text()
    for name in _COMMANDS:
        assert re.search(rf"^\| `python -m benchmarks {name}`", page, re.M), name
