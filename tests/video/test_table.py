"""The table of hazards in tests/README.md names tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
_NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


def rows() -> list[str]:
    lines = (TESTS / "README.md").read_text().splitlines()
    return [line for line in lines if line.startswith("| ") and not line.startswith("| hazard")]


def test_every_hazard_has_a_test() -> None:
    assert len(rows()) > 50
    for row in rows():
        assert _NAMED.search(row), row


def test_every_named_test_is_there() -> None:
    there: dict[str, set[str]] = {}
    for name, test in (found for row in rows() for found in _NAMED.findall(row)):
        if name not in there:
            tree = ast.parse((TESTS / name).read_text())
            there[name] = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert test in there[name], f"{name}::{test}"
