"""Times in a film, written for people."""

from __future__ import annotations

from fractions import Fraction


def as_clock(seconds: Fraction) -> str:
    """Seconds as 00:01:02.5."""
    tenths = max(0, round(seconds * 10))
    minutes, tenths = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{tenths // 10:02d}.{tenths % 10}"
