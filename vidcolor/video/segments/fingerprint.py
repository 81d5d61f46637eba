"""What must stay the same for unfinished work to be taken up again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import ResumeError
from ..plan.plan import OutputPlan
from ..read.folder import find_pictures, is_picture_folder

_HEAD_BYTES = 1 << 20


def fingerprint_of(source: Path, plan: OutputPlan, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What must be the same for work to be taken up again: the input, settings, the encoding.

    Args:
        source: the film that is read.
        plan: how it is written.
        settings: everything that decides its colors, as values JSON can hold.
    """
    return {
        "input": source_mark(source),
        "settings": dict(settings),
        "encoding": {
            "codec": plan.encoding.codec,
            "options": dict(plan.encoding.options),
            "pix_fmt": plan.encoding.pix_fmt,
        },
    }


def source_mark(source: Path) -> dict[str, Any]:
    """What tells a film's file (or folder of images) from others, as values JSON can hold."""
    if is_picture_folder(source):
        return {"pictures": find_pictures(source).mark()}
    with source.open("rb") as file:
        head = hashlib.sha256(file.read(_HEAD_BYTES)).hexdigest()
    status = source.stat()
    return {"size": status.st_size, "mtime_ns": status.st_mtime_ns, "head": head}


def is_mark_of(mark: Mapping[str, Any], source: Path) -> bool:
    """Whether a `source_mark` is of a film's file or of one that it is a copy of.

    A copy has another date. Images of a folder must have the dates that they had.
    """
    now = source_mark(source)
    return {**mark, "mtime_ns": now.get("mtime_ns")} == {"mtime_ns": None, **now}


def compare(old: Mapping[str, Any], new: Mapping[str, Any], folder: Path) -> None:
    """Makes sure that work in `folder` was begun with the same input and settings.

    Raises:
        ResumeError: it was not; the line says what differs.
    """
    if old.get("input") != new["input"]:
        raise ResumeError(
            f"the input has changed since the work in {folder.name} was begun",
            hint="--restart begins anew",
        )
    differing = sorted(
        {
            name
            for part in ("settings", "encoding")
            for name in {*old.get(part, {}), *new[part]}
            if old.get(part, {}).get(name) != new[part].get(name)
        }
    )
    if differing:
        raise ResumeError(
            f"the work in {folder.name} was begun with other settings: {', '.join(differing)}",
            hint="use the same settings to go on, or --restart to begin anew",
        )
