"""What a still knows of later and earlier frames of its shot that its colors do not reach.

Colors that travel along the flow end where a thing is hidden or leaves the picture. What comes back
after that, and more of the same wall or lawn, is found in the still by what it looks like.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import torch

from .guidance import GivenColors
from .matching import Seen, photo_colors

_STEP, _MOST = 12, 64
"""Frames between two that are compared with a still, and how many of a shot are at most."""


def frames_to_compare(start: int, end: int, stills: Sequence[int]) -> list[int]:
    """Frames of a shot at which its stills are looked for.

    Args:
        start: first frame of the shot.
        end: the frame after its last.
        stills: numbers of the frames that have stills.
    """
    step = max(_STEP, -(-(end - start) // _MOST))
    found = {n for still in stills for n in (*range(still, end, step), *range(still, start, -step))}
    return sorted({*found, start, end - 1} - set(stills))


def recalled(
    frames: Iterable[tuple[int, Seen]], stills: Sequence[tuple[GivenColors, Seen]]
) -> Iterator[GivenColors]:
    """Colors of frames by the stills of their shot, the nearest still's last.

    Args:
        frames: number and look of each.
        stills: colors of the same shot, and what their frames look like; planes of one size.
    """
    for frame, shown in frames:
        for still, seen in sorted(stills, key=lambda s: (-abs(s[0].frame - frame), s[0].frame)):
            ab = torch.from_numpy(still.ab)[None]
            known = torch.from_numpy(still.weight)[None, None]
            colors, weight = photo_colors(shown, seen, ab, known)
            if weight.any():
                yield GivenColors(frame, colors, weight)
