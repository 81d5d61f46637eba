"""Downloads published weight files: hash-checked, atomic, resumed after an interruption."""

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

ByteProgress = Callable[[int, int | None], None]
"""Called after every block: bytes received so far, and bytes in total (None = unknown)."""

_CHUNK = 1 << 20
_TIMEOUT_SECONDS = 30.0
_RANGE_IS_PAST_THE_END = 416


def by_hand(entry: Published, folder: Path) -> str:
    """Instructions for a machine without a network."""
    return (
        f"download {entry.url} elsewhere and copy it to {folder / entry.file} "
        f"(sha256 {entry.sha256}{'...' if len(entry.sha256) < 64 else ''})"
    )


def check(path: Path, entry: Published) -> None:
    """Compares a file with the hash of its table entry.

    Raises:
        WeightsError: the hash differs.
    """
    found = sha256_of(path)
    if not found.startswith(entry.sha256):
        raise WeightsError(
            f"{path} is not the published file: its sha256 is {found}, not {entry.sha256}",
            hint=f"remove it and run `vidcolor fetch {entry.name}`",
        )


def download(entry: Published, folder: Path, progress: ByteProgress | None = None) -> Path:
    """Path of `entry`'s file in `folder`, downloaded if it is missing.

    An incomplete download is kept as `.part`; the next call requests the rest (range request, RFC
    9110, section 14). The final name appears only after the hash has matched.

    Raises:
        WeightsError: no connection, an incomplete download, or a wrong hash.
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
            # The part kept earlier may belong to another version of the file.
            part.unlink()
            _receive(entry, part, progress)
        if not sha256_of(part).startswith(entry.sha256):
            found = sha256_of(part)
            part.unlink()
            raise WeightsError(
                f"{entry.url} is not the published file: its sha256 is {found}",
                hint=by_hand(entry, folder),
            )
        part.replace(path)
    except (OSError, http.client.HTTPException) as err:
        raise WeightsError(
            f"the weights of {entry.name} could not be downloaded: {getattr(err, 'reason', err)}",
            hint=f"run the same command again to resume; or {by_hand(entry, folder)}",
        ) from err
    return path


def _receive(entry: Published, part: Path, progress: ByteProgress | None) -> None:
    """Downloads what is missing from `part` and appends it."""
    received = part.stat().st_size if part.is_file() else 0
    headers = {"User-Agent": "vidcolor"} | ({"Range": f"bytes={received}-"} if received else {})
    request = urllib.request.Request(entry.url, headers=headers)
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS)
    except urllib.error.HTTPError as err:
        if received and err.code == _RANGE_IS_PAST_THE_END:
            return
        raise
    with response:
        is_partial = response.status == http.client.PARTIAL_CONTENT
        received = received if is_partial else 0
        length = response.headers.get("Content-Length")
        total = None if length is None else received + int(length)
        with part.open("ab" if is_partial else "wb") as file:
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                received += len(chunk)
                if progress is not None:
                    progress(received, total)
            file.flush()
            os.fsync(file.fileno())
    if total is not None and received < total:
        raise ConnectionError(f"connection lost after {received} of {total} bytes")
