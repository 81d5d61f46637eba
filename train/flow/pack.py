"""All data of a flow training in one file, for use on another machine."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import cv2
import numpy as np
import torch

from .data import read_shots, read_teacher

# Frames of a window; it contains pairs up to four apart.
_WINDOW = 5
_QUALITY = 85
_MIB = 1 << 20


def _copied(pack: zipfile.ZipFile, source: Path, part: str, most: int) -> None:
    """Copies photographs of a part, evenly chosen, up to `most` bytes in all."""
    shards = [zipfile.ZipFile(p) for p in sorted((source / "photos").glob(f"{part}*.zip"))]
    files = [(shard, i) for shard in shards for i in shard.infolist() if i.filename[-5:] == ".webp"]
    step = max(1.0, sum(info.file_size for _, info in files) / most)
    for number, at in enumerate(np.arange(0, len(files), step).astype(int)):
        shard, info = files[at]
        pack.writestr(f"photos/{part}/{number:05d}.webp", shard.read(info))
    for shard in shards:
        shard.close()


def _windows(frames: list[np.ndarray], count: int) -> list[list[np.ndarray]]:
    """`count` windows evenly spread over a shot, or as many as fit without overlap."""
    count = min(count, len(frames) // _WINDOW)
    starts = np.linspace(0, len(frames) - _WINDOW, max(count, 1)).round().astype(int)
    return [frames[max(start, 0) : start + _WINDOW] for start in starts]


def write_pack(path: Path, source: Path, mib: float, windows: int = 2) -> None:
    """Packs windows of all shots, validation photographs, the teacher, and training photographs.

    Args:
        path: a new zip file.
        source: the data's folder.
        mib: maximum size in MiB.
        windows: number of windows per shot.
    """
    part = path.with_suffix(".part")
    teacher = io.BytesIO()
    torch.save(read_teacher(source), teacher)
    with zipfile.ZipFile(part, "w") as pack:
        pack.writestr("teacher.pth", teacher.getvalue())
        for held_out in (False, True):
            for name, frames in read_shots(source, held_out=held_out):
                for number, window in enumerate(_windows(frames, windows)):
                    for index, frame in enumerate(window):
                        flags = [cv2.IMWRITE_WEBP_QUALITY, _QUALITY]
                        content = cv2.imencode(".webp", frame, flags)[1].tobytes()
                        pack.writestr(f"clips/{name}/{number}/{index}.webp", content)
        _copied(pack, source, "val", _MIB)
        # The directory of a zip takes about 130 bytes per file.
        room = int(mib * _MIB) - part.stat().st_size - 200 * len(pack.namelist())
        _copied(pack, source, "train", int(room * 0.93))
    if part.stat().st_size > mib * _MIB:
        part.unlink()
        raise ValueError(f"{mib} MiB do not hold {windows} windows of each shot")
    part.replace(path)
