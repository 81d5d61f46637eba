"""The comment of a film's file."""

from __future__ import annotations

from pathlib import Path

from ...errors import MediaError
from .containers import open_input, readable
from .folder import is_picture_folder


def film_comment(path: Path) -> str:
    """The comment that a film carries, "" where it has none, cannot be read or is of images."""
    if is_picture_folder(path):
        return ""
    try:
        with open_input(path) as film:
            tags = readable(film.metadata)
    except MediaError:
        return ""
    return next((value for name, value in tags.items() if name.lower() == "comment"), "")
