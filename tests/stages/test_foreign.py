"""Colorizers, refiners and flows of others that fail, in films of a few frames."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.films import FilmSpec, make_film
from vidcolor import RunConfig, colorize_video, registry
from vidcolor.components import load_colorizer
from vidcolor.errors import PluginError
from vidcolor.report.make import make_report
from vidcolor.report.settings import ReportConfig
from vidcolor.stages import refine as refine_stage

FAULTY = """
import torch
from vidcolor.colorizers.adapters import Adapter
from vidcolor.types import Coloring

class Colors:
    name, size = "faulty", 16

    def __init__(self, fault=None):
        self.fault, self.calls = fault, 0

    def colorize(self, L):
        self.calls += 1
        n, (h, w) = len(L), L.shape[-2:]
        good = Coloring(torch.full((n, 2, h, w), 20.0), torch.ones(n, 1, h, w))
        if self.fault is None or self.calls < 3:
            return good
        return self.fault(good)

def steady(device):
    return Colors()

def lost(good):
    return {}["weights"]

def whole(device):
    return Colors(lambda good: Coloring(good.ab.int(), good.confidence))

def thin(device):
    return Colors(lambda good: Coloring(good.ab[:, :1], good.confidence))

def endless(device):
    return Colors(lambda good: Coloring(good.ab / 0, good.confidence))

def raises(device):
    return Colors(lost)

def adapted(device):
    return Adapter(lost, "adapted", size=16)

def learning(device):
    weight = torch.nn.Parameter(torch.ones(1))
    return Colors(lambda good: Coloring((good.ab * weight).double(), good.confidence.half()))

def unloadable(device):
    raise RuntimeError("no driver")

class Refiner:
    name, needs_flow = "faulty", False

    def __init__(self, step):
        self.step = step

    def start(self, L, coloring):
        return coloring.ab, {}

def step_raises(device):
    return Refiner(lambda state, L, coloring, motion: state["past"])

def step_wide(device):
    return Refiner(lambda state, L, coloring, motion: (coloring.ab[..., :-1], state))

def step_nan(device):
    return Refiner(lambda state, L, coloring, motion: (coloring.ab * float("nan"), state))

def step_state(device):
    return Refiner(lambda state, L, coloring, motion: (coloring.ab, [1]))

class Whole:
    name, needs_flow = "faulty", False

    def refine(self, items, before, count):
        return [items[0].coloring.ab], {}

def whole_shots(device):
    return Whole()

class Flow:
    name = "faulty"

    def __init__(self, give):
        self.give = give

    def encode(self, luma):
        return luma

    def flows(self, cur, prev):
        return self.give(cur)

def flow_raises(device):
    return Flow(lambda luma: luma.no_such_thing)

def flow_single(device):
    return Flow(lambda luma: (luma, luma))
"""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_film(
        tmp_path_factory.mktemp("films") / "a.mkv", FilmSpec(frames=4, width=32, height=32)
    ).path


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with the faulty systems, to be imported from."""
    (tmp_path / "faulty_systems.py").write_text(FAULTY)
    (tmp_path / "faulty_module.py").write_text("this is no Python\n")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def entry(kind: str, function: str, module: str = "faulty_systems") -> registry.Entry:
    return registry.Entry(kind, "faulty", f"{module}:{function}", "", origin="some package")


def good(kind: str) -> registry.Entry:
    return registry.Entry(kind, "steady", "faulty_systems:steady", "", origin="some package")


@pytest.mark.parametrize(
    ("kind", "function", "reason"),
    [
        ("colorizer", "raises", r"'faulty' failed at frame 2: KeyError: 'weights'"),
        ("colorizer", "adapted", r"'adapted' failed at frame 0: KeyError"),
        ("colorizer", "whole", r"no ab .* in floating point at frame 2, but \(1, 2, .*\) int32"),
        ("colorizer", "thin", r"no ab of shape \(1, 2, h, w\) .* at frame 2, but \(1, 1, "),
        ("colorizer", "endless", "colors that are no numbers at frame 2"),
        ("refiner", "step_raises", "'faulty' failed at frame 1: KeyError: 'past'"),
        ("refiner", "step_wide", r"no ab of shape \(1, 2, 128, 128\) .* frame 1, but \(1, 2, 128,"),
        ("refiner", "step_nan", "colors that are no numbers at frame 1"),
        ("refiner", "step_state", "a state that is no mapping of tensors at frame 1"),
        ("refiner", "whole_shots", "'faulty' gave 1 in the place of 4 ab at frames 0 to 3"),
        ("flow", "flow_raises", "'faulty' failed at frame 1: AttributeError: .*no_such_thing"),
        ("flow", "flow_single", r"no flow of shape \(1, 2, 128, 128\) at frame 1, but \(1, 1, "),
    ],
)
def test_what_fails_in_a_plugin_is_named_with_its_frame(
    film: Path, module: Path, tmp_path: Path, kind: str, function: str, reason: str
) -> None:
    names = {"colorizer": "model", "refiner": "refiner", "flow": "flow"}
    chosen = {"model": "steady", "refiner": "trajectory" if kind == "flow" else "none"}
    config = RunConfig(
        **(chosen | {names[kind]: "faulty"}), work_size=128, preset="ultrafast", device="cpu"
    )
    output = tmp_path / "out.mkv"
    with (
        registry.registered(good("colorizer"), entry(kind, function)),
        pytest.raises(PluginError, match=f"the {kind} .*{reason}") as caught,
    ):
        colorize_video(film, output, config)
    assert "\n" not in str(caught.value)
    assert not output.exists()


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("flow_raises", r"'faulty' failed at frame 1: AttributeError: .*no_such_thing"),
        ("flow_single", r"no flow of shape \(1, 2, .* at frame 1, but \(1, 1, "),
    ],
)
def test_a_report_names_the_flow_that_fails(
    film: Path, module: Path, function: str, reason: str
) -> None:
    with (
        registry.registered(entry("flow", function)),
        pytest.raises(PluginError, match=f"the flow .*{reason}"),
    ):
        make_report([film], ReportConfig(flow="faulty", device="cpu"))


def test_other_floats_and_what_could_learn_are_taken(
    film: Path, module: Path, tmp_path: Path
) -> None:
    config = RunConfig(model="faulty", refiner="none", work_size=128, preset="ultrafast")
    with registry.registered(entry("colorizer", "learning")):
        assert colorize_video(film, tmp_path / "out.mkv", config).frames == 4


@pytest.mark.parametrize(
    ("function", "where", "reason"),
    [
        ("unloadable", "faulty_systems", "RuntimeError: no driver"),
        ("load", "faulty_module", "SyntaxError: "),
    ],
)
def test_what_fails_while_loading_is_named(
    module: Path, function: str, where: str, reason: str
) -> None:
    start = "the colorizer 'faulty' of some package cannot be loaded: "
    with (
        registry.registered(entry("colorizer", function, where)),
        pytest.raises(PluginError, match=start + reason),
    ):
        load_colorizer("faulty")


def test_an_error_of_vidcolor_itself_stays_one(
    film: Path, module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a bug beside the plug-in, in the same stage
    monkeypatch.delattr(refine_stage, "agreeing")
    config = RunConfig(model="steady", refiner="none", work_size=128, preset="ultrafast")
    with registry.registered(good("colorizer")), pytest.raises(NameError, match="agreeing"):
        colorize_video(film, tmp_path / "out.mkv", config)
