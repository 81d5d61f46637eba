"""What is kept goes stale with every module that it depends on, and with no other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.code_hash import PACKAGES, ROOT, closure, code_hash


def _names(*modules: str) -> set[str]:
    return {str(path.relative_to(ROOT)) for path in closure(modules)}


def _copy(folder: Path, changed: str | None = None) -> Path:
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            folder / package,
            ignore=lambda _, names: [n for n in names if "." in n and not n.endswith(".py")],
        )
    if changed is not None:
        with (folder / changed).open("a") as file:
            file.write("\n# changed\n")
    return folder


@pytest.mark.parametrize(
    ("module", "deep"),
    [
        ("vidcolor.film", "vidcolor/shots/similarity.py"),
        ("vidcolor.pipeline", "vidcolor/geometry.py"),
        ("vidcolor.pipeline", "vidcolor/__init__.py"),
        ("benchmarks.davis.judge", "flow/consistency.py"),
        ("vidcolor.refiners", "vidcolor/refiners/trajectory.py"),
    ],
)
def test_a_change_in_a_deep_import_changes_the_hash(tmp_path: Path, module: str, deep: str) -> None:
    assert deep in _names(module)
    same, other = _copy(tmp_path / "same"), _copy(tmp_path / "other", deep)
    assert code_hash(module, root=same) == code_hash(module)
    assert code_hash(module, root=other) != code_hash(module)


def test_what_is_not_imported_does_not_count(tmp_path: Path) -> None:
    unused = "vidcolor/report/page.py"
    assert unused not in _names("vidcolor.pipeline")
    root = _copy(tmp_path, unused)
    assert code_hash("vidcolor.pipeline", root=root) == code_hash("vidcolor.pipeline")


def test_imports_in_functions_count_and_those_for_type_checkers_do_not(tmp_path: Path) -> None:
    package = tmp_path / "flow"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "start.py").write_text(
        "from typing import TYPE_CHECKING\nimport numpy\n"
        "if TYPE_CHECKING:\n    from . import typed\n"
        "def work():\n    from .inner import value\n    import flow.other\n"
    )
    for name in ("typed", "inner", "other", "alone"):
        (package / f"{name}.py").write_text("value = 1\n")
    found = {path.name for path in closure(["flow.start"], tmp_path)}
    assert found == {"__init__.py", "start.py", "inner.py", "other.py"}


def test_a_module_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"vidcolor\.gone"):
        code_hash("vidcolor.gone")
