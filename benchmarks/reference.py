"""`python -m benchmarks reference`: what `vidcolor report` sets a film's numbers beside.

Clips in true color are measured as they are, and as `base` colors their luma, frame by frame and
steadied over the shot. Colored clips go through the encoder like any user's film.
"""

from __future__ import annotations

import argparse
import json
import math
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from vidcolor import RunConfig, colorize_video
from vidcolor.processors import share_threads
from vidcolor.report.series import FilmSeries
from vidcolor.report.settings import ReportConfig
from vidcolor.report.stream import Flows, choose_flows, measure_films, open_films

KINDS = {
    "true color": None,
    "frame by frame": RunConfig(refiner="none", model="base"),
    "steadied": RunConfig(model="base"),
}
KEYS = (
    "region_flicker",
    "relative_flicker",
    "flicker",
    "warp_error",
    "warp_error_8",
    "cdc",
    "colorfulness",
    "gray_share",
    "out_of_range",
    "peak_change",
    "luma_difference",
)


def choose_clips(folder: Path, count: int) -> list[Path]:
    """Clips spread evenly over the folder's names, without the static surveillance ones."""
    clips = [p for p in sorted(folder.glob("*.mp4")) if not p.name.startswith("cctv_")]
    return clips[:: max(1, len(clips) // count)][:count]


def measure_clip(clip: Path, frames: int, flows: Flows) -> list[dict[str, float]]:
    """Means over one clip of each of `KINDS`."""
    config = ReportConfig(end=str(frames), every=1)
    with TemporaryDirectory() as folder, ExitStack() as stack:
        films = []
        for number, run in enumerate(KINDS.values()):
            made = clip
            if run is not None:
                made = Path(folder) / f"{number}.mp4"
                part = RunConfig(**run.to_dict() | {"end": str(frames)})
                colorize_video(clip, made, part, check=False)
            films.append(made)
        opened = open_films(stack, films, clip, None, config)
        all_series = [FilmSeries() for _ in films]
        for measured in measure_films(opened, flows):
            for series, values in zip(all_series, measured.values, strict=True):
                series.append(values)
    return [series.means() for series in all_series]


def main(args: list[str]) -> None:
    """Measures the clips and writes the distributions the report reads."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks reference", description=__doc__)
    parser.add_argument("--clips", type=Path, default=Path("../shared/data/clips"))
    parser.add_argument("--count", type=int, default=36)
    parser.add_argument("--frames", type=int, default=32)
    parser.add_argument("--out", type=Path, default=Path("vidcolor/report/reference.json"))
    options = parser.parse_args(args)
    share_threads()
    flows = choose_flows(ReportConfig())
    rows: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    clips = choose_clips(options.clips, options.count)
    for clip in clips:
        for kind, means in zip(KINDS, measure_clip(clip, options.frames, flows), strict=True):
            rows[kind].append(means)
        print(clip.name, "done", flush=True)
    found: dict[str, Any] = {
        "clips": len(clips),
        "frames": options.frames,
        "values": {
            key: {kind: _sorted(key, means) for kind, means in rows.items()} for key in KEYS
        },
    }
    options.out.write_text(json.dumps(found, indent=1) + "\n")


def _sorted(key: str, means: list[dict[str, float]]) -> list[float]:
    return sorted(float(f"{m[key]:.4g}") for m in means if not math.isnan(m[key]))
