"""`python -m benchmarks guidance`: what true colors of some frames or points are worth.

The seven DAVIS sequences, each colored with what a person who knows the truth would give: nothing,
one still or two, some points of the first frame, a still of another film. Errors are those of the
frames that nobody gave, in Lab at the working size. Copying along the flow alone, without a network
that sees the hints, is the row to beat.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from flow.consistency import visibility
from vidcolor import metrics
from vidcolor.analysis.film_analysis import FilmAnalysis
from vidcolor.color import lab_to_rgb
from vidcolor.colorizers.base import Base
from vidcolor.components import Parts, build, load_flow
from vidcolor.config import RunConfig
from vidcolor.guidance.guidance import GivenColors, Guidance
from vidcolor.pipeline import refine_frames
from vidcolor.stages.grid import resized
from vidcolor.stages.lightness import to_lightness
from vidcolor.stages.motion import estimate_motion
from vidcolor.stages.travel import carry_hints
from vidcolor.types import Frame

from ..davis.data import Sequence, read_sequence, sequence_names
from ..machine import machine
from ..own_weights import Own, add_option, own_weights
from ..store import RUNS, write_json
from ..systems import System, build_parts
from . import pages
from .rows import (
    AUTOMATIC,
    OTHER,
    POINTS,
    STILLS,
    given_frames,
    other_still,
    points,
    recalling,
    stills,
)

DISTANCES = (1, 10, 30, 60)
"""Frames from the nearest given one at which errors are told; five frames around each."""
FRAME_BY_FRAME = "frame by frame"
COPY = "copied along the flow"
_AROUND = 2
_LEAST_PIXELS = 100
_MOST = 10_000


def colored(
    sequence: Sequence, parts: Parts, config: RunConfig, given: tuple[GivenColors, ...]
) -> Tensor:
    """Small ab `(T, 2, h, w)` of a sequence, as a run with these colors makes it."""
    shot = FilmAnalysis.one_shot(sequence.info, len(sequence.luma))
    refined = refine_frames(
        _frames(sequence), sequence.info, shot, parts, config, guidance=Guidance(given)
    )
    size = (sequence.ab.shape[-2], sequence.ab.shape[-1])
    return torch.cat([resized(item.ab, size) for item in refined])


def copied(
    sequence: Sequence, parts: Parts, automatic: Tensor, given: tuple[GivenColors, ...]
) -> Tensor:
    """The given colors carried along the flow, the automatic ones where none arrive."""
    info = sequence.info
    shot = FilmAnalysis.one_shot(info, len(sequence.luma))
    size = info.geometry.working_size(RunConfig().work_size)
    work = to_lightness(_frames(sequence), info, shot, size, parts.device)
    moving = estimate_motion(work, parts.flow, None, both_ways=True)
    known = {g.frame: g for g in given}
    found = []
    for ab, item in zip(
        automatic, carry_hints(moving, known, None, end=None, reach=None, most=_MOST), strict=True
    ):
        if item.hints is None or item.paste is None:
            found.append(ab[None])
            continue
        shape = (ab.shape[-2], ab.shape[-1])
        found.append(
            torch.lerp(ab[None], resized(item.hints.ab, shape), resized(item.paste, shape))
        )
    return torch.cat(found)


def _frames(sequence: Sequence) -> Iterator[Frame]:
    for i, y in enumerate(sequence.luma):
        yield Frame(index=i, pts=i, y=y)


def measure(
    sequence: Sequence, ab: Tensor, given: tuple[GivenColors, ...], motion: list[Any]
) -> dict[str, float | None]:
    """Means over the frames that were not given; flicker over all."""
    far = given_frames(given, len(ab))
    rest = (far > 0).nonzero()[:, 0] if given else torch.arange(len(ab))
    L, true = sequence.L, sequence.ab
    error = torch.cat([metrics.ab_rmse(ab[i : i + 1], true[i : i + 1]) for i in range(len(ab))])
    difference = torch.cat(
        [
            metrics.ciede2000(
                torch.cat((L[i : i + 1], ab[i : i + 1]), 1),
                torch.cat((L[i : i + 1], true[i : i + 1]), 1),
            ).mean((1, 2, 3))
            for i in range(len(ab))
        ]
    )
    rgb = lab_to_rgb(L[rest], ab[rest])
    distance = metrics.ab_distance(ab[rest], true[rest])
    classes = metrics.class_errors(distance, true[rest])
    flicker = [
        metrics.chroma_flicker([ab[t - 1 : t], ab[t : t + 1], ab[t + 1 : t + 2]], flows, seen)
        for t, (flows, seen) in enumerate(motion, start=1)
    ]
    found: dict[str, float | None] = {
        "ab_rmse": float(error[rest].mean()),
        "ciede2000": float(difference[rest].mean()),
        "psnr": float(metrics.psnr(rgb, sequence.rgb[rest]).mean()),
        "class_balanced": float(metrics.class_mean(classes, least=_LEAST_PIXELS)),
        "colorfulness": float(
            (metrics.colorfulness(rgb) / metrics.colorfulness(sequence.rgb[rest])).mean()
        ),
        "flicker": float(torch.cat(flicker).nanmean()),
    }
    for there in DISTANCES:
        near = (far - there).abs() <= (_AROUND if there > 1 else 0)
        found[f"ab_rmse_{there}"] = float(error[near].mean()) if near.any() else None
    return found


def judge(sequence: Sequence) -> list[Any]:
    """Flows from each middle frame to both neighbors, and where they can be trusted."""
    flow = load_flow("dis")
    features = [flow.encode(L[None] / 100) for L in sequence.L]
    found = []
    for t in range(1, len(features) - 1):
        back, forth = flow.flows(features[t], features[t - 1])
        on, from_next = flow.flows(features[t + 1], features[t])
        found.append(([back, from_next], [visibility(back, forth), visibility(from_next, on)]))
    return found


def main(args: list[str]) -> None:
    """Measures all rows on all sequences, prints the tables and writes them with their JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks guidance", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path("../shared/data/DAVIS"))
    parser.add_argument("--sequences", help="comma-separated [default: all of 2016/val]")
    parser.add_argument("--quick", action="store_true", help="20 frames of two sequences")
    add_option(parser)
    parser.add_argument("--out", type=Path, help="[default: benchmarks/results, or under runs/]")
    options = parser.parse_args(args)
    torch.set_num_threads(1)
    names = sequence_names(options.root, "2016/val")
    whole = not (options.quick or options.sequences)
    if options.sequences:
        names = options.sequences.split(",")
    elif options.quick:
        names = names[:: max(1, len(names) - 1)]
    out = options.out or (Path("benchmarks/results") if whole else RUNS / "results")
    config = RunConfig()
    limit = 20 if options.quick else None
    results = evaluate(options.root, names, config, own_weights(options), limit=limit)
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "guidance.json", results)
    page = pages.page(results)
    (out / "guidance.md").write_text(page)
    pages.plot(results, out / "guidance.png")
    print(page)


