"""What a still says: the colors that were repainted for certain, the others as proposed."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from ..geometry import Geometry, Size
from .images import read_image

AS_PROPOSED = 0.5
"""Weight of a pixel that was left as it was proposed, in a still that was repainted elsewhere."""

_LOSSLESS = (".png", ".tif", ".tiff")
_BLUR = 1.5
"""Pixels, of an image about 192 pixels high, over which noise of compression averages out."""
_CHANGED, _CHANGED_NOISY = 2.0, 5.0
"""Distance in ab from which a color was changed, and the same where a file has noise: JPEG and
WebP of quality 75 and other sizes stay below, but for specks smaller than `_SPECK` pixels."""
_FINE = 360
"""Short side of a still in pixels for which that holds; the smaller it is, the more noise."""
_OWN = 1.5
"""A pixel beside a repainted one must itself differ so much."""
_SPECK = 12
_SHAPE_TOLERANCE = 0.03


def colors_of_still(
    path: Path, proposed: Path | None, geometry: Geometry, size: Size
) -> tuple[np.ndarray, np.ndarray] | None:
    """Colors and weights of a still.

    Only its color counts. Transparent pixels have weight 0, repainted ones 1, others
    `AS_PROPOSED`. Without a proposal to compare with, all count as repainted.

    Args:
        path: the still, of any size, as the film is shown or as it is stored.
        proposed: what it was before it was repainted; None = not known.
        geometry: of the film.
        size: of the planes, upright, in square pixels.

    Returns:
        ab `(2, h, w)` and weight `(h, w)`, float32; None where nothing was repainted.

    Raises:
        ValueError: it cannot be read, has no color, or another shape; says which.
    """
    image = read_image(path)
    _check_shape(image.size, geometry)
    ab, opacity = image.colors(size)
    if proposed is None:
        if image.is_gray and opacity.min() > 0.5:
            raise ValueError("it is all gray: nothing was colored")
        return ab, opacity
    before = read_image(proposed)
    is_noisy = path.suffix.lower() not in _LOSSLESS or image.size != before.size
    noise = max(1.0, _FINE / min(image.size)) if is_noisy else 0.0
    changed = repainted(ab, before.colors(size)[0], noise) & (opacity > 0)
    if not changed.any():
        # what was erased without painting anything still says nothing
        return None
    return ab, opacity * np.where(changed, np.float32(1), np.float32(AS_PROPOSED))


def repainted(ab: np.ndarray, before: np.ndarray, noise: float = 0.0) -> np.ndarray:
    """Which pixels have another color than before, noise of compression left aside.

    Args:
        ab, before: a* and b* `(2, h, w)`.
        noise: 0 = none, 1 = the image went through a format that changes colors a little, or was
            resized, more = and it is small.

    Returns:
        bool `(h, w)`.
    """
    difference = ab - before
    smooth = np.hypot(*(cv2.GaussianBlur(plane, (0, 0), _BLUR) for plane in difference))
    limit = max(_CHANGED, _CHANGED_NOISY * noise)
    changed = (smooth > limit) & (np.hypot(*difference) > _OWN)
    if not noise or not changed.any():
        return changed
    _, labels, facts, _ = cv2.connectedComponentsWithStats(changed.astype(np.uint8))
    large = facts[:, cv2.CC_STAT_AREA] >= _SPECK
    large[0] = False
    return large[labels]


def _check_shape(size: Size, geometry: Geometry) -> None:
    """Raises `ValueError` unless an image has the film's shape, as shown or as stored."""
    shown = Fraction(geometry.coded.width) * geometry.pixel_aspect / geometry.coded.height
    stored = Fraction(geometry.coded.width, geometry.coded.height)
    if geometry.turns % 2:
        shown, stored = 1 / shown, 1 / stored
    shape = Fraction(size.width, size.height)
    if all(abs(float(shape / s) - 1) > _SHAPE_TOLERANCE for s in (shown, stored)):
        raise ValueError(
            f"{size.width}x{size.height} is not the film's shape ({float(shown):.2f} to 1)"
        )
