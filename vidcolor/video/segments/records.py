"""Records of single segments, for work that several processes or machines share.

Each finished segment has a small file of its own, `00012.json`, that appears as a whole: nobody
has to write into what another one is writing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...files import write_whole
from .segment import Segment, segment_path
from .sink import write_error

_NAME = re.compile(r"\d{5,}\.json")


def to_entry(segment: Segment) -> dict[str, Any]:
    """A segment as values JSON can hold; its path is taken from the folder."""
    return asdict(segment) | {"path": segment.path.name}


def from_entry(entry: Mapping[str, Any], folder: Path) -> Segment:
    """The inverse of `to_entry`.

    Raises:
        TypeError, KeyError: it is not one.
    """
    return Segment(**{**entry, "path": folder / entry["path"]})


def write_record(segment: Segment, folder: Path) -> None:
    """Says that a segment is finished; whoever else has said so of the same one is overwritten.

    Raises:
        MediaError: the disk is full or the folder cannot be written to.
    """
    path = segment_path(folder, segment.number).with_suffix(".json")
    try:
        write_whole(path, json.dumps(to_entry(segment)).encode(), shared=True)
    except OSError as err:
        raise write_error(err, folder) from err


def record_paths(folder: Path) -> list[Path]:
    """Files of records in a folder of work."""
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def read_records(folder: Path) -> list[Segment]:
    """All segments that records speak of; what cannot be read is left out."""
    found = []
    for path in record_paths(folder):
        try:
            found.append(from_entry(json.loads(path.read_bytes()), folder))
        except (OSError, ValueError, TypeError, KeyError):
            continue
    return found
