"""Changes of a file of colors, as functions from its values to new ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..guidance.color_file import VERSION, said_by
from ..strict_json import read_strictly

KINDS = ("points", "strokes", "stills", "references")
FILES = ("stills", "references")
"""Kinds of entries that name files, which a page cannot choose."""
_ONE = {"points": "point", "strokes": "stroke", "stills": "still", "references": "photograph"}

Values = Mapping[str, Any]


def read_values(data: bytes | None) -> dict[str, Any]:
    """The values of a file of colors; of one that is not there, those of an empty one.

    Raises:
        ValueError: it is not a file of colors of this version.
    """
    if data is None:
        return {"version": VERSION}
    values = read_strictly(data)
    if not isinstance(values, dict) or values.get("version") != VERSION:
        raise ValueError(f"not a file of colors of version {VERSION}")
    return values


def written(values: Values) -> bytes:
    """The file's bytes: an entry a line, so that people and `diff` can read it."""
    parts = []
    for name, value in values.items():
        if name in KINDS and isinstance(value, list):
            lines = ",\n".join("  " + json.dumps(entry, ensure_ascii=False) for entry in value)
            text = f"[\n{lines}\n ]" if value else "[]"
        else:
            text = json.dumps(value, ensure_ascii=False)
        parts.append(f" {json.dumps(name)}: {text}")
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def changed(values: Values, change: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The values after a change that a page asks for, and what it is, for people.

    Args:
        values: of the file.
        change: `{"do": "add", "kind": "points", "entry": {...}}`, `{"do": "replace" or "remove",
            "kind": ..., "index": n, ...}`, `{"do": "scope", "kind": ..., "index": n, "scope":
            "shot"}` or `"film"`, or `{"do": "done", "shot": n, "is": true}`.

    Raises:
        ValueError: it makes no sense; says why.
    """
    new = {name: list(v) if name in KINDS else v for name, v in values.items()}
    do = change.get("do")
    if do == "done":
        return _with_done(new, change)
    kind = change.get("kind")
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r} is not one of {', '.join(KINDS)}")
    entries: list[Any] = new.setdefault(kind, [])
    if do == "add":
        entries.append(_entry(change))
        return new, f"{_ONE[kind]} added"
    index = change.get("index")
    if type(index) is not int or not 0 <= index < len(entries):
        raise ValueError(f"there is no entry {index!r} of {kind}")
    if do == "remove":
        del entries[index]
        return new, f"{_ONE[kind]} removed"
    if do == "replace":
        entries[index] = _entry(change)
        return new, f"{_ONE[kind]} changed"
    if do == "scope":
        entries[index] = _with_scope(entries[index], change.get("scope"))
        return new, f"scope of {_ONE[kind]} changed"
    raise ValueError(f"{do!r} is not a change")


def check(values: Values, path: Path) -> None:
    """Raises `ValueError` where entries cannot be used, with a line for each."""
    _, bad = said_by(written(values), path, lambda red, green, blue: (0.0, 0.0))
    if bad:
        raise ValueError("; ".join(bad))


def _entry(change: Mapping[str, Any]) -> dict[str, Any]:
    entry = change.get("entry")
    if not isinstance(entry, dict):
        raise ValueError("entry: not an object")
    return entry


def _with_scope(entry: object, scope: object) -> dict[str, Any]:
    if not isinstance(entry, dict) or scope not in ("shot", "film"):
        raise ValueError('scope: needs an entry and "shot" or "film"')
    other = {name: v for name, v in entry.items() if name not in ("scope", "except")}
    return other if scope == "shot" else {**other, "scope": scope}


def _with_done(new: dict[str, Any], change: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    shot, is_done = change.get("shot"), change.get("is")
    if type(shot) is not int or shot < 0 or not isinstance(is_done, bool):
        raise ValueError("done: needs a shot and true or false")
    done = set(new.get("done", [])) - {shot} | ({shot} if is_done else set())
    new["done"] = sorted(done)
    return new, f"shot {shot} {'done' if is_done else 'open again'}"
