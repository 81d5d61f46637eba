"""A small picture of a colored film: a frame of it without and with its color, side by side."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import cv2
import numpy as np

from ..files import write_whole
from ..film import open_film
from ..report.downscale import to_gray_image, to_image
from ..video.read.sampling import sampled_frames

_SHORT_SIDE = 96
_PLACE = 0.4
_QUALITY = 80


def write_thumbnail(film: Path, folder: Path, name: str) -> str:
    """Writes a thumbnail of a film, taken where 40% of it have been shown.

    Args:
        film: in color; its luma is the source's.
        folder: of the batch's own files.
        name: of the film in the batch.

    Returns:
        The thumbnail's name in `folder`, with slashes.

    Raises:
        MediaError: the film cannot be read.
        OSError: the thumbnail cannot be written.
    """
    with open_film(film) as opened:
        info = opened.info
    size = info.geometry.working_size(_SHORT_SIDE)
    taken = [s.frame for place in (_PLACE, 0.0) for s in sampled_frames(film, info, [(place, 1)])]
    gray, color = to_gray_image(taken[0], info, size), to_image(taken[0], info, size)
    pair = np.ascontiguousarray(np.hstack((gray, color))[..., ::-1])
    done, data = cv2.imencode(".webp", pair, [cv2.IMWRITE_WEBP_QUALITY, _QUALITY])
    assert done
    # films of a tree may have the same name
    path = folder / "thumbnails" / f"{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}.webp"
    path.parent.mkdir(exist_ok=True)
    write_whole(path, data.tobytes())
    return f"thumbnails/{path.name}"
