"""What a run says of a film's own color."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ..timecode import as_clock
from .film_analysis import FilmAnalysis, Painted, Passage

_NAMED = 8
_MUCH = 0.05


def color_notes(analysis: FilmAnalysis, *, keep: bool) -> list[str]:
    """What became of the film's own color; a line for each kind."""
    return [*_whole(analysis, keep), *_regions(analysis, keep)]


def _whole(analysis: FilmAnalysis, keep: bool) -> list[str]:
    if not keep:
        if analysis.colored_looks <= _MUCH * analysis.looks:
            return []
        share = max(1, round(100 * analysis.colored_looks / analysis.looks))
        return [
            f"the film is in color already ({share} % of the frames examined): it was colored "
            "from its luma; --keep-color keeps the color that is there"
        ]
    passages = analysis.own_color
    if not passages:
        return (
            [] if analysis.painted else ["no passage is in color already: everything was colored"]
        )
    return [f"kept the color of {_passages(passages)}"]


def _regions(analysis: FilmAnalysis, keep: bool) -> list[str]:
    painted = analysis.painted
    if not painted:
        return []
    share = 100 * max(p.share for p in painted)
    shown = f"{share:.1f}" if share < 10 else f"{share:.0f}"
    where = f"{_passages(painted)} (up to {shown} % of the image)"
    if keep:
        return [f"kept the color of regions in {where}"]
    return [
        f"colored regions (painted, stenciled, or a sign) were colored anew in {where}; "
        "--keep-color keeps them"
    ]


def _passages(passages: Sequence[Passage] | Sequence[Painted]) -> str:
    """How many, and when."""
    times = [
        f"{as_clock(Fraction(p.start))}-{as_clock(Fraction(p.end))}" for p in passages[:_NAMED]
    ]
    count = len(passages)
    more = f" and {count - len(times)} more" if count > len(times) else ""
    return f"{count} passage{'s' * (count > 1)}: {', '.join(times)}{more}"
