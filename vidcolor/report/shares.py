"""Shares of a frame that the usual measures do not see: left gray, beyond what a screen shows."""

from __future__ import annotations

from torch import Tensor

GRAY_CHROMA = 5.0
"""Chroma C*ab below which a pixel counts as gray: to the eye it has a tint at most."""
COLORABLE = (10.0, 95.0)
"""Lightness L* between which a pixel could carry color at all."""
CODE = 1.5 / 255
"""What rounding to 8-bit codes alone may put a pixel beyond the range."""


def gray_share(L: Tensor, ab: Tensor) -> Tensor:
    """Share of the pixels that could carry color and carry none, one value per frame.

    Args:
        L: `(B, 1, h, w)`, L*.
        ab: `(B, 2, h, w)`, a* and b*.

    Returns:
        float64 `(B,)` in [0, 1]; NaN where no pixel could carry color.
    """
    could = (L - sum(COLORABLE) / 2).abs() < (COLORABLE[1] - COLORABLE[0]) / 2
    gray = could & (ab.square().sum(1, keepdim=True) < GRAY_CHROMA**2)
    return gray.sum((1, 2, 3)).double() / could.sum((1, 2, 3))


def out_of_range_share(rgb: Tensor, luma: Tensor) -> Tensor:
    """Share of the pixels whose color no screen can show at their luma, one value per frame.

    A player clips such colors, which changes their hue and their lightness. Pixels whose luma
    itself is beyond black or white are not counted: color is not to blame.

    Args:
        rgb: `(B, 3, h, w)`, gamma-encoded, not clipped, see `color.planes_to_open_rgb`.
        luma: `(B, 1, h, w)`, 0 = black, 1 = white.

    Returns:
        float64 `(B,)` in [0, 1].
    """
    outside = ((rgb < -CODE) | (rgb > 1 + CODE)).any(1, keepdim=True)
    possible = (luma >= 0) & (luma <= 1)
    return (outside & possible).double().mean((1, 2, 3))


def luma_difference(y: Tensor, source: Tensor) -> Tensor:
    """Mean absolute difference of luma `(B, 1, H, W)` in [0, 1], in 8-bit codes of 0..255."""
    return (y.double() - source.double()).abs().mean((1, 2, 3)) * 255
