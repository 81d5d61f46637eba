from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import torch

from vidcolor.analysis.film_analysis import FilmAnalysis
from vidcolor.errors import PluginError
from vidcolor.geometry import Area, Size
from vidcolor.pipeline import color_again
from vidcolor.stages.colorize import colorize_batches
from vidcolor.stages.lightness import resize, to_lightness
from vidcolor.stages.values import RefinedFrame
from vidcolor.state import PipelineState
from vidcolor.types import Coloring, ColorTags, Frame, VideoInfo

INFO = VideoInfo(
    path=Path("film.mp4"),
    stream_index=0,
    width=1920,
    height=1080,
    pix_fmt="yuv420p",
    tags=ColorTags("bt709", full_range=False, depth=8),
    time_base=Fraction(1, 24),
    rate=Fraction(24),
    frame_count=None,
    sample_aspect_ratio=None,
)


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({}, (192, 344)),
        ({"width": 1080, "height": 1920}, (344, 192)),
        ({"rotation": 90}, (344, 192)),
        # DV: 720x576 with pixels 64/45 wide is 16:9.
        ({"width": 720, "height": 576, "sample_aspect_ratio": Fraction(64, 45)}, (192, 344)),
        ({"width": 96, "height": 64}, (192, 288)),
        ({"width": 8000, "height": 16}, (192, 768)),
    ],
)
def test_working_size_is_upright_and_square(changes: dict, size: tuple[int, int]) -> None:
    assert replace(INFO, **changes).geometry.working_size(192).shape == size


@pytest.mark.parametrize(
    ("width", "height", "size"), [(2000, 4, (8, 16)), (3, 3, (8, 8)), (33, 17, (16, 32))]
)
def test_the_size_of_a_tiny_film_is_never_nothing(
    width: int, height: int, size: tuple[int, int]
) -> None:
    geometry = replace(INFO, width=width, height=height).geometry
    assert geometry.working_size(min(width, height)).shape == size


