"""`python -m benchmarks davis`: colour and stillness on the DAVIS sequences.

Every system is a configuration of the same pipeline. Frames are read as luma alone; flow and
visibility for the measures come from the true luma by the published RAFT, the same for every row.
Measured at the working size in Lab, before any encoder.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor

from flow.base import FlowEstimator
from flow.consistency import visibility
from flow.raft import Raft
from vidcolor import metrics
from vidcolor.color import lab_to_rgb, rgb_to_lab
from vidcolor.components import build
from vidcolor.config import RunConfig
from vidcolor.pipeline import steady_colours, working_size
from vidcolor.types import ColorTags, Frame, VideoInfo

from .flow_scenes import read_picture
from .machine import machine

SYSTEMS = {
    "base, frame by frame": RunConfig(refiner="none"),
    "base + recurrent": RunConfig(),
    "base + recurrent, flow raft+dis": RunConfig(flow="raft+dis"),
}
_FULL_RANGE = ColorTags("bt601", full_range=True, depth=8)


@dataclass(frozen=True)
class Sequence:
    """A sequence at the working size.

    Attributes:
        name: as in DAVIS.
        luma: uint8 luma of each frame at full size.
        info: as a film of these frames would have it.
        L, ab: the truth, `(1, 1, h, w)` and `(1, 2, h, w)` of each frame.
        flows, seen: flow and visibility from each frame but the first to the one before, and
            from each but the last to the one after.
    """

    name: str
    luma: list[np.ndarray]
    info: VideoInfo
    L: list[Tensor]
    ab: list[Tensor]
    flows: list[tuple[Tensor, Tensor]]
    seen: list[tuple[Tensor, Tensor]]


def read_sequence(folder: Path, flow: FlowEstimator, short_side: int) -> Sequence:
    """Reads the frames of a folder and follows their true luma."""
    pictures = [read_picture(p) for p in sorted(folder.glob("*.jpg"))]
    luma = [cv2.cvtColor(p, cv2.COLOR_BGR2GRAY) for p in pictures]
    height, width = luma[0].shape
    info = VideoInfo(
        path=folder,
        stream_index=0,
        width=width,
        height=height,
        pix_fmt="gray",
        tags=_FULL_RANGE,
        time_base=Fraction(1, 24),
        rate=Fraction(24),
        frame_count=len(luma),
        sample_aspect_ratio=None,
    )
    size = working_size(info, short_side)
    L, ab = [], []
    for picture in pictures:
        small = cv2.resize(picture, size[::-1], interpolation=cv2.INTER_AREA)[..., ::-1]
        rgb = torch.from_numpy(small.copy()).permute(2, 0, 1)[None].float() / 255
        lightness, colour = rgb_to_lab(rgb)
        L.append(lightness)
        ab.append(colour)
    flows, seen = [], []
    features = [flow.encode(x / 100) for x in L]
    for before, after in pairwise(features):
        backward, forward = flow.flows(after, before)
        flows.append((backward, forward))
        seen.append((visibility(backward, forward), visibility(forward, backward)))
    return Sequence(folder.name, luma, info, L, ab, flows, seen)


def run_system(sequence: Sequence, config: RunConfig) -> list[Tensor]:
    """Small ab of every frame, as a run with these settings makes them."""
    parts = build(config)

    def frames() -> Iterator[Frame]:
        for i, y in enumerate(sequence.luma):
            yield Frame(index=i, pts=i, y=y)

    return [item.ab for item in steady_colours(frames(), sequence.info, parts, config)]


def sanity_rows(sequence: Sequence) -> dict[str, list[Tensor]]:
    """What a measure must tell apart: the truth, and what fools one measure or another."""
    rng = torch.Generator().manual_seed(0)
    sepia = torch.tensor([4.0, 14.0]).view(1, 2, 1, 1)
    return {
        "truth": sequence.ab,
        "gray": [torch.zeros_like(x) for x in sequence.ab],
        "sepia": [sepia.expand_as(x) for x in sequence.ab],
        "truth, half saturation": [x / 2 for x in sequence.ab],
        "truth + tint jitter": [
            x + 2 * torch.randn(1, 2, 1, 1, generator=rng) for x in sequence.ab
        ],
    }


def measure(sequence: Sequence, colours: list[Tensor]) -> dict[str, float]:
    """All measures of one sequence of colours, means over its frames."""
    warp, flicker, chroma = [], [], []
    for t in range(1, len(colours)):
        error = metrics.chroma_warp_error(
            colours[t], colours[t - 1], sequence.flows[t - 1][0], sequence.seen[t - 1][0]
        )
        warp.append(float(error))
    for t in range(1, len(colours) - 1):
        flows = [sequence.flows[t - 1][0], sequence.flows[t][1]]
        seen = [sequence.seen[t - 1][0], sequence.seen[t][1]]
        flicker.append(float(metrics.chroma_flicker(colours[t - 1 : t + 2], flows, seen)))
    rgb = [lab_to_rgb(L, ab) for L, ab in zip(sequence.L, colours, strict=True)]
    truth = [lab_to_rgb(L, ab) for L, ab in zip(sequence.L, sequence.ab, strict=True)]
    chroma = [float(metrics.colourfulness(x)) for x in rgb]
    pairs = list(zip(colours, sequence.ab, strict=True))
    return {
        "warp_error": float(np.nanmean(warp)),
        "flicker": float(np.nanmean(flicker)),
        "colourfulness": float(np.mean(chroma)),
        "colourfulness_spread": float(np.std(chroma)),
        "ab_rmse": float(np.mean([float(metrics.ab_rmse(a, b)) for a, b in pairs])),
        "psnr": float(
            np.mean([float(metrics.psnr(a, b)) for a, b in zip(rgb, truth, strict=True)])
        ),
        "kept_pixels": float(np.mean([float(s[0].mean()) for s in sequence.seen])),
    }


def table(results: dict[str, Any]) -> str:
    """Means over the sequences, as a Markdown table."""
    lines = [
        "| system | flicker | ratio | warp error | ratio | colourful | spread | ab RMSE | PSNR |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    rows = results["mean"]
    plain = rows["base, frame by frame"]
    for name, row in rows.items():
        lines.append(
            f"| {name} | {row['flicker']:.3f} | {row['flicker'] / plain['flicker']:.2f} "
            f"| {row['warp_error']:.2f} | {row['warp_error'] / plain['warp_error']:.2f} "
            f"| {row['colourfulness']:.1f} | {row['colourfulness_spread']:.2f} "
            f"| {row['ab_rmse']:.2f} | {row['psnr']:.2f} |"
        )
    lines.append("")
    lines.append(
        "Flicker: second difference of ab along trajectories, Lab units. Warp error: squared "
        "change of ab along the flow. Ratios are to colours frame by frame."
    )
    return "\n".join(lines) + "\n"


def main(args: list[str]) -> None:
    """Measures all rows on all sequences, prints the table and writes it with its JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks davis", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path("../shared/data/DAVIS"))
    parser.add_argument(
        "--flow-weights",
        type=Path,
        default=Path("../shared/data/weights/raft_small_C_T_V1.pth"),
        help="published RAFT small, for the measures",
    )
    parser.add_argument("--sequences", help="comma-separated [default: all of val.txt]")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args(args)
    torch.set_num_threads(1)
    listed = options.root / "ImageSets" / "2016" / "val.txt"
    names = options.sequences.split(",") if options.sequences else listed.read_text().split()
    judge = Raft(options.flow_weights, iterations=12)
    results: dict[str, Any] = {"machine": machine(), "systems": {}, "sequences": {}}
    results["systems"] = {name: config.to_dict() for name, config in SYSTEMS.items()}
    for name in names:
        folder = options.root / "JPEGImages" / "480p" / name
        sequence = read_sequence(folder, judge, RunConfig().work_size)
        rows = sanity_rows(sequence)
        rows |= {system: run_system(sequence, config) for system, config in SYSTEMS.items()}
        results["sequences"][name] = {row: measure(sequence, c) for row, c in rows.items()}
        print(name, "done", flush=True)
    every = list(results["sequences"].values())
    results["mean"] = {
        row: {key: float(np.mean([r[row][key] for r in every])) for key in every[0][row]}
        for row in every[0]
    }
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "davis.json").write_text(json.dumps(results, indent=1) + "\n")
    (options.out / "davis.md").write_text(table(results))
    print(table(results))
