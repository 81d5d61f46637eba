"""The systems that are compared: configurations of one pipeline. A new one is a line here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vidcolor import registry
from vidcolor.components import Parts, build, load_colorizer
from vidcolor.config import RunConfig
from vidcolor.errors import VidcolorError
from vidcolor.files import sha256_of
from vidcolor.weights import files as weights

from .code_hash import PACKAGES, code_hash
from .own_weights import Own

# With the modules of the parts in use, they import all that decides the colors.
_CODE = ("vidcolor.pipeline", "vidcolor.components", "vidcolor.analysis.film_analysis")


@dataclass(frozen=True, slots=True)
class System:
    """A row of the tables.

    Attributes:
        name: as printed.
        config: what `vidcolor run` would be given.
        weights: file of the colorizer's weights where it is not the one that it comes with.
    """

    name: str
    config: RunConfig
    weights: Path | None = None


PLAIN = "base, frame by frame"
"""The row that refiners are measured against."""

REFINED = "base + bidirectional"
"""The row of the defaults."""

SYSTEMS = (
    System(PLAIN, RunConfig(refiner="none")),
    System("base + trajectory", RunConfig(refiner="trajectory")),
    System("base + blind2018", RunConfig(refiner="blind2018")),
    System("base + favc2019", RunConfig(refiner="favc2019")),
    System("base + recurrent", RunConfig(refiner="recurrent")),
    System(REFINED, RunConfig()),
    System(f"{REFINED}, flow raft+dis", RunConfig(flow="raft+dis")),
    System(f"{REFINED}, every frame colored", RunConfig(every_frame=True)),
)


def every_system(own: list[Own]) -> list[System]:
    """`SYSTEMS`, and each other colorizer whose weights are here, plain and refined."""
    found = [*SYSTEMS]
    for label, name, file in [*others_here(), *((o.label, o.name, o.file) for o in own)]:
        plain = RunConfig(model=name, refiner="none")
        found.append(System(f"{label}, frame by frame", plain, file))
        refined = replace(plain, refiner=RunConfig().refiner)
        found.append(System(f"{label} + {refined.refiner}", refined, file))
    return found


def others_here() -> list[tuple[str, str, None]]:
    """Colorizers but `base` that lack no weights: label, name, no file. Plug-ins are among them."""
    return [
        (entry.name, entry.name, None)
        for entry in registry.entries("colorizer")
        if entry.name != "base"
        and (entry.weights is None or weight_file("colorizer", entry.name) is not None)
    ]


def weight_file(kind: str, name: str) -> Path | None:
    """The weights that a part would be run with; None where it has or needs none."""
    if kind == "colorizer" and (path := weights.file_for(name)) is not None:
        return path
    entry = registry.find(kind, name)
    try:
        return None if entry.weights is None else weights.require_file(entry.weights)
    except VidcolorError:
        return None


def build_parts(system: System) -> Parts:
    """The parts of a system.

    Raises:
        VidcolorError: one is not registered, or its weights are not here.
    """
    if system.weights is None:
        return build(system.config)
    parts = build(replace(system.config, model="base"))
    colorizer = load_colorizer(system.config.model, parts.device, system.weights)
    return replace(parts, colorizer=colorizer)


def description(system: System, parts: Parts) -> dict[str, Any]:
    """Settings, and hashes of weights and code, as plain values: equal where colors are equal."""
    config = system.config
    flow = "none" if parts.flow is None else parts.flow.name
    used = [("colorizer", config.model), ("refiner", config.refiner)]
    modules = [registry.find(kind, name).target.partition(":")[0] for kind, name in used]
    modules += [] if parts.flow is None else [type(parts.flow).__module__]
    own = [module for module in modules if module.split(".")[0] in PACKAGES]
    files = {
        "colorizer": system.weights or weight_file("colorizer", config.model),
        "refiner": weight_file("refiner", config.refiner),
    }
    # what is left of the weights that were loaded is the flow's
    built = config.model if system.weights is None else "base"
    not_flow = {weight_file("colorizer", built), weight_file("refiner", config.refiner)}
    names = {path.name for path in not_flow if path is not None}
    flow_weights = {k: v for k, v in parts.weights.items() if k not in names}
    return {
        "settings": config.to_dict() | {"flow": flow},
        "device": parts.device,
        "weights": {kind: _sha256(path) for kind, path in files.items() if path is not None}
        | flow_weights,
        "code": code_hash(*_CODE, *own),
        "plug-ins": [
            f"{entry.origin} {version(entry.origin)}"
            for kind, name in (("colorizer", config.model), ("refiner", config.refiner))
            if (entry := registry.find(kind, name)).origin != "vidcolor"
        ],
    }


@lru_cache(maxsize=64)
def _sha256(path: Path) -> str:
    return sha256_of(path)
