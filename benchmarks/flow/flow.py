"""`python -m benchmarks flow`: what each flow estimator is worth, and what it costs.

Frames at working size (192x336). Made pairs have an exact flow; the grainy ones are the same with
grain, flicker and a softer focus on each frame. Real pairs have none: there the frame before is
warped to the frame after, and luma (0..255) and, on DAVIS, the true a*b* are compared: how wrong a
color carried along the flow would be. All rows are judged on the same pixels, those the published
RAFT small (12 updates) holds visible; luma is what DIS and the eye match by, so of the real pairs
the colors tell more. `kept` is the share of all pixels that an estimator's own forward-backward
check passes, `color kept` the error there.

RAFT computes as it does in vidcolor. Time is what one core spends on one new frame:
encoding it, and both flows of its pair. Processor time is counted, not the clock's, so that other
programs on the machine do not count.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import torch
from torch import Tensor

from flow import Dis, FlowEstimator, Raft, backward_warp, luma_residual, visibility
from flow.base import check_luma
from vidcolor.files import sha256_of
from vidcolor.precision import fast_dtype

from ..machine import machine
from .plot import draw
from .scenes import SIZE, Pair, archival_pairs, davis_pairs, made_pairs

_ASSET = Path(__file__).parents[2] / "vidcolor" / "assets" / "raft-small.safetensors"
PARTS = ("made", "grainy", "davis", "davis_apart", "archival", "time")
_TIME_SIZES = ((192, 336), (256, 448), (480, 854))
_COLUMNS = {
    "made_epe": "made: error, px",
    "made_covered": "where covered, px",
    "made_3px": "made: > 3 px, %",
    "made_check": "made: check right, %",
    "grainy_epe": "grainy: error, px",
    "grainy_check": "grainy: check right, %",
    "davis_luma": "DAVIS: luma",
    "davis_color": "DAVIS: color",
    "davis_kept": "kept, %",
    "davis_color_kept": "color kept",
    "davis_apart_color": "4 apart: color",
    "archival_luma": "archival: luma",
    "archival_kept": "kept, %",
    **{f"ms_{h}x{w}": f"ms {h}x{w}" for h, w in _TIME_SIZES},
}


class Still:
    """Nothing moves: the row every other one must beat."""

    name = "identity"

    def encode(self, luma: Tensor) -> Tensor:
        check_luma(luma)
        return luma

    def flows(self, cur: Tensor, prev: Tensor) -> tuple[Tensor, Tensor]:
        still = torch.zeros_like(cur).expand(-1, 2, -1, -1)
        return still, still

    def backward_flow(self, cur: Tensor, prev: Tensor) -> Tensor:
        return self.flows(cur, prev)[0]

    def both_flows(self, cur: Tensor, prev: Tensor) -> tuple[Tensor, Tensor]:
        return self.flows(cur, prev)


def _rows(asset: Path, published: Path) -> Iterator[tuple[str, FlowEstimator]]:
    yield "identity", Still()
    for preset in ("ultrafast", "fast", "medium", "steady"):
        yield f"DIS {preset}", Dis(preset)

    def raft(weights: Path, iterations: int, scale: float = 1.0) -> Raft:
        return Raft(weights, iterations=iterations, scale=scale, dtype=fast_dtype("cpu"))

    for iterations in (4, 8, 12):
        yield f"RAFT small, ours, {iterations}", raft(asset, iterations)
    yield "DIS from ours, half size, 4", Dis(start=raft(asset, 4, 0.5))
    yield "DIS from ours, 8", Dis(start=raft(asset, 8))
    yield "RAFT small, published, 12", raft(published, 12)
    yield "DIS from published, 12", Dis(start=raft(published, 12))


def _mean(values: Tensor, mask: Tensor) -> float:
    return float((values * mask).sum() / mask.sum().clamp(min=1))


def _judge_made(pair: Pair, backward: Tensor, forward: Tensor) -> dict[str, float]:
    assert pair.flow is not None
    assert pair.visible is not None
    error = torch.linalg.vector_norm(backward - pair.flow, dim=1, keepdim=True)
    agrees = (visibility(backward, forward) == pair.visible).float()
    return {
        "epe": _mean(error, pair.visible),
        "covered": _mean(error, 1 - pair.visible),
        "3px": 100 * _mean((error > 3).float(), pair.visible),
        "check": 100 * float(agrees.mean()),
    }


def _judge_real(pair: Pair, mask: Tensor, backward: Tensor, forward: Tensor) -> dict[str, float]:
    kept = visibility(backward, forward)
    residual = luma_residual(pair.cur, pair.prev, backward).abs() * 255
    values = {"luma": _mean(residual, mask), "kept": 100 * float(kept.mean())}
    if pair.colors is not None:
        gone = backward_warp(pair.colors[1], backward) - pair.colors[0]
        error = torch.linalg.vector_norm(gone, dim=1, keepdim=True)
        values |= {"color": _mean(error, mask), "color_kept": _mean(error, kept)}
    return values


def _milliseconds(estimator: FlowEstimator, size: tuple[int, int], runs: int = 3) -> float:
    """Of one core on one new frame of a film: encoding it and both flows; the least of `runs`."""
    generator = torch.Generator().manual_seed(3)
    coarse = torch.rand(1, 1, size[0] // 8, size[1] // 8, generator=generator)
    prev = torch.nn.functional.interpolate(coarse, size, mode="bicubic").clamp(0, 1)
    cur = prev.roll((2, -3), (-2, -1))
    before = estimator.encode(prev)
    spent = []
    for _ in range(runs):
        began = time.process_time()
        estimator.flows(estimator.encode(cur), before)
        spent.append(time.process_time() - began)
    return round(1e3 * min(spent), 1)


def _judged(
    part: str, pairs: list[Pair], masks: list[Tensor], estimator: FlowEstimator
) -> dict[str, float]:
    """Means over a part's pairs, by column name."""
    values: dict[str, list[float]] = defaultdict(list)
    for pair, mask in zip(pairs, masks, strict=True):
        flows = estimator.both_flows(pair.cur, pair.prev)
        found = _judge_made(pair, *flows) if pair.flow is not None else None
        for name, value in (found or _judge_real(pair, mask, *flows)).items():
            values[f"{part}_{name}"].append(value)
    return {name: round(sum(v) / len(v), 3) for name, v in values.items()}


