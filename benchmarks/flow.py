"""`python -m benchmarks flow`: what each flow estimator is worth, and what it costs.

Frames at working size (192x336). Made pairs have an exact flow. Real ones have not: there the
frame before is warped to the frame after, and luma (0..255) and, on DAVIS, the true a*b* are
compared: how wrong a colour carried along the flow would be. All rows are judged on the same
pixels, those the published RAFT small (12 updates) holds visible; luma is what DIS and the eye
match by, so of the real pairs the colours tell more. `kept` is the share of all pixels that an
estimator's own forward-backward check passes, `colour kept` the error there.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import torch
from torch import Tensor

from flow import Dis, FlowEstimator, Raft, backward_warp, luma_residual, visibility
from flow.base import check_luma

from .flow_scenes import SIZE, Pair, archival_pairs, davis_pairs, made_pairs
from .machine import machine

_ASSET = Path(__file__).parents[1] / "vidcolor" / "assets" / "raft-small.safetensors"
_COLUMNS = {
    "made_epe": "made: error, px",
    "made_3px": "made: > 3 px, %",
    "made_check": "made: check right, %",
    "davis_luma": "DAVIS: luma",
    "davis_color": "DAVIS: colour",
    "davis_kept": "kept, %",
    "davis_color_kept": "colour kept",
    "davis_apart_color": "4 apart: colour",
    "archival_luma": "archival: luma",
    "archival_kept": "kept, %",
    "ms": "ms a frame",
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
    for preset in ("ultrafast", "fast", "medium"):
        yield f"DIS {preset}", Dis(preset)
    for iterations in (4, 8, 12):
        yield f"RAFT small, ours, {iterations}", Raft(asset, iterations=iterations)
    yield "RAFT small, ours, 8, bfloat16", Raft(asset, dtype=torch.bfloat16)
    yield "DIS from ours, half size, 4", Dis(start=Raft(asset, iterations=4, scale=0.5))
    yield "DIS from ours, 8", Dis(start=Raft(asset))
    yield "RAFT small, published, 12", Raft(published, iterations=12)
    yield "DIS from published, 12", Dis(start=Raft(published, iterations=12))


def _mean(values: Tensor, mask: Tensor) -> float:
    return float((values * mask).sum() / mask.sum().clamp(min=1))


def _judge_made(pair: Pair, backward: Tensor, forward: Tensor) -> dict[str, float]:
    assert pair.flow is not None
    assert pair.visible is not None
    error = torch.linalg.vector_norm(backward - pair.flow, dim=1, keepdim=True)
    agrees = (visibility(backward, forward) == pair.visible).float()
    return {
        "epe": _mean(error, pair.visible),
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


def _milliseconds(estimator: FlowEstimator, pair: Pair, runs: int = 5) -> float:
    """Of one new frame of a film: encoding it and both flows of its pair; the best of `runs`."""
    before = estimator.encode(pair.prev)
    best = float("inf")
    for _ in range(runs):
        began = time.perf_counter()
        estimator.flows(estimator.encode(pair.cur), before)
        best = min(best, time.perf_counter() - began)
    return 1e3 * best


def measure(data: Path, asset: Path, pairs: int) -> dict[str, dict[str, float]]:
    """All rows' means over all pairs, by column name."""
    published = data / "weights" / "raft_small_C_T_V1.pth"
    judge = Raft(published, iterations=12)
    groups = {
        "davis": [*davis_pairs(data / "DAVIS", pairs, 1)],
        "davis_apart": [*davis_pairs(data / "DAVIS", pairs // 2 + 1, 4)],
        "archival": [*archival_pairs(data / "archival", pairs)],
    }
    masks = {
        name: [visibility(*judge.both_flows(pair.cur, pair.prev)) for pair in group]
        for name, group in groups.items()
    }
    made = [*made_pairs(data / "DAVIS", 4 * pairs)]
    table = {}
    for label, estimator in _rows(asset, published):
        values: dict[str, list[float]] = defaultdict(list)
        for pair in made:
            found = _judge_made(pair, *estimator.both_flows(pair.cur, pair.prev))
            for name, value in found.items():
                values[f"made_{name}"].append(value)
        for group, members in groups.items():
            for pair, mask in zip(members, masks[group], strict=True):
                found = _judge_real(pair, mask, *estimator.both_flows(pair.cur, pair.prev))
                for name, value in found.items():
                    values[f"{group}_{name}"].append(value)
        table[label] = {name: round(sum(v) / len(v), 3) for name, v in values.items()}
        table[label]["ms"] = round(_milliseconds(estimator, made[0]), 1)
    return table


def markdown(table: dict[str, dict[str, float]]) -> str:
    """The table as README has it."""
    lines = ["| flow | " + " | ".join(_COLUMNS.values()) + " |", "|---" * (len(_COLUMNS) + 1) + "|"]
    for label, row in table.items():
        cells = [f"{row[name]:.{1 if name == 'ms' else 2}f}" for name in _COLUMNS]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main(args: list[str] | None = None) -> None:
    """Measures, prints the table and writes `flow.json` and `flow.md`."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks flow",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--weights", type=Path, default=_ASSET)
    parser.add_argument("--pairs", type=int, default=4, help="of each sequence")
    parser.add_argument("--results", type=Path, default=Path(__file__).parent / "results")
    options = parser.parse_args(args)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    host = machine()
    table = measure(options.data, options.weights, options.pairs)
    result: dict[str, Any] = {"size": SIZE, "pairs": options.pairs, "machine": host, "rows": table}
    options.results.mkdir(exist_ok=True)
    (options.results / "flow.json").write_text(json.dumps(result, indent=1) + "\n")
    (options.results / "flow.md").write_text(markdown(table))
    print(markdown(table))
