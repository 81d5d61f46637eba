"""`python -m benchmarks davis`: color and stillness on the DAVIS sequences.

Every system is a configuration of the same pipeline. Frames are read as luma alone; flow and
masks for the measures come from the true luma by the published RAFT, the same for every row.
Measured at the working size in Lab, before any encoder. What has been made is kept under `runs/`
and made again only when settings, weights or code have changed.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from flow.raft import Raft
from vidcolor.components import Parts
from vidcolor.config import RunConfig
from vidcolor.errors import VidcolorError
from vidcolor.files import sha256_of

from ..code_hash import code_hash
from ..intervals import Bootstrap
from ..learned import left_out as measures_left_out
from ..learned import why_no_lpips
from ..machine import machine
from ..own_weights import Own, add_option, own_weights
from ..store import RUNS, digest, kept, write_json
from ..systems import PLAIN, System, build_parts, description, every_system
from . import data as davis_data
from . import drift, time_slices
from . import tables as davis_tables
from .coloring import run_system, slug
from .data import Sequence
from .judge import FAR, FAR_EVERY, TrueMotion, estimate_true_motion
from .measures import measure
from .sanity import TRUTH, sanity_rows

_ITERATIONS = 12
# Modules that decide the judge's masks, and the numbers.
_JUDGE = "benchmarks.davis.judge"
_MEASURES = "benchmarks.davis.measures"
_SANITY = "benchmarks.davis.sanity"
# ab are kept as integers of this fraction of a Lab unit.
_STEP = 256


def colors(sequence: Sequence, system: System, about: dict[str, Any], parts: Parts) -> Tensor:
    """As `run_system`, kept on disk under the system's settings and hashes."""
    key = digest([about, sequence.fingerprint()])
    path = folder(sequence) / f"{slug(system.name)}.npz"

    def make() -> dict[str, np.ndarray]:
        ab = run_system(sequence.luma, sequence.info, parts, system.config)
        codes = (ab * _STEP).round().clamp(-32768, 32767)
        return {"ab": codes.to(torch.int16).numpy()}

    return torch.from_numpy(kept(path, key, make)["ab"]).float() / _STEP


def folder(sequence: Sequence) -> Path:
    """Where what is made of a sequence is kept; quick runs see fewer frames of it."""
    return RUNS / "davis" / f"{sequence.name}-{len(sequence.files)}"


def measured(
    sequence: Sequence, motion: TrueMotion, row: str, ab: Tensor, key: str
) -> dict[str, float | None]:
    """The numbers of a row, kept on disk; None where undefined."""
    path = folder(sequence) / f"{slug(row)}.numbers.npz"

    def make() -> dict[str, np.ndarray]:
        return {k: np.array(v) for k, v in measure(sequence, motion, ab).items()}

    found = kept(path, digest([key, why_no_lpips(), code_hash(_MEASURES)]), make)
    return {k: None if math.isnan(v) else float(v) for k, v in found.items()}


