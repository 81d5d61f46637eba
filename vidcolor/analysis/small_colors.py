"""An image's luma and chroma at thumbnail size, and the tint that luma explains."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..shots.thumbnail import HEIGHT, WIDTH, halved

_DEGREE = 3
"""Of the polynomial of luma that toned chroma follows."""
_USUAL = 0.8
"""Share of the image that the tint is fitted to in the end."""


@dataclass(frozen=True, slots=True)
class SmallColors:
    """An image of 64x48 pixels, in 8-bit codes.

    Attributes:
        luma: float64 `(n,)`.
        chroma: float64 `(2, n)`, 0 = gray.
        powers: float64 `(n, 4)`, of luma, which explain the color of toned film.
    """

    luma: np.ndarray
    chroma: np.ndarray
    powers: np.ndarray

    def where(self, mask: np.ndarray) -> SmallColors:
        """Only the pixels of a bool mask `(n,)`."""
        return SmallColors(self.luma[mask], self.chroma[:, mask], self.powers[mask])


@dataclass(frozen=True, slots=True)
class Tint:
    """What luma says of the chroma of most of an image; see `tint_of`.

    Attributes:
        weights: float64 `(4, 2)`, of the powers of luma.
    """

    weights: np.ndarray

    def chroma(self, powers: np.ndarray) -> np.ndarray:
        """Chroma `(2, n)` of pixels of these `powers_of` their luma, in 8-bit codes, 0 = gray."""
        return np.asarray((powers @ self.weights).T)


def small_colors(y: np.ndarray, u: np.ndarray, v: np.ndarray, depth: int) -> SmallColors:
    """An image at thumbnail size.

    Args:
        y: uint8 or uint16 `(H, W)`, luma codes.
        u, v: chroma codes of the same dtype and depth, any size.
        depth: bits per code.
    """
    scale = 2.0 ** (8 - depth)
    luma, cb, cr = (_small(plane) * scale for plane in (y, u, v))
    return SmallColors(luma, np.stack((cb, cr)) - 128, powers_of(luma))


def powers_of(luma: np.ndarray) -> np.ndarray:
    """Powers `(n, 4)` of luma `(n,)`, in 8-bit codes, that tints are polynomials of."""
    return np.stack([(luma / 255) ** k for k in range(_DEGREE + 1)], axis=1)


def tint_of(colors: SmallColors) -> Tint:
    """The tint of most of an image: what differs from it does not count."""
    usual = np.ones(len(colors.luma), bool)
    for _ in range(2):
        weights = np.linalg.lstsq(colors.powers[usual], colors.chroma.T[usual], rcond=None)[0]
        tint = Tint(weights)
        own = np.hypot(*(colors.chroma - tint.chroma(colors.powers)))
        usual = own <= np.quantile(own, _USUAL)
    return tint


def _small(plane: np.ndarray) -> np.ndarray:
    plane = halved(plane)
    shrink = cv2.INTER_AREA if plane.shape[0] >= HEIGHT else cv2.INTER_LINEAR
    small = cv2.resize(plane, (WIDTH, HEIGHT), interpolation=shrink)
    return small.astype(np.float64).ravel()