def test_resize_gives_multiples_of_sixteen() -> None:
    assert resize(torch.zeros(1, 1, 192, 344), 128).shape == (1, 1, 128, 224)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_model_sees_the_picture_upright(rotation: int) -> None:
    upright = np.full((64, 64), 50, np.uint8)
    upright[:16] = 220
    coded = np.ascontiguousarray(np.rot90(upright, -(rotation // 90)))
    info = replace(INFO, width=64, height=64, rotation=rotation)
    analysis = FilmAnalysis.one_shot(info, 1)
    work = next(to_lightness([Frame(0, 0, coded)], info, analysis, Size(64, 64), "cpu"))
    assert (work.L[0, 0, :14] > 80).all()
    assert (work.L[0, 0, 18:] < 30).all()
    assert work.starts_shot


class Counter:
    name, size = "counter", 16

    def __init__(self) -> None:
        self.batches: list[int] = []

    def colorize(self, L: torch.Tensor) -> Coloring:
        self.batches.append(len(L))
        return Coloring(torch.zeros(len(L), 2, 8, 8), torch.ones(len(L), 1, 8, 8))


def test_batches_hold_frames_of_one_area() -> None:
    info = replace(INFO, width=64, height=64)
    frames = [Frame(i, i, np.full((64, 64), 9, np.uint8)) for i in range(12)]
    whole = FilmAnalysis.one_shot(info, 12).shots[0]
    boxed = replace(whole, number=1, start=6, area=Area(0, 8, 64, 56))
    analysis = FilmAnalysis({}, {}, 0, 12, (replace(whole, end=6), boxed))
    items = to_lightness(frames, info, analysis, Size(64, 64), "cpu")
    counter = Counter()
    found = list(colorize_batches(items, counter, batch=4))
    assert counter.batches == [4, 2, 4, 2]
    assert [i.index for i in found] == list(range(12))


@pytest.mark.parametrize("at", ["ab", "confidence"])
def test_colors_that_are_no_numbers_are_refused(at: str) -> None:
    counter = Counter()
    given = counter.colorize(torch.zeros(1, 1, 16, 16))
    getattr(given, at)[0, 0, 3, 4] = float("nan")
    counter.colorize = lambda L: given  # type: ignore[method-assign]
    known = FilmAnalysis.one_shot(replace(INFO, width=64, height=64), 1)
    frames = [Frame(0, 0, np.full((64, 64), 9, np.uint8))]
    items = to_lightness(frames, replace(INFO, width=64, height=64), known, Size(64, 64), "cpu")
    with pytest.raises(PluginError, match="'counter' gave colors that are no numbers"):
        list(colorize_batches(items, counter, batch=4))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (torch.zeros(1, 2, 8, 8), "no ab"),
        (Coloring(torch.zeros(1, 3, 8, 8), torch.ones(1, 1, 8, 8)), r"\(1, 3, 8, 8\)"),
        (Coloring(torch.zeros(1, 2, 8, 8), None), "no confidence"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_coloring_is_refused(given: Coloring, reason: str) -> None:
    counter = Counter()
    counter.colorize = lambda L: given  # type: ignore[method-assign]
    known = FilmAnalysis.one_shot(replace(INFO, width=64, height=64), 1)
    frames = [Frame(0, 0, np.full((64, 64), 9, np.uint8))]
    items = to_lightness(frames, replace(INFO, width=64, height=64), known, Size(64, 64), "cpu")
    with pytest.raises(PluginError, match=reason):
        list(colorize_batches(items, counter, batch=4))


class Painter:
    """Colors everything it sees, and remembers what that was."""

    name, size = "painter", 48

    def __init__(self) -> None:
        self.seen: list[torch.Tensor] = []

    def colorize(self, L: torch.Tensor) -> Coloring:
        self.seen.append(L)
        return Coloring(torch.full((len(L), 2, 24, 32), 20.0), torch.ones(len(L), 1, 24, 32))


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_colorizer_sees_the_active_area_alone(rotation: int) -> None:
    upright = np.full((64, 96), 16, np.uint8)  # black bars above and below, the lower one worn
    upright[8:48] = 150
    upright[48:52] = 100
    info = replace(INFO, rotation=rotation)
    coded = np.ascontiguousarray(np.rot90(upright, -(rotation // 90)))
    info = replace(info, width=coded.shape[1], height=coded.shape[0])
    bars = {0: (0, 8, 96, 48), 90: (16, 0, 56, 96), 180: (0, 16, 96, 56), 270: (8, 0, 48, 96)}
    shot = FilmAnalysis.one_shot(info, 1).shots[0]
    analysis = FilmAnalysis({}, {}, 0, 1, (replace(shot, area=Area(*bars[rotation])),))
    painter = Painter()
    work = to_lightness([Frame(0, 0, coded)], info, analysis, Size(96, 64), "cpu")
    (item,) = colorize_batches(work, painter, 1)
    assert (painter.seen[0] > 50).all()
    assert item.coloring is not None
    ab = item.coloring.ab[0, 0]
    # on the color grid, half the size
    assert (ab[4:24] - 20).abs().max() < 1e-3
    assert (ab[:4] == 0).all()
    assert (
        ab[24:26] - 20
    ).abs().max() < 1e-3  # what is to be seen beside the area is not left gray
    assert (ab[26:] == 0).all()


@pytest.mark.parametrize(("height", "most"), [(1080, 20), (2160, 3)])
def test_few_large_frames_are_held_before_the_encoder(height: int, most: int) -> None:
    size, codes = Size(8, 8), np.full((8, 8), 128, np.uint8)
    small = torch.zeros(1, 1, 8, 8)
    info = replace(INFO, width=height * 16 // 9, height=height)
    too_many, read = Event(), 0
    taken = 0

    def film() -> Iterator[Frame]:
        nonlocal read
        for n in range(40):
            read += 1
            if read - taken > most:
                too_many.set()
            yield Frame(n, n, codes, chroma=(codes, codes))

    refined = (RefinedFrame(n, small, small, None, keeps_color=True) for n in range(40))
    colored = color_again(film(), refined, info, info.tags, size, 250)
    for number, item in enumerate(colored):
        assert item.frame.index == number
        # a slow encoder: the threads before it go as far ahead as they may
        assert not too_many.wait(0.2 if number == 1 else 0)
        taken = number + 1
    assert taken == 40


def test_state_survives_as_bytes() -> None:
    L = torch.rand(1, 1, 4, 6)
    # Networks often give colors whose channels lie side by side in memory.
    ab = torch.rand(1, 2, 4, 6).to(memory_format=torch.channels_last)
    state = PipelineState(L, {"ab": ab, "L": L}, torch.rand(1, 5, 2, 3))
    again = PipelineState.from_bytes(state.to_bytes(), "cpu")
    assert torch.equal(again.L, L)
    assert again.known is not None
    assert torch.equal(again.known, state.known)
    assert again.refiner is not None
    assert all(torch.equal(again.refiner[k], v) for k, v in (state.refiner or {}).items())
    for refiner in (None, {}):
        assert (
            PipelineState.from_bytes(PipelineState(L, refiner).to_bytes(), "cpu").refiner == refiner
        )
