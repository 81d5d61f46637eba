"""What one frame costs in the networks of the literature, beside ours, in the same run.

Random weights: time does not depend on them. One thread, every system at the size it is usually
run at, all called in turns so that a busy moment of the machine hits all of them alike. Processor
time is counted, not the clock's.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

import torch

from vidcolor.components import build, load_refiner
from vidcolor.config import RunConfig
from vidcolor.processors import share_threads
from vidcolor.stages.lightness import resize
from vidcolor.types import Coloring, Colorizer, Motion, Refiner, ShotRefiner

from .cost import parameters

_WORKING = (192, 336)
_FILM = (480, 856)
OURS = "base + recurrent, with flow"
# Module of the colorizer and what its `untrained` is given, by row.
_COLORIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "zhang2016": ("vidcolor.colorizers.zhang2016", {}),
    "zhang2017": ("vidcolor.colorizers.zhang2017", {}),
    "deoldify, video": ("vidcolor.colorizers.deoldify", {"deep": False}),
    "deoldify, artistic": ("vidcolor.colorizers.deoldify", {"deep": True}),
}


@dataclass(frozen=True, slots=True)
class Peer:
    """A row.

    Attributes:
        name: as printed.
        sees: the size it works at.
        parameters: of its networks.
        work: one frame of a film.
    """

    name: str
    sees: str
    parameters: int
    work: Callable[[], object]


def ours() -> list[Peer]:
    """The defaults, stage by stage and together."""
    parts = build(RunConfig(device="cpu"))
    share_threads()
    L = _lightness(_WORKING)
    seen = resize(L, parts.colorizer.size)
    coloring = Coloring(torch.zeros(1, 2, *_WORKING), torch.ones_like(L))
    assert parts.flow is not None
    flow = parts.flow
    before = flow.encode(L / 100)
    motion = Motion(torch.zeros(1, 2, *_WORKING), torch.ones_like(L))
    refiner = load_refiner("recurrent")
    assert not isinstance(refiner, ShotRefiner)
    _, state = refiner.start(L, coloring)

    def colorize() -> object:
        return parts.colorizer.colorize(seen)

    def follow() -> object:
        return flow.flows(flow.encode(L / 100), before)

    def refine() -> object:
        return refiner.step(state, L, coloring, motion)

    sizes = parameters(parts.colorizer), parameters(refiner)
    working = _print(_WORKING)
    return [
        Peer("base", _print(seen.shape[-2:]), sizes[0], colorize),
        Peer(f"flow {flow.name}", working, parameters(flow), follow),
        Peer("recurrent", working, sizes[1], refine),
        Peer(OURS, working, sum(sizes), lambda: (colorize(), follow(), refine())),
    ]


def others() -> tuple[list[Peer], dict[str, str]]:
    """The literature's, and which of them are not in this version."""
    found, left_out = [], {}
    for name, (module, given) in _COLORIZERS.items():
        try:
            colorizer = importlib.import_module(module).untrained(**given)
        except (ImportError, AttributeError) as err:
            left_out[name] = str(err)
            continue
        found.append(_colorizer(name, colorizer))
    try:
        blind = importlib.import_module("vidcolor.refiners.blind2018")
    except ImportError as err:
        left_out["blind2018"] = str(err)
    else:
        refiner = blind.Blind2018(blind.TransformNet())
        found += [_refiner(refiner, _WORKING), _refiner(refiner, _FILM)]
    return found, left_out


def _colorizer(name: str, colorizer: Colorizer) -> Peer:
    seen = resize(_lightness(_WORKING), colorizer.size)
    size = seen.shape[-2:]
    if name.startswith("deoldify"):
        size = torch.Size([colorizer.size, colorizer.size])
    return Peer(name, _print(size), parameters(colorizer), lambda: colorizer.colorize(seen))


def _refiner(refiner: Refiner, size: tuple[int, int]) -> Peer:
    L = _lightness(size)
    coloring = Coloring(torch.zeros(1, 2, *size), torch.ones_like(L))
    _, state = refiner.start(L, coloring)
    return Peer(
        f"{refiner.name} (refiner alone)",
        _print(size),
        parameters(refiner),
        lambda: refiner.step(state, L, coloring, None),
    )


def _lightness(size: tuple[int, int]) -> torch.Tensor:
    return torch.rand(1, 1, *size, generator=torch.Generator().manual_seed(0)) * 100


def _print(size: tuple[int, ...]) -> str:
    return f"{size[1]}x{size[0]}"


def time_peers(rounds: int) -> dict[str, Any]:
    """Median milliseconds a frame of every row over so many rounds, after one that warms up."""
    found, left_out = others()
    found = ours() + found
    spent: list[list[float]] = [[] for _ in found]
    for number in range(rounds + 1):
        for peer, times in zip(found, spent, strict=True):
            began = time.process_time()
            peer.work()
            if number:
                times.append(1000 * (time.process_time() - began))
    rows = [
        {"name": p.name, "sees": p.sees, "parameters": p.parameters, "ms": round(median(t), 1)}
        for p, t in zip(found, spent, strict=True)
    ]
    return {"rounds": rounds, "rows": rows, "left_out": left_out}


def table(results: dict[str, Any]) -> str:
    """The results as a Markdown table."""
    own = next(row["ms"] for row in results["rows"] if row["name"] == OURS)
    lines = [
        "| system | sees | M parameters | ms a frame | / ours |",
        "|---|--:|--:|--:|--:|",
    ]
    for row in results["rows"]:
        millions = f"{row['parameters'] / 1e6:.2f}" if row["parameters"] else "-"
        cells = (row["name"], row["sees"], millions, f"{row['ms']:.0f}", f"{row['ms'] / own:.1f}")
        lines.append(f"| {' | '.join(cells)} |")
    lines += [f"\nLeft out: {name}: {why}" for name, why in results["left_out"].items()]
    return "\n".join(lines) + "\n"
