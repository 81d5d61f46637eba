"""Pictures of stillness: one column of pixels, time from left to right."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from vidcolor.color import lab_to_rgb

from ..systems import PLAIN, REFINED
from .data import Sequence
from .sanity import TRUTH

ROWS = (TRUTH, PLAIN, REFINED)
SEQUENCES = ("car-shadow", "dance-twirl", "horsejump-high", "libby")
_WIDTH = 480
_CAPTION = 22


def time_slice(L: Tensor, ab: Tensor, column: int) -> np.ndarray:
    """The column of every frame side by side: uint8 BGR `(h, T, 3)`.

    Args:
        L, ab: `(T, 1, h, w)` and `(T, 2, h, w)`.
        column: which, from 0.
    """
    place = slice(column, column + 1)
    rgb = lab_to_rgb(L[..., place], ab[..., place])[..., 0]
    codes = (rgb * 255).round().to(torch.uint8).permute(2, 0, 1).numpy()
    return np.ascontiguousarray(codes[..., ::-1])


def busiest_column(L: Tensor) -> int:
    """The column whose lightness changes most in time, margins left out: something passes there."""
    change = (L[1:] - L[:-1]).abs().mean((0, 1, 2))
    margin = L.shape[-1] // 6
    return margin + int(change[margin:-margin].argmax())


def write(path: Path, sequence: Sequence, rows: dict[str, Tensor]) -> None:
    """Slices of all rows, one above the other, each with its name, as a JPEG."""
    column = busiest_column(sequence.L)
    strips = []
    for name, ab in rows.items():
        strip = time_slice(sequence.L, ab, column)
        height, width = strip.shape[0], strip.shape[1] * -(-_WIDTH // len(sequence.L))
        wide = cv2.resize(strip, (width, height), interpolation=cv2.INTER_NEAREST)
        strips += [_caption(f"{sequence.name}: {name}", width), wide]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.concatenate(strips), [cv2.IMWRITE_JPEG_QUALITY, 88])


def _caption(text: str, width: int) -> np.ndarray:
    bar = np.full((_CAPTION, width, 3), 255, np.uint8)
    return cv2.putText(
        bar, text, (4, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA
    )
