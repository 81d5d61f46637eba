"""Upsamples small chroma planes to the film's size along the edges of its luma."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from . import color
from .geometry import Size
from .shots.thumbnail import halved
from .types import ColorTags

if TYPE_CHECKING:
    from .types import ColorTags

# Radius of the local linear model in pixels of the small image, and the luma variance (luma in
# [0, 1]) below which structure is treated as grain, not as an edge.
_RADIUS = 2
_GRAIN_VARIANCE = 4e-4

# Offset (right, down) of the first chroma sample from the first luma sample, in luma samples.
_SITINGS = {
    "left": (0.0, 0.5),
    "center": (0.5, 0.5),
    "topleft": (0.0, 0.0),
    "top": (0.5, 0.0),
    "bottomleft": (0.0, 1.0),
    "bottom": (0.5, 1.0),
}
# Lines of chroma whose luma is summed at once.
_LINES = 32


def chroma_to_size(
    chroma: Sequence[np.ndarray], y: np.ndarray, white: float, size: Size, tags: ColorTags
) -> tuple[np.ndarray, np.ndarray]:
    """Both chroma planes at the chroma size of the film.

    Fast guided filter (He and Sun, "Fast Guided Filter", arXiv 1505.00996, algorithm 2): in each
    small window chroma is modeled as a linear function of luma; the coefficients are enlarged, not
    the colors, so that color edges coincide with luma edges. They are of codes already, so that
    one multiplication and one addition make a code.

    Args:
        chroma: Cb and Cr, float32 `(h, w)` each, in [-0.5, 0.5].
        y: uint8 or uint16 `(H, W)`, the film's luma codes.
        white: luma code of white.
        size: of the chroma planes: that of `y`, or half of it, rounded up.
        tags: how the codes are written, and where chroma samples lie.

    Returns:
        Two arrays of that size, uint8 at 8 bits, else uint16.
    """
    right, down = _SITINGS[tags.siting]
    h, w = chroma[0].shape
    across = (right - 0.5) * w / y.shape[1] if size.width < y.shape[1] else 0.0
    along = (down - 0.5) * h / y.shape[0] if size.height < y.shape[0] else 0.0
    planes = [_shifted(plane, across, along) for plane in chroma]
    if size.height <= h:
        u, v = (
            color.chroma_codes(cv2.resize(p, size, interpolation=cv2.INTER_AREA), tags)
            for p in planes
        )
        return u, v
    guide, summed = _guide(y, size, right, down)
    unit = 1 / (white * summed)
    small = cv2.resize(halved(guide, (w, h), whole=True), (w, h), interpolation=cv2.INTER_AREA)
    small *= np.float32(unit)
    span, zero = color.chroma_scale(tags)
    codes = []
    for slope, offset in _linear_models(planes, small):
        large = cv2.resize(slope * np.float32(span * unit), size, interpolation=cv2.INTER_LINEAR)
        base = offset * np.float32(span) + np.float32(zero)
        found = cv2.resize(base, size, interpolation=cv2.INTER_LINEAR)
        cv2.accumulateProduct(large, guide, found)
        codes.append(color.rounded_chroma(found, tags))
    return codes[0], codes[1]


def _linear_models(
    planes: list[np.ndarray], guide: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each plane the slope and the offset that make it of the guide, both at its size."""
    window = (2 * _RADIUS + 1, 2 * _RADIUS + 1)
    mean_guide = cv2.blur(guide, window)
    variance = cv2.blur(guide * guide, window)
    variance -= mean_guide * mean_guide
    np.maximum(variance, 0, out=variance)
    variance += np.float32(_GRAIN_VARIANCE)
    models = []
    for plane in planes:
        mean = cv2.blur(plane, window)
        slope = cv2.blur(plane * guide, window)
        slope -= mean * mean_guide
        slope /= variance
        mean -= slope * mean_guide
        models.append((cv2.blur(slope, window), cv2.blur(mean, window)))
    return models


def _shifted(plane: np.ndarray, right: float, down: float) -> np.ndarray:
    """Samples a plane at positions shifted by `right` and `down`, in its pixels."""
    for axis, offset in ((1, right), (0, down)):
        if offset:
            # not warpAffine: it quantizes positions to 1/32 px, which is coarse at this size
            whole, share = int(np.floor(offset)), np.float32(offset - np.floor(offset))
            last = plane.shape[axis] - 1
            near, far = (
                plane.take(np.clip(np.arange(last + 1) + whole + n, 0, last), axis) for n in (0, 1)
            )
            far -= near
            far *= share
            far += near
            plane = far
    return plane