def evaluate(
    root: Path,
    names: list[str],
    config: RunConfig,
    own: Iterable[Own] = (),
    *,
    limit: int | None = None,
) -> dict[str, Any]:
    """The whole JSON: every row's numbers on every sequence.

    Args:
        root: folder of DAVIS.
        names: the sequences.
        config: what the rows are run with.
        own: other colorizers, which color each frame with the hints that reach it, unrefined.
        limit: frames of each sequence.
    """
    parts = build(config)
    frame_by_frame = replace(config, refiner="none")
    plain = build(frame_by_frame)
    others = {
        o.label: build_parts(System(o.label, replace(frame_by_frame, model=o.name), o.file))
        for o in own
    }
    assert isinstance(parts.colorizer, Base)
    sequences = [read_sequence(root, name, config.work_size, limit) for name in names]
    found: dict[str, Any] = {}
    for number, sequence in enumerate(sequences):
        motion = judge(sequence)
        rows: dict[str, Any] = {}

        def add(
            row: str,
            ab: Tensor,
            given: tuple[GivenColors, ...] = (),
            *,
            at: Sequence = sequence,
            rows: dict[str, Any] = rows,
            motion: list[Any] = motion,
        ) -> None:
            rows[row] = measure(at, ab, given, motion)
            print(at.name, row, {k: v and round(v, 3) for k, v in rows[row].items()}, flush=True)

        automatic = colored(sequence, parts, config, ())
        add(FRAME_BY_FRAME, colored(sequence, plain, config, ()))
        add(AUTOMATIC, automatic)
        for label, other_parts in others.items():
            add(f"{FRAME_BY_FRAME}, {label}", colored(sequence, other_parts, config, ()))
        for row, places in STILLS.items():
            given = stills(sequence, places)
            add(f"{row}, {AUTOMATIC} there", automatic, given)
            everything = recalling(sequence, given, parts.colorizer)
            add(row, colored(sequence, parts, config, everything), given)
            add(f"{row}, {COPY}", copied(sequence, parts, automatic, given), given)
            for label, other_parts in others.items():
                told = colored(sequence, other_parts, config, everything)
                add(f"{row}, {label}", told, given)
        for count in POINTS:
            given = points(sequence, count)
            everything = recalling(sequence, given, parts.colorizer, count)
            add(f"{count} points", colored(sequence, parts, config, everything), given)
            for label, other_parts in others.items():
                told = colored(sequence, other_parts, config, everything)
                add(f"{count} points, {label}", told, given)
        other = sequences[(number + 1) % len(sequences)]
        given = other_still(sequence, other, parts.colorizer)
        add(OTHER, colored(sequence, parts, config, given))
        found[sequence.name] = rows
    return {"machine": machine(), "sequences": found, "mean": _means(list(found.values()))}


def _means(each: list[dict[str, Any]]) -> dict[str, dict[str, float | None]]:
    """Every row's means over the sequences; None where no sequence is long enough."""
    found: dict[str, dict[str, float | None]] = {}
    for row, numbers in each[0].items():
        found[row] = {}
        for name in numbers:
            values = [rows[row][name] for rows in each if rows[row][name] is not None]
            found[row][name] = float(np.mean(values)) if values else None
    return found
