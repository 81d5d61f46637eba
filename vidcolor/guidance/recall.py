"""What stills and points say of other frames of their shot, where their colors do not travel.

Colors that travel along the flow end where a thing is hidden or leaves the picture. What comes back
after that, and more of the same wall or lawn, is found by what it looks like.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch

from .guidance import GivenColors
from .matching import Seen, photo_colors, place_weights

STILL_STEP, PLACE_STEP = 4, 12
"""Frames between two that are compared with stills, and with points and strokes."""
_MOST = 64
"""Frames of a shot that are compared at most."""
_PLACE_WEIGHT, _SURER = 0.25, 8
"""What likeness to a single place counts beside that to a still, and how strongly the surest of
several places wins; chosen on real shots, like the steps."""
_TINY = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class ColoredPlace:
    """A point or stroke.

    Attributes:
        ab: a* and b*.
        inside: bool, its pixels, of the size of `seen.L`.
        seen: what its frame looks like.
    """

    ab: tuple[float, float]
    inside: np.ndarray
    seen: Seen


def frames_to_compare(start: int, end: int, given: Sequence[int], step: int) -> list[int]:
    """Frames of a shot in which what was given is looked for; near it, it travels well enough.

    Args:
        start: first frame of the shot.
        end: the frame after its last.
        given: numbers of the frames that have stills or points.
        step: frames between two, at least.
    """
    step = max(step, -(-(end - start) // _MOST))
    wanted = sorted({*range(start, end, step), end - 1})
    return [n for n in wanted if min(abs(n - g) for g in given) >= step // 2]


def recalled(
    frames: Iterable[tuple[int, Seen]],
    stills: Sequence[tuple[GivenColors, Seen]],
    places: Sequence[ColoredPlace] = (),
) -> Iterator[GivenColors]:
    """Colors of frames by the stills of their shot, the nearest still's last, and by its places.

    Args:
        frames: number and look of each.
        stills: colors of the same shot, and what their frames look like; planes of one size.
        places: of the same shot.
    """
    for frame, shown in frames:
        for still, seen in sorted(stills, key=lambda s: (-abs(s[0].frame - frame), s[0].frame)):
            ab = torch.from_numpy(still.ab)[None]
            known = torch.from_numpy(still.weight)[None, None]
            colors, weight = photo_colors(shown, seen, ab, known)
            if weight.any():
                yield GivenColors(frame, colors, weight)
        if places:
            weights = np.stack(_weights(shown, places))
            if weights.any():
                yield GivenColors(frame, _mean_color(places, weights), _strongest(weights))


def _weights(shown: Seen, places: Sequence[ColoredPlace]) -> list[np.ndarray]:
    found: list[np.ndarray] = []
    # an image is compared once, however many of its places have a color
    for _, of_image in groupby(places, key=lambda place: id(place.seen)):
        own = list(of_image)
        found += place_weights(shown, own[0].seen, [place.inside for place in own])
    return found


def _mean_color(places: Sequence[ColoredPlace], weights: np.ndarray) -> np.ndarray:
    shares = weights**_SURER
    total = shares.sum(0)
    colors = np.array([place.ab for place in places], np.float32)
    mean = np.einsum("nc,nhw->chw", colors, shares) / np.maximum(total, _TINY)
    return np.where(total > _TINY, mean, 0).astype(np.float32)


def _strongest(weights: np.ndarray) -> np.ndarray:
    strongest = weights.max(0)
    strongest[strongest**_SURER <= _TINY] = 0
    return _PLACE_WEIGHT * strongest
