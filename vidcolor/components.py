"""Builds the parts of a run from its settings; the only place that chooses devices and weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from . import registry
from .errors import SEE_WHERE, ConfigError, PluginError, VidcolorError, class_and_text
from .files import sha256_of
from .out_of_memory import is_out_of_memory
from .precision import fast_dtype
from .types import Colorizer, Refiner, ShotRefiner
from .weights import files as weights

if TYPE_CHECKING:
    from flow.base import FlowEstimator

    from .config import RunConfig


_NAMES = {
    "colorizer": ("name", "size", "colorize"),
    "refiner": ("name", "needs_flow"),
    "flow": ("name", "flows"),
}
"""What a system of each kind has, see `Colorizer`, `Refiner` and `FlowEstimator`."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The networks of a run, loaded and on their device; can be shared by many runs.

    Attributes:
        device: torch's name of the device all networks are on.
        colorizer, refiner: the networks.
        flow: flow estimator, None if the refiner does not use one.
        notes: choices made automatically, one line each.
        weights: SHA-256 of every weight file in use, by file name.
        takes_hints: the colorizer can be told colors.
    """

    device: str
    colorizer: Colorizer
    refiner: Refiner | ShotRefiner
    flow: FlowEstimator | None
    notes: tuple[str, ...]
    weights: Mapping[str, str] = field(default_factory=dict)
    takes_hints: bool = False

    @property
    def sees_shots(self) -> bool:
        """Whether the refiner looks at whole shots."""
        return isinstance(self.refiner, ShotRefiner)

    @property
    def is_reentrant(self) -> bool:
        """Whether two threads may use the colorizer at once."""
        return getattr(self.colorizer, "is_reentrant", False)


def choose_device(name: str) -> str:
    """The device of that name; for "auto" the fastest available one.

    Raises:
        ConfigError: the device is not available.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError) as err:
        raise ConfigError(f"the device {name!r} is not available", hint="try --device cpu") from err
    return name


def _check_flow_package() -> None:
    """Detects another module named `flow` (in the user's folder) that is imported instead of ours.

    Raises:
        ConfigError: there is one; the message names its file.
    """
    import flow

    if getattr(flow, "PROJECT", None) != "vidcolor":
        raise ConfigError(
            f"{getattr(flow, '__file__', 'another package')} is imported instead of "
            "vidcolor's package flow",
            hint="use the `vidcolor` command, start Python with -P, or work in another folder",
        )


# At import time: this module is imported before any other that imports from `flow`.
_check_flow_package()


def load_colorizer(
    name: str, device: str = "cpu", weights: Path | None = None, **options: Any
) -> Colorizer:
    """Loads a colorizer with its weights.

    Args:
        name: name of a built-in or a plug-in, or a file: ONNX (`.onnx`), TorchScript (`.pt`,
            `.ts`) or torch.export (`.pt2`).
        device: torch's name of the device to run on.
        weights: a weight file of that system to use instead of its own; not every plug-in
            accepts one.
        options: further arguments of that system, such as `temperature` of `zhang2016` and
            `zhao2018`.

    Raises:
        PluginError: unknown name, or no colorizer was loaded. WeightsError: weights missing or not
            matching.
    """
    file = Path(name) if registry.is_file("colorizer", name) else weights
    return _load("colorizer", name, device, *([] if file is None else [file]), **options)


def load_refiner(name: str, device: str = "cpu") -> Refiner | ShotRefiner:
    """Loads a temporal refiner with its weights.

    Raises:
        PluginError: unknown name, or no refiner was loaded. WeightsError: weights missing.
    """
    return _load("refiner", name, device)


def load_flow(name: str, device: str = "cpu") -> FlowEstimator:
    """Loads a flow estimator with its weights.

    Raises:
        PluginError: unknown name, or no flow estimator was loaded. WeightsError: weights missing.
    """
    return _load("flow", name, device)


