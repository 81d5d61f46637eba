"""The house's rules: who may import whom, and what must stay light."""

from __future__ import annotations

import ast
import functools
import os
import subprocess
import sys
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
VIDEO_ROOMS = ("read", "plan", "segments", "mux", "verify")
"""Each may import those before it."""
LIGHT = (
    "cli",
    "commands/batch",
    "commands/preview",
    "commands/run",
    "commands/stills",
    "commands/studio",
    "options",
    "terminal",
    "config",
    "errors",
    "registry",
    "types",
    "geometry",
    "__init__",
)


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


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def _graph() -> dict[str, set[str]]:
    """Which module of the packages imports which, inside functions too."""
    paths = {_module(path): path for package in MAY_IMPORT for path in _files(package)}
    return {module: _imported(path, set(paths)) - {module} for module, path in paths.items()}


def _imported(path: Path, modules: set[str]) -> set[str]:
    package = path.relative_to(ROOT).parts[:-1]
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            if isinstance(child, ast.ImportFrom):
                base = package[: len(package) - child.level + 1] if child.level else ()
                module = ".".join((*base, *([child.module] if child.module else [])))
                names = {f"{module}.{alias.name}" for alias in child.names}
                found.update(names & modules or {module})
            elif isinstance(child, ast.Import):
                found.update(alias.name for alias in child.names)
            visit(child)

    visit(ast.parse(path.read_text()))
    return found & modules


def _circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Modules that import each other on some way: what is left when leaves are taken off."""
    left = {module: set(targets) for module, targets in graph.items()}
    for following in (lambda g: g, _turned):
        while leaves := {m for m in left if not following(left).get(m, set()) & set(left)}:
            left = {m: targets - leaves for m, targets in left.items() if m not in leaves}
    return [sorted(left)] if left else []


def _turned(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    return {m: {other for other, targets in graph.items() if m in targets} for m in graph}


def _room(module: str) -> str:
    """The folder or the file directly below `vidcolor/` or `vidcolor/video/`."""
    parts = module.split(".")
    return ".".join(parts[: 3 if parts[:2] == ["vidcolor", "video"] else 2])


def test_no_files_import_each_other_in_a_circle() -> None:
    assert _circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert _circles(_graph()) == []


def test_no_rooms_import_each_other_in_a_circle() -> None:
    rooms: dict[str, set[str]] = {}
    for module, targets in _graph().items():
        if module.count(".") == 0:
            continue  # the packages' own lists of public names
        mine = rooms.setdefault(_room(module), set())
        mine.update(_room(t) for t in targets if t.count(".") and _room(t) != _room(module))
    assert len(rooms) > 40
    assert _circles({room: targets & set(rooms) for room, targets in rooms.items()}) == []


def test_rooms_of_video_import_only_those_before_them() -> None:
    for module, targets in _graph().items():
        if not module.startswith("vidcolor.video."):
            continue
        place = VIDEO_ROOMS.index(module.split(".")[2])
        for target in (t for t in targets if t.startswith("vidcolor.video.")):
            assert VIDEO_ROOMS.index(target.split(".")[2]) <= place, f"{module} imports {target}"


def test_analysis_and_shots_know_no_files() -> None:
    for module, targets in _graph().items():
        if module.startswith(("vidcolor.analysis", "vidcolor.shots")):
            assert not [t for t in targets if t.startswith("vidcolor.video")], module


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
        # it takes long to import, and a run does without
        assert "kornia" not in _imports(path, module_level=True), f"{name} imports kornia at once"


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
    seconds = []
    for _ in range(3):
        before = os.times()
        subprocess.run(
            [sys.executable, "-m", "vidcolor", "--help"], cwd=ROOT, capture_output=True, check=True
        )
        after = os.times()
        user, system = (getattr(after, f"children_{k}") for k in ("user", "system"))
        seconds.append(user - before.children_user + system - before.children_system)
    # of a processor, which are as many on a busy machine; half of one is usual
    assert min(seconds) < 1.5


def test_files_stay_small() -> None:
    for package in PACKAGES:
        for path in _files(package):
            lines = len(path.read_text().splitlines())
            assert lines <= 400, f"{path.relative_to(ROOT)} has {lines} lines"
