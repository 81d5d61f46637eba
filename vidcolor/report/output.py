"""Where a report goes, checked before the work. Standard library only."""

from __future__ import annotations

from pathlib import Path

from ..errors import ConfigError, MediaError
from ..files import can_hold_files, fitting_name

ENDINGS = (".html", ".htm", ".json")


def report_path(film: Path) -> Path:
    """Where the report of a film goes by default: next to it.

    Raises:
        ConfigError: it is a folder.
    """
    if not film.name:
        raise ConfigError(f"{film}: is a folder")
    return film.with_name(fitting_name(film.stem, ".report.html"))


def check_output(output: Path, *, overwrite: bool) -> None:
    """Refuses what could not be written in the end, before hours of work.

    Raises:
        ConfigError: the file is there already, or its ending is not that of a report.
        MediaError: its folder is not there, or cannot be written to.
    """
    if output.suffix.lower() not in ENDINGS:
        raise ConfigError(
            f"{output}: a report is written as .html or .json", hint="give -o NAME.html"
        )
    if output.is_dir():
        raise MediaError(f"{output}: is a folder")
    if output.exists() and not overwrite:
        raise ConfigError(f"{output}: exists already", hint="--overwrite replaces it")
    if not output.parent.is_dir():
        raise MediaError(f"{output.parent}: no such folder")
    if not can_hold_files(output.parent):
        raise MediaError(
            f"{output.parent}: no permission to write there", hint="give -o FOLDER/NAME.html"
        )
