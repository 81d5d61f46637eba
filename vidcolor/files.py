"""Files that are whole or not there, whatever happens to the process or the machine."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows has no flock: two runs at once are the user's own risk there
    fcntl = None  # type: ignore[assignment]

NAME_BYTES = 255
"""Bytes that a name may have on most file systems."""


def write_whole(path: Path, data: bytes, *, shared: bool = False) -> None:
    """Replaces a file: after a crash it holds the old bytes or the new ones.

    Args:
        path: the file.
        data: what it will hold.
        shared: other processes, on other machines even, may be writing the same file.
    """
    new = path.with_suffix(
        f"{path.suffix}.{secrets.token_hex(4)}.new" if shared else f"{path.suffix}.new"
    )
    try:
        new.write_bytes(data)
        replace_whole(new, path)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink()
        raise


def replace_whole(new: Path, path: Path) -> None:
    """Renames a finished file so that neither its bytes nor its name are lost in a crash.

    A folder takes the place of another one that holds nothing but files of the same kinds.

    Raises:
        OSError: there are other files in the folder, which are left alone.
    """
    sync_file(new)
    if new.is_dir() and path.is_dir():
        kinds = {file.suffix for file in new.iterdir()}
        old = list(path.iterdir())
        if any(file.suffix not in kinds or file.is_dir() for file in old):
            raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY))
        for file in old:
            file.unlink()
        path.rmdir()
    new.replace(path)
    with contextlib.suppress(OSError):  # not every system can open folders
        _sync(path.parent, os.O_RDONLY)


def sync_file(path: Path) -> None:
    """Waits until the bytes of a file, or the names in a folder, are on the disk."""
    if path.is_dir():
        with contextlib.suppress(OSError):  # not every system can open folders
            _sync(path, os.O_RDONLY)
    else:
        _sync(path, os.O_RDWR)


def can_hold_files(folder: Path) -> bool:
    """Whether files can be made in a folder, or in the one that it would be made in."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.absolute().parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


def remove(path: Path) -> None:
    """Removes a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def lock_file(path: Path, *, shared: bool = False, required: bool = False) -> IO[bytes]:
    """Opens a file and locks it until it is closed or the process ends, however that happens.

    Args:
        path: the file; made where missing.
        shared: others may hold it too, if they share it.
        required: a file system that cannot lock is an error.

    Raises:
        BlockingIOError: another process holds it.
        OSError: the file cannot be made, or not be locked where that is required.
    """
    file = path.open("ab")
    if fcntl is None:
        return file
    try:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise
    except OSError:  # some network file systems cannot lock
        if required:
            file.close()
            raise
    return file


def can_be_name(name: str) -> bool:
    """Whether a file can be called so: no NUL, and nothing that is no text."""
    try:
        return b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


def fitting_name(name: str, ending: str, beginning: str = "") -> str:
    """`beginning + name + ending`, the name cut where it would be too long for a file system."""
    room = NAME_BYTES - len(os.fsencode(beginning + ending))
    if len(os.fsencode(name)) <= room:
        return beginning + name + ending
    mark = hashlib.sha256(os.fsencode(name)).hexdigest()[:8]
    return beginning + os.fsencode(name)[: room - 8].decode(errors="ignore") + mark + ending


def studio_folder(film: Path) -> Path:
    """Where a film's studio keeps what it made: caches, the history and the queue."""
    return film.with_name(fitting_name(film.name, ".studio"))


def _sync(path: Path, mode: int) -> None:
    handle = os.open(path, mode)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def size_of(path: Path) -> int:
    """Bytes of a file, or of the files in a folder."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.iterdir() if file.is_file())
    return path.stat().st_size


def mark_of(path: Path) -> list[int] | None:
    """What tells a file from others and stays when it is renamed; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]