def summary(sequences: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every row's means and ratios over the sequences, with their intervals."""
    every = list(sequences.values())
    draw = Bootstrap(len(every))
    found: dict[str, dict[str, Any]] = {}
    for row, numbers in every[0].items():
        found[row] = {m: draw.mean([s[row][m] for s in every]) for m in numbers}
        for ratio in davis_tables.ratios():
            m, _, base = ratio.partition("@")
            other = TRUTH if base == "truth" else PLAIN
            if other in every[0]:
                found[row][ratio] = draw.ratio(
                    [s[row][m] for s in every], [s[other][m] for s in every]
                )
    return found


def main(args: list[str]) -> None:
    """Measures all rows on all sequences, prints the tables and writes them with their JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks davis", description=__doc__)
    parser.add_argument("--root", type=Path, default=Path("../shared/data/DAVIS"))
    parser.add_argument("--download", action="store_true", help="get DAVIS-2017 (0.8 GB) first")
    parser.add_argument("--list", default="2016/val", choices=davis_data.LISTS)
    parser.add_argument("--sequences", help="comma-separated [default: all of the list]")
    parser.add_argument("--systems", help="only rows with one of these words, comma-separated")
    parser.add_argument("--quick", action="store_true", help="20 frames of two sequences")
    parser.add_argument(
        "--every",
        type=int,
        default=1,
        metavar="N",
        help="one frame in N, so that everything moves N times as fast; written beside as one_in_N",
    )
    parser.add_argument("--drift", action="store_true", help="only the 600-frame clip")
    parser.add_argument(
        "--flow-weights",
        type=Path,
        default=Path("../shared/data/weights/raft_small_C_T_V1.pth"),
        help="published RAFT small, for the measures",
    )
    parser.add_argument("--out", type=Path, help="[default: benchmarks/results, or under runs/]")
    add_option(parser)
    options = parser.parse_args(args)
    torch.set_num_threads(1)
    if options.download:
        davis_data.fetch(options.root)
    names = davis_data.sequence_names(options.root, options.list)
    whole = not (options.quick or options.sequences or options.systems)
    if options.sequences:
        names = options.sequences.split(",")
    elif options.quick:
        names = names[:: max(1, len(names) - 1)]
    out = options.out or (Path("benchmarks/results") if whole else RUNS / "results")
    systems, left_out = chosen(own_weights(options), options.systems)
    if options.drift:
        drift.run(options.root, names, systems, left_out, out, quick=options.quick)
        return
    if not options.flow_weights.is_file():
        raise SystemExit(f"no {options.flow_weights}: the published RAFT small, see --flow-weights")
    results = evaluate(
        options.root,
        names,
        systems,
        options.flow_weights,
        None if options.every > 1 else out,
        limit=20 if options.quick else None,
        every=options.every,
    )
    results["left_out"] = left_out | measures_left_out()
    name = "davis" if options.every == 1 else f"davis_one_in_{options.every}"
    write_json(out / f"{name}.json", results)
    page = davis_tables.page(results)
    (out / f"{name}.md").write_text(page)
    print(page)


def chosen(
    own: list[Own], words: str | None
) -> tuple[list[tuple[System, Parts, dict[str, Any]]], dict[str, str]]:
    """Systems that can run here, built and described, and why the others cannot."""
    wanted = words.split(",") if words else [""]
    found, left_out = [], {}
    for system in every_system(own):
        if system.name != PLAIN and not any(word in system.name for word in wanted):
            continue
        try:
            parts = build_parts(system)
        except VidcolorError as err:
            left_out[system.name] = str(err)
            print(f"left out: {system.name}: {err}", flush=True)
            continue
        found.append((system, parts, description(system, parts)))
    return found, left_out


def evaluate(
    root: Path,
    names: list[str],
    systems: list[tuple[System, Parts, dict[str, Any]]],
    flow_weights: Path,
    pictures: Path | None,
    *,
    limit: int | None = None,
    every: int = 1,
) -> dict[str, Any]:
    """The whole JSON but for what was left out; time slices go into the folder `pictures`."""
    short_side = RunConfig().work_size
    judge = Raft(flow_weights, iterations=_ITERATIONS)
    seen_by = [sha256_of(flow_weights), _ITERATIONS, short_side, FAR, FAR_EVERY]
    rows: dict[str, Any] = {}
    sequences: dict[str, Any] = {}
    frames, size = 0, [0, 0]
    for name in names:
        sequence = davis_data.read_sequence(root, name, short_side, limit, every)
        frames += len(sequence.files)
        size = list(sequence.L.shape[-2:])
        key = digest([seen_by, sequence.fingerprint(), code_hash(_JUDGE)])
        motion = estimate_true_motion(sequence.L, judge, folder(sequence) / "motion.npz", key)
        sequences[name] = {}
        slices = {TRUTH: sequence.ab}
        for row, ab in sanity_rows(sequence.ab, motion).items():
            made = digest([key, row, code_hash(_SANITY)])
            sequences[name][row] = measured(sequence, motion, row, ab, made)
            rows[row] = {"kind": "sanity"}
        for system, parts, about in systems:
            ab = colors(sequence, system, about, parts)
            made = digest([key, about])
            sequences[name][system.name] = measured(sequence, motion, system.name, ab, made)
            rows[system.name] = {"kind": "system"} | about
            slices[system.name] = ab
        if pictures is not None and name in time_slices.SEQUENCES:
            shown = {row: slices[row] for row in time_slices.ROWS if row in slices}
            time_slices.write(pictures / f"time_slices_{name}.jpg", sequence, shown)
        print(f"{name}: {len(sequence.files)} frames", flush=True)
    return {
        "machine": machine(),
        "settings": {
            "frames": frames,
            "every": every,
            "size": size,
            "judge": f"RAFT small, published weights, {_ITERATIONS} updates",
            "judge_weights": sha256_of(flow_weights),
        },
        "rows": rows,
        "sequences": sequences,
        "all": summary(sequences),
    }
