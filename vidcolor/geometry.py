"""Sizes and shapes of a film's images: coded, upright, working size, active area.

A *coded* image is as the file stores it. It is shown *upright* after a rotation by quarter turns,
and in square pixels after a change of its width. Standard library only at import.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np

# An image far wider than film is squeezed instead of getting a huge working size.
_WIDEST = 4


class Size(NamedTuple):
    """Width and height in pixels."""

    width: int
    height: int

    @property
    def turned(self) -> Size:
        """The size after a quarter turn."""
        return Size(self.height, self.width)

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width), the order of array axes."""
        return self.height, self.width


class Area(NamedTuple):
    """A rectangle in an image, in pixels; `right` and `bottom` are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> Size:
        """Its width and height."""
        return Size(self.right - self.left, self.bottom - self.top)

    @classmethod
    def whole(cls, size: Size) -> Area:
        """All of an image of that size."""
        return cls(0, 0, size.width, size.height)

    def scaled(self, old: Size, new: Size) -> Area:
        """The pixels of an image of size `new` that lie wholly in this area of one of size `old`.

        At least one pixel wide and high.
        """
        x, y = new.width / old.width, new.height / old.height
        left, top = -int(-self.left * x // 1), -int(-self.top * y // 1)
        right, bottom = int(self.right * x), int(self.bottom * y)
        left, top = min(left, new.width - 1), min(top, new.height - 1)
        return Area(left, top, max(right, left + 1), max(bottom, top + 1))


@dataclass(frozen=True, slots=True)
class Geometry:
    """How a film's coded images relate to what is shown.

    Attributes:
        coded: size of the stored image.
        pixel_aspect: width/height of one pixel, 1 where unset.
        rotation: degrees counter-clockwise by which images are turned to stand upright; a
            multiple of 90.
    """

    coded: Size
    pixel_aspect: Fraction = Fraction(1)
    rotation: int = 0

    @property
    def turns(self) -> int:
        """Quarter turns counter-clockwise, 0 to 3."""
        return self.rotation // 90 % 4

    @property
    def upright(self) -> Size:
        """Size of the image as shown, in the file's pixels."""
        return self.coded.turned if self.turns % 2 else self.coded

    def working_size(self, short_side: int) -> Size:
        """Size of the small image: upright, square pixels, multiples of 8, at least 8."""
        width, height = self.coded.width * float(self.pixel_aspect), float(self.coded.height)
        if self.turns % 2:
            width, height = height, width
        scale = short_side / min(width, height)
        most = _WIDEST * short_side // 8
        w, h = (8 * max(1, min(round(n * scale / 8), most)) for n in (width, height))
        return Size(w, h)

    def before_turning(self, upright: Size) -> Size:
        """Size of the unturned image that becomes `upright`."""
        return upright.turned if self.turns % 2 else upright

    def to_upright(self, image: np.ndarray) -> np.ndarray:
        """A coded image `(h, w, ...)` turned upright, contiguous."""
        return _turned(image, self.turns)

    def to_coded(self, image: np.ndarray) -> np.ndarray:
        """An upright image `(h, w, ...)` turned as the file stores it, contiguous."""
        return _turned(image, -self.turns)

    def area_upright(self, area: Area) -> Area:
        """A coded area, as it lies in the upright image."""
        for turn in range(self.turns):
            # a quarter turn counter-clockwise: x becomes the distance from the bottom
            width = self.coded.width if turn % 2 == 0 else self.coded.height
            area = Area(area.top, width - area.right, area.bottom, width - area.left)
        return area


def _turned(image: np.ndarray, turns: int) -> np.ndarray:
    import numpy as np

    return np.ascontiguousarray(np.rot90(image, turns))
