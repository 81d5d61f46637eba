"""Grids to look at: gray, every row, and the truth side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np
import torch
from torch import Tensor

from vidcolor.color import lab_to_rgb

from .data import Picture, to_picture

if TYPE_CHECKING:
    from .photos import Model

_CELL = (160, 120)
_CAPTION = 18
_PHOTOGRAPHS = 24


def write(folder: Path, pictures: list[Picture], archival: Path, models: list[Model]) -> list[Path]:
    """Writes `photos_grid.jpg` and, where there are old films, `archival_grid.jpg`.

    They are not committed: the photographs' rights differ from one to the next.
    """
    shown = [pictures[i] for i in np.linspace(0, len(pictures) - 1, _PHOTOGRAPHS).astype(int)]
    found = [_write(folder / "photos_grid.jpg", shown, models, truth=True)]
    films = [picture for film in sorted(archival.glob("*.mp4")) for picture in _frames(film)]
    if films:
        found.append(_write(folder / "archival_grid.jpg", films, models, truth=False))
    return found


def _frames(film: Path) -> list[Picture]:
    """Two frames of a film, a third and two thirds into it, at a short side of 192 px."""
    with av.open(str(film)) as container:
        frames = [f.to_ndarray(format="gray") for f in container.decode(video=0)]
    found = []
    for at in (len(frames) // 3, 2 * len(frames) // 3):
        scale = 192 / min(frames[at].shape)
        size = [round(n * scale / 16) * 16 for n in frames[at].shape[::-1]]
        small = cv2.resize(frames[at], size, interpolation=cv2.INTER_AREA)
        found.append(to_picture(film.stem, cv2.cvtColor(small, cv2.COLOR_GRAY2BGR)))
    return found


def _write(path: Path, pictures: list[Picture], models: list[Model], *, truth: bool) -> Path:
    heads = ["gray", *(m.name for m in models), *(["truth"] if truth else [])]
    lines = [np.concatenate([_caption(h) for h in heads], axis=1)]
    for picture in pictures:
        every = [torch.zeros_like(picture.ab), *(m.ab(picture) for m in models)]
        every += [picture.ab] if truth else []
        lines.append(np.concatenate([_cell(picture.L, ab) for ab in every], axis=1))
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.concatenate(lines), [cv2.IMWRITE_JPEG_QUALITY, 88])
    return path


def _cell(L: Tensor, ab: Tensor) -> np.ndarray:
    """A picture fitted into a cell, BGR."""
    codes = (lab_to_rgb(L, ab)[0] * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    scale = min(_CELL[0] / codes.shape[1], _CELL[1] / codes.shape[0])
    size = [max(1, round(n * scale)) for n in codes.shape[1::-1]]
    small = cv2.resize(codes[..., ::-1], size, interpolation=cv2.INTER_AREA)
    cell = np.full((_CELL[1], _CELL[0], 3), 255, np.uint8)
    cell[: small.shape[0], : small.shape[1]] = small
    return cell


def _caption(text: str) -> np.ndarray:
    bar = np.full((_CAPTION, _CELL[0], 3), 255, np.uint8)
    return cv2.putText(
        bar, text, (2, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (0, 0, 0), 1, cv2.LINE_AA
    )
