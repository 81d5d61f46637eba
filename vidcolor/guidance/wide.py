"""What a person said on one frame that counts in other shots too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .guidance import GivenColors
    from .said import Mark


@dataclass(frozen=True, slots=True)
class WideMark:
    """A point or stroke that counts in other shots too.

    Attributes:
        mark: the point or stroke.
        frame: number of its frame.
        shots: numbers of the shots that it counts in.
    """

    mark: Mark
    frame: int
    shots: frozenset[int]


@dataclass(frozen=True, slots=True)
class WideStill:
    """A still that counts in other shots too.

    Attributes:
        name: of its entry.
        colors: what was repainted of it, at weight 1.
        shots: numbers of the shots that it counts in.
    """

    name: str
    colors: GivenColors
    shots: frozenset[int]

    @property
    def frame(self) -> int:
        """Number of its frame."""
        return self.colors.frame


Wide = WideMark | WideStill
"""Either of them."""
