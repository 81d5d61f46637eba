"""Colors of a shot that are there before it was seen as a whole.

The chain's colors come when all of a shot was seen. A first look goes forward only: the colorizer
sees one frame in a few, what it says is carried on along the flow, and so are a person's colors,
from the frames they were given on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ..stages.colorize import colorize_batches
from ..stages.refine import as_given
from ..stages.travel import both_sides, with_hints
from ..stages.values import RefinedFrame

if TYPE_CHECKING:
    from torch import Tensor

    from ..components import Parts
    from ..guidance.guidance import GivenColors
    from ..stages.values import WorkFrame
    from ..types import RefinerState, ShotRefiner

_EVERY = 6


def first_look(
    parts: Parts, refiner: ShotRefiner, given: Iterable[GivenColors], strength: float
) -> Callable[[WorkFrame], RefinedFrame]:
    """A function that is called with the frames of one shot, in order, and gives first colors.

    Args:
        parts: with the colorizer.
        refiner: of whole shots; it is asked for one frame after another.
        given: what a person said of frames.
        strength: factor on the colors that were found; those of a person stay as they are.
    """
    said = {colors.frame: colors for colors in given}
    known: Tensor | None = None
    state: RefinerState | None = None
    done = 0

    def look(item: WorkFrame) -> RefinedFrame:
        nonlocal known, state, done
        sides = both_sides([item], said, known)
        known = None if sides is None else sides[0][0]
        item = with_hints(item, known, None)
        if done % _EVERY == 0 or item.index in said:
            (item,) = colorize_batches([item], parts.colorizer, 1, takes_hints=parts.takes_hints)
        done += 1
        (ab,), state = refiner.refine([item], state, 1)
        return RefinedFrame(item.index, item.L, as_given(ab * strength, item), None)

    return look
