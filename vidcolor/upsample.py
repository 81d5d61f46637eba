"""Upsamples small chroma planes to the film's size along the edges of its luma."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from .geometry import Size

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
# Filter for luma at a chroma sample, by its offset from the first of its two luma samples.
_FILTERS = {0.0: (0, 1, 2, 1, 0), 0.5: (0, 0, 2, 2, 0), 1.0: (0, 0, 1, 2, 1)}
_IDENTITY = (0, 0, 4, 0, 0)


def guided_upsample(chroma: np.ndarray, guide: np.ndarray, small_guide: np.ndarray) -> np.ndarray:
    """Fast guided filter (He and Sun, "Fast Guided Filter", arXiv 1505.00996, algorithm 2).

    In each small window chroma is modeled as a linear function of luma; the coefficients are
    enlarged, not the colors, so that color edges coincide with luma edges.

    Args:
        chroma: float32 `(h, w, C)`, any units.
        guide: float32 `(H, W)`, luma in [0, 1] at the target size.
        small_guide: float32 `(h, w)`, the same luma at the small size.

    Returns:
        float32 `(H, W, C)`.
    """
    window = (2 * _RADIUS + 1, 2 * _RADIUS + 1)
    mean_guide = cv2.blur(small_guide, window)
    variance = cv2.blur(small_guide * small_guide, window) - mean_guide * mean_guide
    mean = cv2.blur(chroma, window)
    covariance = cv2.blur(chroma * small_guide[..., None], window) - mean * mean_guide[..., None]
    slope = covariance / (np.maximum(variance, 0) + _GRAIN_VARIANCE)[..., None]
    offset = mean - slope * mean_guide[..., None]
    coefficients = cv2.blur(np.concatenate((slope, offset), axis=2), window)
    coefficients = cv2.resize(coefficients, guide.shape[::-1], interpolation=cv2.INTER_LINEAR)
    channels = chroma.shape[2]
    return coefficients[..., :channels] * guide[..., None] + coefficients[..., channels:]


def chroma_to_size(
    chroma: np.ndarray,
    y: np.ndarray,
    white: float,
    size: Size,
    siting: str = "center",
) -> tuple[np.ndarray, np.ndarray]:
    """Resizes both chroma planes to the chroma size of the film.

    Args:
        chroma: float32 `(h, w, 2)`, Cb and Cr in [-0.5, 0.5].
        y: uint8 or uint16 `(H, W)`, the film's luma codes.
        white: luma code of white.
        size: of the chroma planes: that of `y`, or half of it, rounded up.
        siting: position of subsampled chroma, see `types.ColorTags`.

    Returns:
        Two float32 arrays of that size, in [-0.5, 0.5].
    """
    right, down = _SITINGS[siting]
    halved = (size.width < y.shape[1], size.height < y.shape[0])
    chroma = _shifted(
        chroma,
        (right - 0.5) * chroma.shape[1] / y.shape[1] if halved[0] else 0.0,
        (down - 0.5) * chroma.shape[0] / y.shape[0] if halved[1] else 0.0,
    )
    if size.height <= chroma.shape[0]:
        large = cv2.resize(chroma, size, interpolation=cv2.INTER_AREA)
    else:
        guide = y.astype(np.float32) if y.shape == size.shape else _halved(y, *halved, right, down)
        guide *= np.float32(1 / white)
        small = cv2.resize(guide, chroma.shape[1::-1], interpolation=cv2.INTER_AREA)
        large = guided_upsample(chroma, guide, small)
    large = np.clip(large, -0.5, 0.5)
    return large[..., 0], large[..., 1]


def _shifted(chroma: np.ndarray, right: float, down: float) -> np.ndarray:
    """Samples the planes at positions shifted by `right` and `down`, in their pixels."""
    for axis, offset in ((1, right), (0, down)):
        if offset:
            # not warpAffine: it quantizes positions to 1/32 px, which is coarse at this size
            whole, share = int(np.floor(offset)), np.float32(offset - np.floor(offset))
            last = chroma.shape[axis] - 1
            near, far = (
                chroma.take(np.clip(np.arange(last + 1) + whole + n, 0, last), axis) for n in (0, 1)
            )
            chroma = near + share * (far - near)
    return chroma


def _halved(y: np.ndarray, across: bool, along: bool, right: float, down: float) -> np.ndarray:
    """Luma at the positions of the chroma samples, float32 in codes."""
    row, column = (
        np.array(_FILTERS[offset] if is_halved else _IDENTITY, np.float32) / 4
        for is_halved, offset in ((across, right), (along, down))
    )
    filtered = np.asarray(
        cv2.sepFilter2D(y, cv2.CV_32F, row, column, borderType=cv2.BORDER_REPLICATE)
    )
    return np.ascontiguousarray(filtered[:: 1 + along, :: 1 + across])


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
    scale = np.float32(_span(tags) / _span(source))
    return _rescaled(u, source, tags, scale), _rescaled(v, source, tags, scale)


def _rescaled(
    plane: np.ndarray, source: ColorTags, tags: ColorTags, scale: np.float32
) -> np.ndarray:
    codes = (plane.astype(np.float32) - 2 ** (source.depth - 1)) * scale + 2 ** (tags.depth - 1)
    dtype = np.uint8 if tags.depth == 8 else np.uint16
    return np.asarray(np.clip(np.rint(codes), 0, 2**tags.depth - 1).astype(dtype))


def _span(tags: ColorTags) -> float:
    """Codes from the least to the greatest color difference."""
    return float(2**tags.depth - 1) if tags.full_range else 224.0 * 2 ** (tags.depth - 8)
