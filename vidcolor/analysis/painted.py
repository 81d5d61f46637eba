"""Colored regions in film that is gray or tinted: painted by hand, stenciled, or a sign.

Most of such an image has the color that its luma tells; what differs from it much, in one piece, is
a region.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..shots.thumbnail import HEIGHT, WIDTH
from .small_colors import SmallColors, Tint, powers_of, small_colors, tint_of

STRONG = 12.0
"""Chroma beside the tint, in 8-bit codes, from which a pixel is of a region: grain and coding stay
below."""
WEAK = 5.0
"""... from which it is where it touches one."""
_LEAST_PIXELS = 4 / (WIDTH * HEIGHT)
"""Least size of a region, as a share of the image."""
_MOST = 0.4
"""Share of the image above which there is no telling what is the tint."""
_PLAIN = 1.25
"""Chroma beside the tint, of 60 % of the image at most, in film that has no other color."""


def painted_mask(colors: SmallColors, tint: Tint) -> np.ndarray:
    """Pixels that lie in regions of another color than the `tint` of the rest: bool `(n,)`."""
    beside = _distance(colors.chroma, tint.chroma(colors.powers))
    strong = (beside >= STRONG).reshape(HEIGHT, WIDTH)
    mask = _large(strong, strong).ravel()
    return mask if mask.mean() <= _MOST else np.zeros_like(mask)


def is_plain(colors: SmallColors, tint: Tint) -> bool:
    """Whether most of an image has nothing but the color that its luma tells."""
    other = colors.chroma - tint.chroma(colors.powers)
    smooth = [cv2.blur(plane.reshape(HEIGHT, WIDTH), (3, 3)) for plane in other]
    return bool(np.quantile(np.hypot(*smooth), 0.6) <= _PLAIN)


def beside_tint(
    y: np.ndarray, u: np.ndarray, v: np.ndarray, depth: int, size: tuple[int, int]
) -> np.ndarray:
    """How far chroma is from the tint of the image: float32 `(h, w)`, in 8-bit codes.

    Args:
        y: uint8 or uint16 `(H, W)`, luma codes.
        u, v: chroma codes of the same dtype and depth, any size.
        depth: bits per code.
        size: (height, width) of the result.
    """
    tint, scale = tint_of(small_colors(y, u, v, depth)), np.float32(2.0 ** (8 - depth))
    luma = np.clip(_resized(y, size) * scale + 0.5, 0, 255).astype(np.uint8)
    chroma = np.stack([_resized(plane, size) * scale - 128 for plane in (u, v)])
    expected = tint.chroma(powers_of(np.arange(256, dtype=np.float64))).astype(np.float32)
    return np.asarray(cv2.blur(_distance(chroma, expected[:, luma]), (3, 3)))


def _distance(chroma: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """How far chroma `(2, ...)` is from a tint; a weaker tint, as in highlights, is the same."""
    strength = np.hypot(*expected)
    # of no tint, any direction will do
    a = np.where(strength > 1e-3, expected[0] / np.maximum(strength, 1e-3), 1)
    b = np.where(strength > 1e-3, expected[1] / np.maximum(strength, 1e-3), 0)
    along, across = a * chroma[0] + b * chroma[1], a * chroma[1] - b * chroma[0]
    return np.hypot(along - np.clip(along, 0, strength), across)


def regions(beside: np.ndarray, before: np.ndarray | None = None) -> np.ndarray:
    """Regions of another color than the rest of an image: bool `(h, w)`.

    Args:
        beside: see `beside_tint`.
        before: bool `(h, w)`, where they are to be expected: less color is needed there.
    """
    certain = _large(beside >= STRONG, beside >= STRONG)
    if before is not None:
        certain |= before & (beside >= WEAK)
    return _large(beside >= WEAK, certain)


def _resized(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if plane.shape != size:
        shrink = cv2.INTER_AREA if plane.shape[0] >= size[0] else cv2.INTER_LINEAR
        plane = cv2.resize(plane, size[::-1], interpolation=shrink)
    return plane.astype(np.float32)


def _large(mask: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Connected parts of a mask that are large enough and hold a seed."""
    count, labels, found, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    keep = np.zeros(count, bool)
    keep[np.unique(labels[seeds & mask])] = True
    keep &= found[:, cv2.CC_STAT_AREA] >= _LEAST_PIXELS * mask.size
    keep[0] = False
    return np.asarray(keep[labels])
