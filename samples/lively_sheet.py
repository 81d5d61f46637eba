"""`base` beside `lively` on frames of films: `python samples/lively_sheet.py FILM:FRAME ...`.

Writes `lively.jpg` beside this file: a row each, black-and-white, `base` and `lively`. Every frame
is colored by itself.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import torch

from vidcolor import RunConfig, build, open_film
from vidcolor.color import lab_to_rgb, rgb_to_lab

SHEET = Path(__file__).with_name("lively.jpg")
_SIDE, _QUALITY = 240, 80


def row(film: Path, frame: int) -> np.ndarray:
    """A frame without color and in both, uint8 RGB."""
    cells = []
    for model in ("base", "lively"):
        config = RunConfig(model=model, refiner="none")
        with open_film(film, config.film) as opened:
            parts = build(config)
            cells.append(opened.frame(frame, config, short_side=_SIDE, parts=parts))
    return np.hstack([_gray(cells[0]), *cells])


def _gray(rgb: np.ndarray) -> np.ndarray:
    planes = torch.from_numpy(rgb.copy()).permute(2, 0, 1)[None].float() / 255
    L, ab = rgb_to_lab(planes)
    found = lab_to_rgb(L, torch.zeros_like(ab))[0].permute(1, 2, 0)
    return (found.clamp(0, 1) * 255).round().to(torch.uint8).numpy()


def main(named: list[str]) -> None:
    rows = []
    for film, _, frame in (name.rpartition(":") for name in named):
        rows.append(row(Path(film), int(frame)))
    width = min(r.shape[1] for r in rows)
    rows = [cv2.resize(r, (width, round(r.shape[0] * width / r.shape[1]))) for r in rows]
    sheet = np.vstack(rows)[..., ::-1]
    if not cv2.imwrite(str(SHEET), sheet, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]):
        raise SystemExit(f"{SHEET}: cannot be written")


if __name__ == "__main__":
    main(sys.argv[1:])
