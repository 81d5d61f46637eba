"""Amount of color, right or wrong."""

from __future__ import annotations

from torch import Tensor


def colorfulness(rgb: Tensor) -> Tensor:
    """Colorfulness of RGB `(B, 3, h, w)` in [0, 1], one value per image, for RGB in 0..255.

    Hasler and Suesstrunk, "Measuring colorfulness in natural images", 2003, with signed
    opponent channels: 0 none, 15 slightly, 33 moderately, 59 quite, 109 extremely colorful.
    """
    return _hasler(*_opponents(rgb))


def colorfulness_absolute(rgb: Tensor) -> Tensor:
    """Like `colorfulness`, of absolute opponent channels, as released colorizers compute it.

    Only for comparison with their figures: equal if the opponent channels do not change sign,
    smaller for images with, say, blue and red.
    """
    rg, yb = _opponents(rgb)
    return _hasler(rg.abs(), yb.abs())


def ab_contrast(ab: Tensor) -> Tensor:
    """Spread of the colors of an image `(B, 2, h, w)`: root mean square distance from their mean.

    Lab units, one value per image; 0 for gray and for any constant tint.
    """
    return (
        (ab.double() - ab.double().mean((2, 3), keepdim=True)).square().sum(1).mean((1, 2)).sqrt()
    )


def _opponents(rgb: Tensor) -> tuple[Tensor, Tensor]:
    red, green, blue = (rgb.double() * 255).flatten(2).unbind(1)
    return red - green, (red + green) / 2 - blue


def _hasler(rg: Tensor, yb: Tensor) -> Tensor:
    spread = (rg.var(1, unbiased=False) + yb.var(1, unbiased=False)).sqrt()
    return spread + 0.3 * (rg.mean(1).square() + yb.mean(1).square()).sqrt()
