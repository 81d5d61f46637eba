"""`stills.csv`: which still shows what, the one that is worth the most work first."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ..errors import MediaError
from ..files import write_whole

NAME = "stills.csv"


@dataclass(frozen=True, slots=True)
class Row:
    """A still.

    Attributes:
        still: name of its file.
        shot: number of its shot.
        frame: its number in the film.
        timecode: when it is shown, HH:MM:SS.mmm from the film's start.
        unsure: how unsure the colorizer is of its colors, 0 = sure, 1 = it bets.
        seconds: length of the part of its shot that it stands for.
    """

    still: str
    shot: int
    frame: int
    timecode: str
    unsure: float
    seconds: float


def worst_first(rows: Iterable[Row]) -> list[Row]:
    """Rows in the order of unsureness times length."""
    return sorted(rows, key=lambda r: (-r.unsure * r.seconds, r.frame))


def write_table(rows: Iterable[Row], folder: Path) -> None:
    """Writes the rows into a folder, worst first.

    Raises:
        MediaError: it cannot be written.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Row)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(map(asdict, worst_first(rows)))
    path = folder / NAME
    try:
        write_whole(path, text.getvalue().encode())
    except OSError as err:
        raise MediaError(f"{path}: cannot be written ({err.strerror})") from err


def read_table(folder: Path) -> dict[str, Row]:
    """Rows of an earlier table by the names of their stills; none where it cannot be read."""
    try:
        text = (folder / NAME).read_text()
    except (OSError, UnicodeDecodeError):
        return {}
    found = {}
    for entry in csv.DictReader(io.StringIO(text)):
        try:
            row = Row(
                entry["still"],
                int(entry["shot"]),
                int(entry["frame"]),
                entry["timecode"],
                float(entry["unsure"]),
                float(entry["seconds"]),
            )
        except (KeyError, TypeError, ValueError):
            continue
        found[row.still] = row
    return found
