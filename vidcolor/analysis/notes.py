"""What a run says of a film's own color."""

from __future__ import annotations

from fractions import Fraction

from ..timecode import as_clock
from .film_analysis import FilmAnalysis

_NAMED = 8
_MUCH = 0.05


def color_notes(analysis: FilmAnalysis, *, keep: bool) -> list[str]:
    """What became of the film's own color, in at most one line."""
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
        return ["no passage is in color already: everything was colored"]
    times = [
        f"{as_clock(Fraction(p.start))}-{as_clock(Fraction(p.end))}" for p in passages[:_NAMED]
    ]
    count = len(passages)
    more = f" and {count - len(times)} more" if count > len(times) else ""
    return [f"kept the color of {count} passage{'s' * (count > 1)}: {', '.join(times)}{more}"]
