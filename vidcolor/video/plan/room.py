"""Whether a film can fit on the disk at all, asked before hours of work."""

from __future__ import annotations

import shutil
from pathlib import Path

from ...errors import MediaError
from ...types import VideoInfo
from ..read.folder import find_pictures, is_picture_folder
from .plan import OutputPlan

# Bits a pixel of the dullest film, by encoder and whether it is lossless: real films need several
# times as much.
_LEAST_BITS = {
    "png": 0.5, "tiff": 20, "dpx": 20, "v210": 20, "prores_ks": 0.1, "dnxhd": 0.5, "ffv1": 0.3,
    "lossless": 0.2, "lossy": 0.003,
}  # fmt: skip
# Headers lie about the number of frames; the source's own size cannot.
_MOST_BY_SOURCE = 4


def check_room(info: VideoInfo, plan: OutputPlan, work: Path, *, is_lossless: bool) -> None:
    """Refuses a run that surely will not fit: finished segments and the film lie side by side.

    Args:
        info: the film that is read; its `frame_count` is of the range.
        plan: what will be written.
        work: folder of unfinished work; what is in it need not be written again.
        is_lossless: whether the encoder is set to be.

    Raises:
        MediaError: less is free than the least that will be needed.
    """
    if info.frame_count is None:
        return
    kind = plan.encoding.codec
    if kind not in _LEAST_BITS:
        kind = "lossless" if is_lossless else "lossy"
    coded = info.frame_count * info.width * info.height * _LEAST_BITS[kind] / 8
    folder = plan.output.absolute().parent
    done = sum(path.stat().st_size for path in work.glob("*.nut"))
    needed = 2 * min(coded, _MOST_BY_SOURCE * _size(info.path)) - done
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise MediaError(
            f"too little space in {folder}: at least {_readable(needed)} will be "
            f"needed, {_readable(free)} are free",
            hint="free some space, or choose another --output",
        )


def _size(path: Path) -> int:
    if is_picture_folder(path):
        return sum(picture.stat().st_size for picture in find_pictures(path).pictures)
    return path.stat().st_size


def _readable(size: float) -> str:
    if size < 1e5:
        return f"{size / 1e3:.1f} kB"
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"
