"""Names of colorizers, refiners and flows, and where their code is.

Built-ins are listed as strings, so that nothing is imported before it is chosen; plug-ins are
found by the entry-point groups `vidcolor.colorizers`, `vidcolor.refiners` and `vidcolor.flows`.
"""

from __future__ import annotations

import difflib
import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from .errors import PluginError

KINDS = ("colorizer", "refiner", "flow")


@dataclass(frozen=True, slots=True)
class Entry:
    """One system that can be chosen.

    Attributes:
        kind: "colorizer", "refiner" or "flow".
        name: what it is chosen by.
        target: "module:function"; the function takes the device's name and gives the system.
        summary: one line for listings.
        weights: file name of its weights, None where it needs none; of a program its path.
        origin: "vidcolor", or the distribution that a plug-in comes from.
        bundled: its weights come with vidcolor; else they are fetched or trained by the user.
    """

    kind: str
    name: str
    target: str
    summary: str
    weights: str | None = None
    origin: str = "vidcolor"
    bundled: bool = True


_BUILT_IN = (
    Entry(
        "colorizer",
        "base",
        "vidcolor.colorizers.base:load",
        "U-Net, distribution over colors, bundled (default)",
        "base.safetensors",
    ),
    Entry(
        "colorizer",
        "resnet18-regression",
        "vidcolor.colorizers.resnet18_regression:load",
        "Ke, Fan, Yang: ResNet-18, mean square error",
        "resnet18-regression.safetensors",
        bundled=False,
    ),
    Entry(
        "colorizer",
        "fusion",
        "vidcolor.colorizers.fusion:load",
        "Puri 2019: small, classifies the scene beside",
        "fusion.safetensors",
        bundled=False,
    ),
    Entry(
        "colorizer",
        "vgg16-residual",
        "vidcolor.colorizers.vgg16_residual:load",
        "Zaman 2020: VGG-16, residual links",
        "vgg16-residual.safetensors",
        bundled=False,
    ),
    Entry(
        "colorizer",
        "zhao2018",
        "vidcolor.colorizers.zhao2018:load",
        "Zhao et al., BMVC 2018: taught by segmentation too",
        "zhao2018.safetensors",
        bundled=False,
    ),
    Entry(
        "colorizer",
        "zhang2016",
        "vidcolor.colorizers.zhang2016:load",
        "Zhang et al., ECCV 2016: 313 bins, annealed mean",
        "colorization_release_v2-9b330a0b.pth",
        bundled=False,
    ),
    Entry(
        "colorizer",
        "zhang2017",
        "vidcolor.colorizers.zhang2017:load",
        "Zhang et al., SIGGRAPH 2017: takes hints",
        "siggraph17-df00044c.pth",
        bundled=False,
    ),
    Entry(
        "colorizer",
        "deoldify-artistic",
        "vidcolor.colorizers.deoldify:load_artistic",
        "DeOldify, vivid, for pictures",
        "ColorizeArtistic_gen.pth",
        bundled=False,
    ),
    Entry(
        "colorizer",
        "deoldify-stable",
        "vidcolor.colorizers.deoldify:load_stable",
        "DeOldify, calmer, for pictures",
        "ColorizeStable_gen.pth",
        bundled=False,
    ),
    Entry(
        "colorizer",
        "deoldify-video",
        "vidcolor.colorizers.deoldify:load_video",
        "DeOldify, for films, frame by frame",
        "ColorizeVideo_gen.pth",
        bundled=False,
    ),
    Entry(
        "colorizer",
        "ddcolor",
        "vidcolor.colorizers.ddcolor:load_large",
        "DDColor, ICCV 2023, through spandrel",
        "ddcolor_modelscope.bin",
        bundled=False,
    ),
    Entry(
        "colorizer",
        "ddcolor-tiny",
        "vidcolor.colorizers.ddcolor:load_tiny",
        "DDColor, its small network",
        "ddcolor_paper_tiny.bin",
        bundled=False,
    ),
    Entry(
        "colorizer",
        "ddcolor-artistic",
        "vidcolor.colorizers.ddcolor:load_artistic",
        "DDColor, more vivid",
        "ddcolor_artistic.bin",
        bundled=False,
    ),
    Entry(
        "refiner",
        "recurrent",
        "vidcolor.refiners.recurrent:load",
        "recurrent network along the flow, bundled (default)",
        "recurrent.safetensors",
    ),
    Entry(
        "refiner",
        "trajectory",
        "vidcolor.refiners.trajectory:load",
        "running mean along the flow, no network",
    ),
    Entry(
        "refiner",
        "blind2018",
        "vidcolor.refiners.blind2018:load",
        "Lai et al., ECCV 2018: ConvLSTM, no flow; for comparison",
        "blind2018.safetensors",
    ),
    Entry(
        "refiner",
        "favc2019",
        "vidcolor.refiners.favc2019:load",
        "Lei and Chen, CVPR 2019: refinement by confidence; for comparison",
        "favc2019.safetensors",
    ),
    Entry("refiner", "none", "vidcolor.refiners.passthrough:load", "colors frame by frame"),
    Entry(
        "flow",
        "raft",
        "vidcolor.components:load_raft",
        "RAFT small, trained by this project, bundled",
        "raft-small.safetensors",
    ),
    Entry(
        "flow",
        "raft+dis",
        "vidcolor.components:load_raft_dis",
        "DIS started from RAFT: follows large motion best",
        "raft-small.safetensors",
    ),
    Entry(
        "flow",
        "raft-small-official",
        "vidcolor.components:load_raft_small_official",
        "RAFT small with torchvision's published weights",
        "raft_small_C_T_V2-01064c6d.pth",
        bundled=False,
    ),
    Entry(
        "flow",
        "raft-large-official",
        "vidcolor.components:load_raft_large_official",
        "RAFT with torchvision's published weights: the best and the slowest",
        "raft_large_C_T_SKHT_V2-ff5fadd5.pth",
        bundled=False,
    ),
    Entry("flow", "dis", "vidcolor.components:load_dis", "OpenCV's DIS, the fastest"),
)

