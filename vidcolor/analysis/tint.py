"""Is a picture gray, tinted or colored? Told from its own small chroma.

Tinted and toned film has color, but no more than its luma tells: chroma is a function of luma
(toning, sepia), or of one hue of uneven strength (tinting, fading). What is left of chroma after
both is the picture's own color. Regions that were painted, in a picture that has no other color,
are told apart from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .painted import is_plain, painted_mask
from .small_colors import SmallColors, small_colors, tint_of

Verdict = Literal["gray", "tinted", "colored", "unclear"]

_ONE_HUE = 2.0
"""Mean chroma, in 8-bit codes, from which a hue is looked for."""
_LEFT_OUT = 0.02
"""Share of the picture that may be of any color: a station's sign, a cue mark, a scratch."""
_TINTED = 3.0
OWN_COLOR = 2.1
"""Own color of a picture (see `ColorLook.own`) from which it is a color picture."""
NO_COLOR = 1.6
"""... below which it is not."""
_DARK, _BRIGHT, _FLAT = 28.0, 12.0, 2.0


@dataclass(frozen=True, slots=True)
class ColorLook:
    """What one look at a picture says of its color. All in 8-bit codes.

    Attributes:
        own: root mean square of the chroma that neither luma nor one hue explains, beside painted
            regions.
        cb, cr: mean color differences, 0 = gray.
        is_blank: too dark, too bright or too flat to say anything.
        painted: share of the picture, in [0, 1], that lies in regions of another color than the
            rest, see `painted`; 0 in color pictures.
    """

    own: float
    cb: float
    cr: float
    is_blank: bool
    painted: float = 0.0

    @property
    def tint(self) -> float:
        """How strong the mean color is."""
        return float(np.hypot(self.cb, self.cr))

    @property
    def verdict(self) -> Verdict:
        """ "unclear" between black-and-white and colored, and where there is nothing to see."""
        if self.is_blank or NO_COLOR <= self.own < OWN_COLOR:
            return "unclear"
        if self.own >= OWN_COLOR:
            return "colored"
        return "tinted" if self.tint >= _TINTED else "gray"


def look_at(y: np.ndarray, u: np.ndarray, v: np.ndarray, depth: int) -> ColorLook:
    """Looks at one picture.

    Args:
        y: uint8 or uint16 `(H, W)`, luma codes.
        u, v: chroma codes of the same dtype and depth, any size.
        depth: bits per code.
    """
    colors = small_colors(y, u, v, depth)
    low, high = np.percentile(colors.luma, (10, 90))
    is_blank = bool(high < 16 + _DARK or low > 235 - _BRIGHT or colors.luma.std() < _FLAT)
    own, mean = _own_color(colors)
    tint = tint_of(colors)
    painted = painted_mask(colors, tint)
    share = 0.0 if is_blank else float(painted.mean())
    if share and is_plain(colors, tint):
        own, mean = _own_color(colors.where(~painted))
    elif own >= OWN_COLOR or np.hypot(*mean) >= _ONE_HUE:
        # in color; or a tint that is uneven
        share = 0.0
    return ColorLook(own, float(mean[0]), float(mean[1]), is_blank, share)


def _own_color(colors: SmallColors) -> tuple[float, np.ndarray]:
    """`ColorLook.own`, and the mean chroma `(2,)`."""
    chroma, explained = colors.chroma, colors.powers
    weights = np.linalg.lstsq(explained, chroma.T, rcond=None)[0]
    rest = chroma - (explained @ weights).T
    own = np.hypot(rest[0], rest[1])
    mean = chroma.mean(axis=1)
    strength = float(np.hypot(mean[0], mean[1]))
    if strength >= _ONE_HUE:
        along, across = _turned(mean / strength, chroma)[0], _turned(mean / strength, rest)[1]
        # the opposite hue is another hue
        own = np.where(along >= -1, np.abs(across), own)
    kept = np.sort(own)[: round(len(own) * (1 - _LEFT_OUT))]
    return float(np.sqrt(np.mean(kept**2))), mean


def hue_name(look: ColorLook) -> str:
    """The hue of a tint in a word."""
    angle = float(np.degrees(np.arctan2(look.cr, look.cb))) % 360
    for until, name in ((35, "violet"), (100, "rose"), (118, "red"), (165, "sepia or amber")):
        if angle < until:
            return name
    return "yellow" if angle < 190 else "green" if angle < 275 else "blue"


def _turned(direction: np.ndarray, chroma: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Chroma `(2, n)` along and across a direction."""
    (a, b), (cb, cr) = direction, chroma
    return a * cb + b * cr, a * cr - b * cb