def _guide(y: np.ndarray, size: Size, right: float, down: float) -> tuple[np.ndarray, int]:
    """Luma at the positions of the chroma samples as float32 sums of codes, and of how many.

    Args:
        y: luma codes.
        size: of the chroma planes.
        right, down: where the first chroma sample lies.
    """
    guide = np.empty(size.shape, np.float32)
    step = 2 if size.height < len(y) else 1
    count = 1
    # a few lines at a time, with one more on either side: what lies between stays in the cache
    for top in range(0, size.height, _LINES):
        end = min(top + _LINES, size.height)
        first = max(top - 1, 0)
        part, count = y[step * first : step * (end + 1)], 1
        if size.width < y.shape[1]:
            part, count = _summed(*_column_pairs(part), right, 1)
        if step == 2:
            part, along = _summed(*_row_pairs(part), down, 0)
            count *= along
        guide[top:end] = part[top - first : end - first]
    return guide, count


def _column_pairs(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns 0, 2, 4 ... and the ones after them, in twice the bits.

    The last column is repeated where one is missing. Two codes are read as one number, which is
    many times faster than every second code.
    """
    if y.shape[1] % 2:
        y = cv2.copyMakeBorder(y, 0, 0, 0, 1, cv2.BORDER_REPLICATE)
    bits = 8 * y.itemsize
    both = y.view(np.dtype(f"<u{2 * y.itemsize}"))
    return both & (2**bits - 1), both >> bits


def _row_pairs(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows 0, 2, 4 ... and the ones after them; the last is repeated where one is missing."""
    if len(y) % 2:
        y = np.concatenate((y, y[-1:]))
    return y[0::2], y[1::2]


def _summed(even: np.ndarray, odd: np.ndarray, offset: float, axis: int) -> tuple[np.ndarray, int]:
    """Luma at the place `offset` of every pair of lines, as a sum, and of how many lines."""
    total = even + odd
    if offset == 0.5:
        return total, 2
    # a line and half of each line beside it
    near, far, last = (even, odd, 0) if offset == 0.0 else (odd, even, -1)
    total += near
    edge = total.take([last], axis) + near.take([last], axis)
    # all in one row, which is faster; what comes from the row before is put right afterwards
    step = 1 if axis == 1 else total.shape[1]
    sums, others = total.reshape(-1), far.reshape(-1)
    if offset == 0.0:
        sums[step:] += others[:-step]
    else:
        sums[:-step] += others[step:]
    total[(slice(None), [last]) if axis == 1 else [last]] = edge
    return total, 4


def own_chroma(
    planes: tuple[np.ndarray, np.ndarray], size: Size, source: ColorTags, tags: ColorTags
) -> tuple[np.ndarray, np.ndarray]:
    """The film's own chroma planes in the format of the output; same codes if formats agree.

    Args:
        planes: uint8 or uint16 codes.
        size: of the output's chroma planes.
        source, tags: how codes of the film and of the output are read.
    """
    u, v = (
        p if p.shape == size.shape else cv2.resize(p, size, interpolation=cv2.INTER_LINEAR)
        for p in planes
    )
    same_range, shift = source.full_range == tags.full_range, tags.depth - source.depth
    if same_range and shift >= 0:
        dtype = np.uint8 if tags.depth == 8 else np.uint16
        return u.astype(dtype) << shift, v.astype(dtype) << shift
    scale = np.float32(color.chroma_scale(tags)[0] / color.chroma_scale(source)[0])
    return _rescaled(u, source, tags, scale), _rescaled(v, source, tags, scale)


def _rescaled(
    plane: np.ndarray, source: ColorTags, tags: ColorTags, scale: np.float32
) -> np.ndarray:
    codes = (plane.astype(np.float32) - 2 ** (source.depth - 1)) * scale + 2 ** (tags.depth - 1)
    dtype = np.uint8 if tags.depth == 8 else np.uint16
    return np.asarray(np.clip(np.rint(codes), 0, 2**tags.depth - 1).astype(dtype))