# Files that can be given in place of a colorizer's name, and what loads them.
_FILES = {
    ".onnx": "vidcolor.colorizers.onnx:load",
    ".pt": "vidcolor.colorizers.adapters:load_program",
    ".pt2": "vidcolor.colorizers.adapters:load_program",
    ".ts": "vidcolor.colorizers.adapters:load_program",
}


def is_file(kind: str, name: str) -> bool:
    """Whether a name is the path of a program that can take a colorizer's place."""
    return kind == "colorizer" and Path(name).suffix.lower() in _FILES


def _plugins(kind: str) -> list[EntryPoint]:
    if os.environ.get("VIDCOLOR_PLUGINS") == "0":
        return []
    return list(entry_points(group=f"vidcolor.{kind}s"))


def entries(kind: str) -> list[Entry]:
    """All systems of a kind; no plug-in is imported.

    Raises:
        PluginError: two systems claim the same name.
    """
    found = {e.name: e for e in _BUILT_IN if e.kind == kind}
    for point in _plugins(kind):
        origin = point.dist.name if point.dist else "unknown"
        if point.name in found:
            raise PluginError(
                f"the {kind} {point.name!r} of {origin} is also in {found[point.name].origin}",
                hint="remove one of them, or set VIDCOLOR_PLUGINS=0",
            )
        found[point.name] = Entry(
            kind, point.name, point.value, f"plug-in of {origin}", None, origin
        )
    return list(found.values())


def find(kind: str, name: str) -> Entry:
    """The system of that name, or the program in that file (see `is_file`).

    Raises:
        PluginError: there is none; the hint has the nearest names.
    """
    if is_file(kind, name):
        if not Path(name).is_file():
            raise PluginError(f"there is no file {name}")
        target = _FILES[Path(name).suffix.lower()]
        path = str(Path(name).absolute())
        return Entry(kind, name, target, "a file", path, origin="a file", bundled=False)
    known = {e.name: e for e in entries(kind)}
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or sorted(known)
    raise PluginError(f"no {kind} is called {name!r}", hint=f"did you mean: {', '.join(near)}?")


def factory(entry: Entry) -> Callable[..., Any]:
    """The function that builds the system; imports its module.

    Raises:
        PluginError: the module or function cannot be had.
    """
    module, _, attribute = entry.target.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as err:
        raise PluginError(
            f"the {entry.kind} {entry.name!r} of {entry.origin} does not load: {err}"
        ) from err
