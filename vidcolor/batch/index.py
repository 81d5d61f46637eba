"""The index of a batch: a page that lists its films, with links to them and their reports."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from urllib.parse import quote

from .. import __version__
from ..errors import MediaError
from ..files import write_whole
from ..pages import page_bytes, templates
from ..timecode import as_clock
from .board import duration
from .journal import DONE, FAILED, Record


def write_index(records: Sequence[Record], folder: Path) -> Path:
    """Writes the page; it is replaced as a whole.

    Args:
        records: of the films, in the order in which they are listed.
        folder: of the batch's own files, inside its output folder.

    Returns:
        The page.

    Raises:
        MediaError: it cannot be written.
    """
    environment = templates(__package__)
    environment.filters["link"] = lambda name: quote(os.fsencode(name))
    environment.filters["clock"] = lambda seconds: as_clock(Fraction(seconds))
    environment.filters["duration"] = duration
    done = [record for record in records if record.state == DONE]
    failed = [record for record in records if record.state == FAILED]
    page = environment.get_template("index.html").render(
        records=records,
        done=done,
        failed=failed,
        unfinished=[r for r in records if r.state not in (DONE, FAILED)],
        frames=sum(record.frames for record in done),
        seconds=sum(record.seconds for record in done),
        version=__version__,
    )
    path = folder / "index.html"
    try:
        write_whole(path, page_bytes(page), shared=True)
    except OSError as err:
        raise MediaError(f"{path}: cannot be written ({err.strerror})") from err
    return path