def measure(
    data: Path, asset: Path, pairs: int, parts: Iterable[str]
) -> dict[str, dict[str, float]]:
    """All rows' figures of some of `PARTS`, by column name."""
    published = data / "weights" / "raft_small_C_T_V1.pth"
    judge = Raft(published, iterations=12)
    makers = {
        "made": lambda: made_pairs(data / "DAVIS", 4 * pairs),
        "grainy": lambda: made_pairs(data / "DAVIS", 4 * pairs, grainy=True),
        "davis": lambda: davis_pairs(data / "DAVIS", pairs, 1),
        "davis_apart": lambda: davis_pairs(data / "DAVIS", pairs // 2 + 1, 4),
        "archival": lambda: archival_pairs(data / "archival", pairs),
    }
    groups = {part: [*makers[part]()] for part in parts if part in makers}
    masks = {
        part: [
            torch.empty(0)
            if pair.flow is not None
            else visibility(*judge.both_flows(pair.cur, pair.prev))
            for pair in group
        ]
        for part, group in groups.items()
    }
    table = {}
    for label, estimator in _rows(asset, published):
        row: dict[str, float] = {}
        for part, group in groups.items():
            row |= _judged(part, group, masks[part], estimator)
        if "time" in parts:
            row |= {f"ms_{h}x{w}": _milliseconds(estimator, (h, w)) for h, w in _TIME_SIZES}
        table[label] = row
        print(label, json.dumps(row), flush=True)
    return table


def markdown(table: dict[str, dict[str, float]]) -> str:
    """The table as README has it."""
    shown = {n: title for n, title in _COLUMNS.items() if any(n in row for row in table.values())}
    lines = ["| flow | " + " | ".join(shown.values()) + " |", "|---" * (len(shown) + 1) + "|"]
    for label, row in table.items():
        cells = [
            f"{row[name]:.{1 if name.startswith('ms') else 2}f}" if name in row else ""
            for name in shown
        ]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main(args: list[str] | None = None) -> None:
    """Measures, prints the table, writes `flow.json`, `flow.md` and the plot `flow.svg`."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks flow",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--weights", type=Path, default=_ASSET)
    parser.add_argument("--pairs", type=int, default=4, help="of each sequence")
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=PARTS,
        default=PARTS,
        help="measure these; the others stay as they stand in the results, if of the same weights",
    )
    parser.add_argument("--results", type=Path, default=Path(__file__).parents[1] / "results")
    options = parser.parse_args(args)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    settings = {"size": list(SIZE), "pairs": options.pairs, "weights": sha256_of(options.weights)}
    file = options.results / "flow.json"
    result = json.loads(file.read_text()) if file.exists() else {}
    if {key: result.get(key) for key in settings} != settings:
        result = settings | {"machines": {}, "rows": {}}
    host = machine()
    table = measure(options.data, options.weights, options.pairs, options.parts)
    result["machines"] |= dict.fromkeys(options.parts, host)
    # In the order of the rows, which an older file may have had otherwise.
    result["rows"] = {label: result["rows"].get(label, {}) | row for label, row in table.items()}
    options.results.mkdir(exist_ok=True)
    file.write_text(json.dumps(result, indent=1) + "\n")
    (options.results / "flow.md").write_text(markdown(result["rows"]))
    draw(result["rows"], options.results / "flow.svg")
    print(markdown(result["rows"]))
