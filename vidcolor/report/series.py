"""The numbers of one film over time, and summed up by shot."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .lockstep import FrameSet

KEPT = (
    "region_flicker",
    "flicker",
    "warp_error",
    "warp_error_8",
    "region_change",
    "cdc_1",
    "cdc_2",
    "cdc_4",
    "colorfulness",
    "chroma",
    "gray_share",
    "out_of_range",
    "stray_spots",
    "luma_difference",
    "psnr",
    "ciede2000",
    "ab_rmse",
    "kept_pixels",
    "kept_pixels_8",
)
"""What is measured of frames, and kept."""


@dataclass(slots=True)
class Timeline:
    """When the measured frames are shown, the same for all films.

    Attributes:
        frame, seconds, shot: of each measured frame.
    """

    frame: array = field(default_factory=lambda: array("l"))
    seconds: array = field(default_factory=lambda: array("d"))
    shot: array = field(default_factory=lambda: array("l"))

    def append(self, frame_set: FrameSet) -> None:
        """The next measured frame."""
        self.frame.append(frame_set.index)
        self.seconds.append(frame_set.seconds)
        self.shot.append(frame_set.shot)


@dataclass(slots=True)
class FilmSeries:
    """What was measured of one film: a value a measured frame and name, NaN where there is none."""

    values: dict[str, array] = field(default_factory=lambda: {name: array("d") for name in KEPT})

    def append(self, values: Mapping[str, float]) -> None:
        """The next measured frame."""
        for name, column in self.values.items():
            column.append(values.get(name, math.nan))

    def means(self, rows: Sequence[int] | None = None) -> dict[str, float]:
        """Means over measured frames (all, or those at `rows`); NaN where nothing was measured.

        Three names are made here: `cdc`, the mean over its distances, `relative_flicker`, the
        regions' flicker over the mean chroma, and `peak_change`, the largest change of all.
        """
        found = {name: mean(pick(column, rows)) for name, column in self.values.items()}
        found["cdc"] = mean([found[f"cdc_{distance}"] for distance in (1, 2, 4)])
        chroma = found["chroma"]
        found["relative_flicker"] = found["region_flicker"] / chroma if chroma > 0 else math.nan
        changes = [c for c in pick(self.values["region_change"], rows) if not math.isnan(c)]
        found["peak_change"] = max(changes, default=math.nan)
        return found


@dataclass(frozen=True, slots=True)
class MeasuredShot:
    """A shot of the source.

    Attributes:
        number: from 0.
        first_frame, frames: where it lies.
        start, end: seconds.
        rows: its measured frames, as places in the timeline.
    """

    number: int
    first_frame: int
    frames: int
    start: float
    end: float
    rows: range


def pick(column: Sequence[float], rows: Sequence[int] | None) -> Sequence[float]:
    """The values at `rows`, all if None."""
    return column if rows is None else [column[row] for row in rows]


def mean(values: Sequence[float]) -> float:
    """Mean of the values that are numbers, NaN if none is."""
    numbers = [value for value in values if not math.isnan(value)]
    return math.fsum(numbers) / len(numbers) if numbers else math.nan
