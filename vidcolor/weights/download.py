"""A published file onto this disk: checked, never half there, taken up again where it broke."""

from __future__ import annotations

import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import WeightsError
from ..files import sha256_of

if TYPE_CHECKING:
    from .published import Published

Progress = Callable[[int, int | None], None]
"""Called after every block: bytes here, and bytes in all (None = unknown)."""

_CHUNK = 1 << 20
_TIMEOUT_SECONDS = 30.0
_RANGE_IS_PAST_THE_END = 416


def by_hand(entry: Published, folder: Path) -> str:
    """What to do on a machine without a network."""
    return (
        f"download {entry.url} elsewhere and put it here as {folder / entry.file} "
        f"(sha256 {entry.sha256}{'...' if len(entry.sha256) < 64 else ''})"
    )


def check(path: Path, entry: Published) -> None:
    """Compares a file with the hash of its table entry.

    Raises:
        WeightsError: it is another file, or a damaged one.
    """
    found = sha256_of(path)
    if not found.startswith(entry.sha256):
        raise WeightsError(
            f"{path} is not the published file: its sha256 is {found}, not {entry.sha256}",
            hint=f"remove it, then `vidcolor fetch {entry.name}`",
        )


def download(entry: Published, folder: Path, progress: Progress | None = None) -> Path:
    """The file of `entry` in `folder`, fetched if it is not there.

    What has come so far waits under the name `.part`; the next call asks for the rest (RFC 9110,
    section 14). The final name appears only when the hash has matched.

    Raises:
        WeightsError: no connection, it broke, or what came is not the file.
    """
    path = folder / entry.file
    if path.is_file():
        check(path, entry)
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{entry.file}.part"
        begun = part.is_file()
        _receive(entry, part, progress)
        if begun and not sha256_of(part).startswith(entry.sha256):
            # The beginning may be of another version of the file.
            part.unlink()
            _receive(entry, part, progress)
        if not sha256_of(part).startswith(entry.sha256):
            found = sha256_of(part)
            part.unlink()
            raise WeightsError(
                f"what came from {entry.url} is not the published file (sha256 {found})",
                hint=by_hand(entry, folder),
            )
        part.replace(path)
    except (OSError, http.client.HTTPException) as err:
        raise WeightsError(
            f"the weights of {entry.name} could not be fetched: {getattr(err, 'reason', err)}",
            hint=f"the same command goes on where it stopped; or {by_hand(entry, folder)}",
        ) from err
    return path


def _receive(entry: Published, part: Path, progress: Progress | None) -> None:
    """Appends to `part` what it lacks."""
    here = part.stat().st_size if part.is_file() else 0
    headers = {"User-Agent": "vidcolor"} | ({"Range": f"bytes={here}-"} if here else {})
    request = urllib.request.Request(entry.url, headers=headers)
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS)
    except urllib.error.HTTPError as err:
        if here and err.code == _RANGE_IS_PAST_THE_END:
            return
        raise
    with response:
        goes_on = response.status == http.client.PARTIAL_CONTENT
        here = here if goes_on else 0
        length = response.headers.get("Content-Length")
        total = None if length is None else here + int(length)
        with part.open("ab" if goes_on else "wb") as file:
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                here += len(chunk)
                if progress is not None:
                    progress(here, total)
            file.flush()
            os.fsync(file.fileno())
    if total is not None and here < total:
        raise ConnectionError(f"the connection broke after {here} of {total} bytes")
