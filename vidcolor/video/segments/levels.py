"""Luma codes in another depth or range than the source's."""

from __future__ import annotations

import numpy as np

from ...types import ColorTags


def luma_table(source: ColorTags, output: ColorTags) -> np.ndarray | None:
    """The output's code of every luma code of the source; None where they are the same.

    More bits of the same range are a shift, which loses nothing. All else is scaled from black to
    white and rounded once.

    Args:
        source, output: how codes are read before and after.

    Returns:
        uint8 or uint16 `(2 ** source.depth,)`.
    """
    same_range = source.full_range == output.full_range
    if same_range and source.depth == output.depth:
        return None
    dtype = np.uint8 if output.depth == 8 else np.uint16
    codes = np.arange(2**source.depth)
    if same_range and output.depth > source.depth:
        return (codes << (output.depth - source.depth)).astype(dtype)
    (black, white), (new_black, new_white) = _ends(source), _ends(output)
    scaled = new_black + (codes - black) * ((new_white - new_black) / (white - black))
    return np.clip(np.rint(scaled), 0, 2**output.depth - 1).astype(dtype)


def _ends(tags: ColorTags) -> tuple[float, float]:
    """Codes of black and white."""
    if tags.full_range:
        return 0.0, 2.0**tags.depth - 1
    step = 2.0 ** (tags.depth - 8)
    return 16 * step, 235 * step
