"""The numbers of a report as plain values, ready for JSON. Standard library only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from .measures import MEASURES
from .series import FilmSeries, MeasuredShot, Timeline
from .verdict import Verdict

_MADE_OF_MEANS = ("relative_flicker", "cdc")
_OVER_TIME = (
    *(m.key for m in MEASURES if m.key not in _MADE_OF_MEANS),
    "cdc_1",
    "chroma",
    "kept_pixels_8",
)


def plain(value: float) -> float | None:
    """Five significant digits; None where there is no number, which JSON does not know."""
    return float(f"{value:.5g}") if math.isfinite(value) else None


def means_of(means: Mapping[str, float]) -> dict[str, float | None]:
    """The measures people are shown, with what they rest on."""
    keys = (*(m.key for m in MEASURES), "chroma", "peak_change", "region_change", "kept_pixels_8")
    return {key: plain(means[key]) for key in keys}


def film_figures(
    name: str,
    series: FilmSeries,
    shots: Sequence[MeasuredShot],
    shot_means: Sequence[Mapping[str, float]],
    verdicts: Sequence[Verdict],
    whole: Verdict,
    worst: Sequence[tuple[int, float, float]],
) -> dict[str, Any]:
    """One film: means, shots, values over time, worst moments (frame, seconds, change)."""
    return {
        "name": name,
        "verdict": asdict(whole),
        "means": means_of(series.means()),
        "shots": [
            {
                "number": shot.number,
                "first_frame": shot.first_frame,
                "frames": shot.frames,
                "start": plain(shot.start),
                "end": plain(shot.end),
                "measured_frames": len(shot.rows),
                "verdict": asdict(verdict),
                "means": means_of(means),
            }
            for shot, means, verdict in zip(shots, shot_means, verdicts, strict=True)
        ],
        "worst_moments": [
            {"frame": frame, "seconds": plain(seconds), "region_change": plain(change)}
            for frame, seconds, change in worst
        ],
        "over_time": {key: [plain(v) for v in series.values[key]] for key in _OVER_TIME},
    }


def timeline_figures(timeline: Timeline) -> dict[str, Any]:
    """Which frames `over_time` is of."""
    return {
        "frame": list(timeline.frame),
        "seconds": [plain(v) for v in timeline.seconds],
        "shot": list(timeline.shot),
    }
