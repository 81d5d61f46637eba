"""Pictures to look at while a training goes on."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from vidcolor.color import lab_to_rgb
from vidcolor.types import Colorizer

from .photos import split_lab, to_lab

# Side of a picture on the sheet, in pixels.
_SHOWN = 144


def write_samples(
    colorizer: Colorizer,
    photos: list[np.ndarray],
    size: int,
    folder: Path,
    step: int,
    device: str = "cpu",
) -> Path:
    """A sheet of photographs' middles: gray, as colored, and true, one below the other.

    Args:
        colorizer: what colors them.
        photos: uint8 `(H, W, 3)` each, RGB.
        size: side in pixels that they are colored at.
        folder: where the sheet goes.
        step: number in its name.
        device: where the colorizer is.

    Returns:
        The PNG.
    """
    columns = []
    for photo in photos:
        side = min(photo.shape[:2])
        top, left = ((n - side) // 2 for n in photo.shape[:2])
        square = photo[top : top + side, left : left + side]
        L, ab = split_lab(
            to_lab(cv2.resize(square, (size, size), interpolation=cv2.INTER_AREA))[None]
        )
        guess = F.interpolate(
            colorizer.colorize(L.to(device)).ab.cpu(), size=(size, size), mode="bilinear"
        )
        rows = torch.cat([lab_to_rgb(L, x)[0] for x in (torch.zeros_like(ab), guess, ab)], dim=1)
        columns.append((rows.permute(1, 2, 0).numpy() * 255 + 0.5).astype(np.uint8))
    sheet = np.concatenate(columns, axis=1)
    scale = max(1, _SHOWN // size)
    sheet = sheet.repeat(scale, axis=0).repeat(scale, axis=1)
    path = folder / f"samples-{step:06d}.png"
    cv2.imwrite(str(path), sheet[..., ::-1])
    return path
