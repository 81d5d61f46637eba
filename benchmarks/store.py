"""Arrays kept on disk between runs, each with the key it was made under."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

RUNS = Path(__file__).parents[1] / "runs" / "benchmarks"
"""Where everything that can be made again is kept; ignored by git."""

Arrays = dict[str, np.ndarray]


def digest(value: Any) -> str:
    """A short hash of plain values, the same in every process."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def kept(path: Path, key: str, make: Callable[[], Arrays]) -> Arrays:
    """The arrays in the `.npz` file `path` if they were made under `key`, else made and kept.

    The file appears under its name when it is whole; a broken one counts as none.
    """
    found = _read(path, key)
    if found is not None:
        return found
    arrays = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            whole: dict[str, Any] = {"key": np.array(key), **arrays}
            np.savez(file, **whole)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return arrays


def _read(path: Path, key: str) -> Arrays | None:
    try:
        with np.load(path) as stored:
            if str(stored["key"]) != key:
                return None
            return {name: stored[name] for name in stored.files if name != "key"}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Results as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".json.part")
    part.write_text(json.dumps(value, indent=1, allow_nan=False) + "\n")
    part.replace(path)
