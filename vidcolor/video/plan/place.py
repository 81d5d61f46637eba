"""Where the output goes: its name chooses the container, and nothing is overwritten unasked."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...errors import ConfigError, MediaError
from ..read.folder import is_picture_folder

CONTAINERS: Mapping[str, str] = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".mkv": "matroska",
    ".webm": "webm",
    ".ts": "mpegts",
    ".mts": "mpegts",
    ".m2ts": "mpegts",
    ".avi": "avi",
    ".gif": "gif",
}
"""Endings of outputs and libav's muxers for them."""

PICTURES = "pictures"
"""Stands for a folder of numbered PNG pictures where otherwise a muxer is named."""

_PATTERN = re.compile(r"%(?:0\d+)?d")
_USUAL_NAMES = "%06d.png"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a film is written.

    Attributes:
        output: the file, or the folder of pictures.
        container: libav's name of the muxer, or `PICTURES`.
        names: pattern of the names of pictures, None for a file.
        label: what messages call the container.
    """

    output: Path
    container: str
    names: str | None
    label: str


def default_output(source: Path) -> Path:
    """Beside the input and of its kind; .mkv where its kind cannot be written."""
    if is_picture_folder(source):
        folder = source.absolute() if source.is_dir() else source.absolute().parent
        return folder.with_name(f"{folder.name}-color")
    suffix = source.suffix if source.suffix.lower() in CONTAINERS else ".mkv"
    return source.with_name(f"{source.stem}.color{suffix}")


def finished_path(output: Path) -> Path:
    """The file or the folder that a run leaves behind which the user wants in `output`."""
    return output.parent if _is_pattern(output) else output


def _is_pattern(output: Path) -> bool:
    return output.suffix.lower() == ".png" and bool(_PATTERN.search(output.name))


def choose_place(source: Path, output: Path, *, overwrite: bool) -> Place:
    """Where a film is written that the user calls `output`.

    Raises:
        ConfigError: an unknown ending, the input itself, or something that is there already.
        MediaError: the folder is missing or cannot be written to.
    """
    suffix = output.suffix.lower()
    if suffix in CONTAINERS:
        place = Place(output, CONTAINERS[suffix], None, suffix)
    elif _is_pattern(output):
        place = Place(output.parent, PICTURES, output.name, "numbered pictures")
    elif suffix == "":
        place = Place(output, PICTURES, _USUAL_NAMES, "numbered pictures")
    else:
        raise ConfigError(
            f"cannot write {suffix}",
            hint=f"endings that work: {' '.join(CONTAINERS)}; pictures: folder/%06d.png",
        )
    _check_folder(place.output)
    if place.output.exists():
        if _is_input(source, place.output):
            raise ConfigError(
                f"{output}: the output is the input", hint="choose another name for the output"
            )
        _check_existing(place, overwrite)
    return place


def _check_folder(output: Path) -> None:
    folder = output.absolute().parent
    if not folder.is_dir():
        raise MediaError(f"{folder}: no such folder", hint="make it, or choose another --output")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise MediaError(f"{folder}: no permission to write there")


def _is_input(source: Path, output: Path) -> bool:
    if is_picture_folder(source) and not source.is_dir():
        source = source.parent
    # samefile sees through other spellings, symbolic links and hard links
    return output.samefile(source)


def _check_existing(place: Place, overwrite: bool) -> None:
    if place.names is None:
        if place.output.is_dir():
            raise ConfigError(f"{place.output}: is a folder", hint="give the name of a file")
        if not overwrite:
            raise ConfigError(f"{place.output}: exists already", hint="--overwrite replaces it")
        return
    if not place.output.is_dir():
        raise ConfigError(
            f"{place.output}: is a file, not a folder of pictures",
            hint=f"endings of films: {' '.join(CONTAINERS)}",
        )
    before, after = _PATTERN.split(place.names)
    ours = re.compile(re.escape(before) + r"\d+" + re.escape(after))
    names = [path.name for path in place.output.iterdir()]
    if foreign := [name for name in names if not ours.fullmatch(name)]:
        raise ConfigError(
            f"{place.output}: other files are there ({foreign[0]})",
            hint="give the name of a new or an empty folder",
        )
    if names and not overwrite:
        raise ConfigError(
            f"{place.output}: pictures are there already", hint="--overwrite replaces them"
        )
