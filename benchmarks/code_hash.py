"""A hash of the code that a kept result depends on: some modules and all that they import."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("vidcolor", "flow", "benchmarks")
"""Code of the project; what others wrote is known by the versions in the results."""


@lru_cache(maxsize=64)
def code_hash(*modules: str, root: Path = ROOT) -> str:
    """16 hexadecimal digits that change with the source of any module of the closure.

    Args:
        modules: dotted names of modules; of a package, all its modules count.
        root: folder that holds `PACKAGES`.

    Raises:
        ModuleNotFoundError: there is no such module.
    """
    digest = hashlib.sha256()
    for file in closure(modules, root):
        digest.update(str(file.relative_to(root)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def closure(modules: Iterable[str], root: Path = ROOT) -> list[Path]:
    """Files of these modules and of all that they import, directly or not, in order.

    Imports are read from the source, those within functions too; those for type checkers do not
    count, as they never run. The `__init__` of a package counts where it or a part of it is
    imported.

    Raises:
        ModuleNotFoundError: there is no such module.
    """
    waiting = [file for module in modules for file in _given(module, root)]
    found: set[Path] = set()
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting += _imported(file, root)
    return sorted(found)


def _given(module: str, root: Path) -> list[Path]:
    files = _files(module, root)
    if not files:
        raise ModuleNotFoundError(f"no module {module} in {', '.join(PACKAGES)}", name=module)
    if files[-1].name == "__init__.py":
        files += sorted(files[-1].parent.rglob("*.py"))
    return files


def _imported(file: Path, root: Path) -> list[Path]:
    package = file.relative_to(root).parts[:-1]
    names = _names(ast.parse(file.read_bytes()), package)
    return [path for name in names for path in _files(name, root)]


def _names(tree: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    """Dotted names that may be modules; of `from a import b` both `a` and `a.b`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for other in node.orelse:
                yield from _names(other, package)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *([node.module] if node.module else [])))
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
        else:
            yield from _names(node, package)


def _files(module: str, root: Path) -> list[Path]:
    """The module's file after the `__init__` of every package around it; none if not ours."""
    parts = module.split(".")
    if parts[0] not in PACKAGES:
        return []
    place = root.joinpath(*parts)
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    if not file.is_file():
        return []
    around = [root.joinpath(*parts[:n]) / "__init__.py" for n in range(1, len(parts))]
    return [*(init for init in around if init.is_file()), file]
