"""The house's rules: who may import whom, and what must stay light."""

from __future__ import annotations

import ast
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("vidcolor", "flow", "train", "benchmarks", "tests")
MAY_IMPORT = {
    "flow": {"flow"},
    "vidcolor": {"vidcolor", "flow"},
    "train": {"train", "vidcolor", "flow"},
    "benchmarks": {"benchmarks", "vidcolor", "flow"},
}
HEAVY = {"torch", "torchvision", "kornia", "cv2", "av", "numpy"}
LIGHT = ("cli", "terminal", "config", "errors", "registry", "types", "__init__")


def _imports(path: Path, *, module_level: bool = False) -> set[str]:
    """Top-level packages that a file imports; type-checking blocks do not count."""
    tree = ast.parse(path.read_text())
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            if module_level and isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            if isinstance(child, ast.Import):
                found.update(alias.name.split(".")[0] for alias in child.names)
            elif isinstance(child, ast.ImportFrom) and child.level == 0 and child.module:
                found.add(child.module.split(".")[0])
            visit(child)

    visit(tree)
    return found


def _files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", sorted(MAY_IMPORT))
def test_packages_import_only_what_they_may(package: str) -> None:
    assert _files(package)
    for path in _files(package):
        wrong = (_imports(path) & set(PACKAGES)) - MAY_IMPORT[package]
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def test_pyav_and_kornia_stay_where_they_belong() -> None:
    for path in _files("vidcolor"):
        name = path.relative_to(ROOT / "vidcolor")
        found = _imports(path)
        if name.parts[0] == "video":
            assert "torch" not in found, f"{name} imports torch"
        elif name.name != "inventory.py":
            assert "av" not in found, f"{name} imports av"
        # kornia.color and kornia.metrics are all that is used of it.
        if str(name) not in ("color.py", "metrics/fidelity.py"):
            assert "kornia" not in found, f"{name} imports kornia"


@pytest.mark.parametrize("module", LIGHT)
def test_light_modules_import_nothing_heavy(module: str) -> None:
    wrong = _imports(ROOT / "vidcolor" / f"{module}.py", module_level=True) & HEAVY
    assert not wrong, f"{module} imports {wrong}"


def test_command_line_starts_without_heavy_modules() -> None:
    script = f"import sys, vidcolor.cli; print(sorted({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_help_is_quick() -> None:
    times = []
    for _ in range(4):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "vidcolor", "--help"], cwd=ROOT, capture_output=True, check=True
        )
        times.append(time.perf_counter() - began)
    # Half a second on a quiet machine; tests may run on a busy one.
    assert min(times) < 1.5


def test_files_stay_small() -> None:
    for package in PACKAGES:
        for path in _files(package):
            lines = len(path.read_text().splitlines())
            assert lines <= 400, f"{path.relative_to(ROOT)} has {lines} lines"
