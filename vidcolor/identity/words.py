"""What a person said of a key frame, as colors of regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..guidance.wide import WideStill

if TYPE_CHECKING:
    from ..guidance.guidance import GivenColors
    from ..guidance.said import Mark
    from ..guidance.wide import Wide
    from .bank import Bank
    from .settle import Words

_PAINTED = 0.5
"""Share of a region that must be repainted for the region to have that color elsewhere."""


def words_of(said: Wide, bank: Bank) -> Words:
    """Colors of the regions that a point, a stroke or what is repainted of a still covers."""
    if isinstance(said, WideStill):
        return _painted(said.colors, bank)
    return dict.fromkeys(sorted(regions_of(said.mark, said.frame, bank)), said.mark.ab)


def regions_of(mark: Mark, frame: int, bank: Bank) -> set[int]:
    """Regions that a point or stroke on a key frame lies in."""
    found = (bank.region_at(frame, x, y) for x, y in mark.line)
    return {region for region in found if region is not None}


def _painted(still: GivenColors, bank: Bank) -> Words:
    (places,) = (bank.frames == still.frame).nonzero()
    if not len(places):
        return {}
    place = int(places[0])
    labels = bank.labels(place)
    height, width = still.weight.shape
    left, top, right, bottom = (float(v) for v in bank.boxes[place])
    rows, columns = (
        slice(round(a * n), max(round(b * n), round(a * n) + 1))
        for a, b, n in ((top, bottom, height), (left, right, width))
    )
    planes = np.stack((*(still.ab * still.weight), still.weight))[:, rows, columns]
    cells = cv2.resize(
        np.ascontiguousarray(planes.transpose(1, 2, 0), np.float32),
        labels.shape[::-1],
        interpolation=cv2.INTER_AREA,
    )
    found = {}
    for region in np.unique(labels).tolist():
        a, b, share = cells[labels == region].mean(0).tolist()
        if share >= _PAINTED:
            found[region] = (a / share, b / share)
    return found
