"""JSON that people write or change by hand: no name twice. Standard library only."""

from __future__ import annotations

import json
from typing import Any


def read_strictly(text: str | bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is not JSON, has a name twice in one object, or is nested too deep.
    """
    try:
        return json.loads(text, object_pairs_hook=_once)
    except RecursionError as err:
        raise ValueError("nested too deep") from err


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name!r} is there twice")
        found[name] = value
    return found