def _load(kind: str, name: str, *given: Any, **options: Any) -> Any:
    """What an entry's `load` makes of its arguments, if it can be one of its kind."""
    entry = registry.find(kind, name)
    load = registry.factory(entry)
    try:
        made = load(*given, **options)
    except Exception as err:
        if entry.origin == "vidcolor" or isinstance(err, VidcolorError) or is_out_of_memory(err):
            raise
        said = f"the {kind} {name!r} of {entry.origin} cannot be loaded: {class_and_text(err)}"
        raise PluginError(said, hint=SEE_WHERE) from err
    missing = [n for n in _NAMES[kind] if not hasattr(made, n)]
    if missing:
        raise PluginError(
            f"the {kind} {name!r} of {entry.origin} cannot be used: {entry.target} returned "
            f"{type(made).__name__}, which has no {' and no '.join(missing)}",
        )
    return made


def _raft_dtype(device: str) -> torch.dtype:
    """bfloat16 changes the flow by about 0.01 px."""
    return torch.float32 if device.startswith("mps") else fast_dtype(device)


def load_raft(device: str, *, iterations: int = 8, scale: float = 1.0) -> FlowEstimator:
    """RAFT small with the bundled weights."""
    from flow.raft import Raft

    return Raft(
        weights.require_file("raft-small.safetensors"),
        iterations=iterations,
        scale=scale,
        device=device,
        dtype=_raft_dtype(device),
    )


def _load_raft_official(name: str, architecture: str, device: str) -> FlowEstimator:
    from flow.raft import Raft

    tensors, _ = weights.read_system(name)
    # The published networks were trained with 12 iterations.
    return Raft(tensors, architecture, iterations=12, device=device, dtype=_raft_dtype(device))


def load_raft_small_official(device: str) -> FlowEstimator:
    """RAFT small with torchvision's weights, downloaded by `vidcolor fetch`."""
    return _load_raft_official("raft-small-official", "raft_small", device)


def load_raft_large_official(device: str) -> FlowEstimator:
    """RAFT with torchvision's weights, downloaded by `vidcolor fetch`."""
    return _load_raft_official("raft-large-official", "raft_large", device)


def load_raft_dis(device: str) -> FlowEstimator:
    """OpenCV's DIS, initialized with the flow of RAFT small at half size."""
    from flow.dis import Dis

    return Dis(start=load_raft(device, iterations=4, scale=0.5))


def load_dis(device: str) -> FlowEstimator:
    """OpenCV's DIS; runs on the CPU on every device."""
    from flow.dis import Dis

    return Dis()


def build(config: RunConfig) -> Parts:
    """Loads every part that `config` names onto its device.

    Raises:
        ConfigError: the device is not available.
        PluginError: an unknown name.
        WeightsError: weights missing or not matching.
    """
    for kind, name in (("colorizer", config.model), ("refiner", config.refiner)):
        registry.find(kind, name)
    if config.flow != "auto":
        registry.find("flow", config.flow)
    device = choose_device(config.device)
    refiner = load_refiner(config.refiner, device)
    flow, notes = None, []
    chosen = [("colorizer", config.model), ("refiner", config.refiner)]
    if refiner.needs_flow:
        name = config.flow
        if name == "auto":
            name = "dis" if device == "cpu" else "raft+dis"
            notes.append(f"flow: {name} (chosen by --flow auto for {device})")
        flow = load_flow(name, device)
        chosen.append(("flow", name))
    colorizer = load_colorizer(config.model, device)
    takes_hints = registry.find("colorizer", config.model).takes_hints
    return Parts(device, colorizer, refiner, flow, tuple(notes), _hashes(chosen), takes_hints)


def _hashes(chosen: list[tuple[str, str]]) -> dict[str, str]:
    """SHA-256 of the weight files of systems given as (kind, name)."""
    paths = (weights.file_of_entry(registry.find(kind, name)) for kind, name in chosen)
    return {path.name: sha256_of(path) for path in paths if path is not None}
