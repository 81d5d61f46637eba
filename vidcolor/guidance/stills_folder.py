"""A folder of stills as `vidcolor stills` writes it and people repaint it."""

from __future__ import annotations

import contextlib
from pathlib import Path

from .images import ENDINGS
from .places_in_time import place_of_still, shot_of_photo
from .said import Photo, Said, StillFile

PROPOSED = ".proposed"
"""Folder in the folder: the stills as they were written, to tell what was repainted."""
COLOR_FILE = "colors.json"
"""A file of colors that may lie among the stills."""


def read_stills_folder(folder: Path) -> tuple[Said, list[str]]:
    """What lies in a folder of stills.

    Images are found by their endings; other files, hidden ones and folders are left alone.

    Returns:
        Stills and photographs in the order of their names, and a line for each image whose name
        says nothing.
    """
    stills: list[StillFile] = []
    photos: list[Photo] = []
    bad: list[str] = []
    for path in images_in(folder):
        if (shot := shot_of_photo(path.stem)) is not None:
            photos.append(Photo(path.name, path, (shot,)))
            continue
        try:
            place = place_of_still(path.stem)
        except ValueError as err:
            bad.append(f"{path}: {err}")
            continue
        stills.append(StillFile(path, place))
    return Said(stills=tuple(stills), photos=tuple(photos)), bad


def images_in(folder: Path) -> list[Path]:
    """Images that lie in a folder, in the order of their names."""
    return sorted(
        p
        for p in folder.iterdir()
        if p.suffix.lower() in ENDINGS and not p.name.startswith(".") and p.is_file()
    )


def proposals_in(folder: Path) -> dict[int, Path]:
    """What was proposed, by the number of the frame."""
    kept = folder / PROPOSED
    if not kept.is_dir():
        return {}
    found = {}
    for path in images_in(kept):
        # of other files that somebody put there, nothing is said
        with contextlib.suppress(ValueError):
            place = place_of_still(path.stem)
            if isinstance(place, int):
                found[place] = path
    return found
