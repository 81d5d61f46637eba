"""Names of colorizers, refiners and flows, and where their code is.

Built-ins are listed as strings, so that a module is imported only when its system is chosen.
Packages add their own by the entry-point groups `vidcolor.colorizers`, `vidcolor.refiners` and
`vidcolor.flows`; a program or a test adds one to its own process with `register` or `registered`:

    entry = Entry("colorizer", "sepia", "your_module:load", "brown everywhere")
    with registered(entry):
        colorize_video("movie.mp4", "movie.color.mp4", RunConfig(model="sepia"))
"""

from __future__ import annotations

import difflib
import importlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from .errors import SEE_WHERE, PluginError, class_and_text

KINDS = ("colorizer", "refiner", "flow")


@dataclass(frozen=True, slots=True)
class Entry:
    """One system that can be chosen.

    Attributes:
        kind: "colorizer", "refiner" or "flow".
        name: what it is chosen by.
        target: "module:function"; the function takes the name of the device and returns the
            system.
        summary: one line for listings.
        weights: file name of its weights, None if it needs none; of a program its path.
        origin: "vidcolor", or the distribution that a plug-in comes from.
        bundled: its weights come with vidcolor; else the user downloads or trains them.
        takes_hints: a colorizer whose `colorize` takes known colors, `vidcolor.types.Hints`.
    """

    kind: str
    name: str
    target: str
    summary: str
    weights: str | None = None
    origin: str = "vidcolor"
    bundled: bool = True
    takes_hints: bool = False


_BUILT_IN = (
    Entry(
        "colorizer",
        "base",
        "vidcolor.colorizers.base:load",
        "U-Net on a pretrained encoder, distribution over colors, bundled (default)",
        "base.safetensors",
        takes_hints=True,
    ),
    Entry(
        "colorizer",
        "lively",
        "vidcolor.colorizers.lively:load",
        "base, which invents colors for clothes, cars and walls that could have any",
        "base.safetensors",
        takes_hints=True,
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
        "Puri 2019: small, with a scene classifier",
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
        "Zhao et al., BMVC 2018: trained with segmentation",
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
        "Zhang et al., SIGGRAPH 2017: colors that you give are inputs",
        "siggraph17-df00044c.pth",
        bundled=False,
        takes_hints=True,
    ),
    Entry(
        "colorizer",
        "deoldify-artistic",
        "vidcolor.colorizers.deoldify:load_artistic",
        "DeOldify, vivid, for images",
        "ColorizeArtistic_gen.pth",
        bundled=False,
    ),
    Entry(
        "colorizer",
        "deoldify-stable",
        "vidcolor.colorizers.deoldify:load_stable",
        "DeOldify, calmer, for images",
        "ColorizeStable_gen.pth",
        bundled=False,
    ),
    Entry(
        "colorizer",
        "deoldify-video",
        "vidcolor.colorizers.deoldify:load_video",
        "DeOldify, for video, frame by frame",
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
        "DDColor, small network",
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
        "bidirectional",
        "vidcolor.refiners.bidirectional:load",
        "mean over the whole shot along the flow, from both sides (default)",
    ),
    Entry(
        "refiner",
        "recurrent",
        "vidcolor.refiners.recurrent:load",
        "recurrent network along the flow, frame after frame, bundled",
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
        "Lei and Chen, CVPR 2019: confidence-aware refinement; for comparison",
        "favc2019.safetensors",
    ),
    Entry(
        "refiner",
        "none",
        "vidcolor.refiners.passthrough:load",
        "no refinement, colors frame by frame",
    ),
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
        "DIS initialized with RAFT: best on large motion",
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
        "RAFT with torchvision's published weights: most accurate, slowest",
        "raft_large_C_T_SKHT_V2-ff5fadd5.pth",
        bundled=False,
    ),
    Entry("flow", "dis", "vidcolor.components:load_dis", "OpenCV's DIS, fastest"),
)

# Files that can be given instead of a colorizer's name, and their loaders.
_FILES = {
    ".onnx": "vidcolor.colorizers.onnx:load",
    ".pt": "vidcolor.colorizers.adapters:load_program",
    ".pt2": "vidcolor.colorizers.adapters:load_program",
    ".ts": "vidcolor.colorizers.adapters:load_program",
}

_registered: list[Entry] = []


def register(entry: Entry) -> None:
    """Adds a system to this process, to be chosen by its name like a built-in one.

    Worker processes of `jobs > 1` do not inherit it; a plug-in with an entry point is found by
    them too.

    Raises:
        PluginError: `entry.kind` is not in `KINDS`, its target is not "module:function", or its
            name is taken. Nothing has changed then.
    """
    if entry.kind not in KINDS:
        raise PluginError(f"unknown kind {entry.kind!r}", hint=f"one of: {', '.join(KINDS)}")
    if not all(entry.target.partition(":")):
        raise PluginError(f"{entry.name}: the target {entry.target!r} is not module:function")
    taken = {e.name: e for e in entries(entry.kind)}
    if entry.name in taken:
        origin = taken[entry.name].origin
        raise PluginError(f"the {entry.kind} {entry.name!r} is already defined by {origin}")
    _registered.append(entry)


@contextmanager
def registered(*added: Entry) -> Iterator[None]:
    """Registers systems within a `with` block; see `register`.

    Raises:
        PluginError: one cannot be registered; none of them is then.
    """
    before = list(_registered)
    try:
        for entry in added:
            register(entry)
        yield
    finally:
        _registered[:] = before


def is_file(kind: str, name: str) -> bool:
    """Whether a name is the path of a file that can be used as a colorizer."""
    return kind == "colorizer" and Path(name).suffix.lower() in _FILES


def _plugins(kind: str) -> list[EntryPoint]:
    if os.environ.get("VIDCOLOR_PLUGINS") == "0":
        return []
    return list(entry_points(group=f"vidcolor.{kind}s"))


def entries(kind: str) -> list[Entry]:
    """All systems of a kind: built-in, registered, from plug-ins; no plug-in is imported.

    Raises:
        PluginError: two systems have the same name.
    """
    found = {e.name: e for e in (*_BUILT_IN, *_registered) if e.kind == kind}
    for point in _plugins(kind):
        origin = point.dist.name if point.dist else "unknown"
        if point.name in found:
            raise PluginError(
                f"the {kind} {point.name!r} of {origin} is already defined by "
                f"{found[point.name].origin}",
                hint="remove one of them, or set VIDCOLOR_PLUGINS=0",
            )
        found[point.name] = Entry(
            kind, point.name, point.value, f"plug-in of {origin}", None, origin
        )
    return list(found.values())


def find(kind: str, name: str) -> Entry:
    """The system of that name, or the program in that file (see `is_file`).

    Raises:
        PluginError: there is none; the hint lists similar names.
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
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    hint = f"did you mean: {', '.join(near)}?" if near else f"there are: {', '.join(sorted(known))}"
    raise PluginError(f"no {kind} is called {name!r}", hint=hint)


def factory(entry: Entry) -> Callable[..., Any]:
    """The function that builds the system; imports its module.

    Raises:
        PluginError: the module cannot be imported or lacks the function.
    """
    module, _, attribute = entry.target.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except Exception as err:
        # a module that is imported can raise anything
        if entry.origin == "vidcolor" and not isinstance(err, (ImportError, AttributeError)):
            raise
        said = f"the {entry.kind} {entry.name!r} of {entry.origin} cannot be loaded"
        raise PluginError(f"{said}: {class_and_text(err)}", hint=SEE_WHERE) from err
