from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from vidcolor.pipeline import colorize_batches, resize, to_lightness, working_size
from vidcolor.shots.detector import ShotDetector
from vidcolor.state import Memory
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
    assert working_size(replace(INFO, **changes), 192) == size


def test_resize_gives_multiples_of_sixteen() -> None:
    assert resize(torch.zeros(1, 1, 192, 344), 128).shape == (1, 1, 128, 224)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_model_sees_the_picture_upright(rotation: int) -> None:
    upright = np.full((64, 64), 50, np.uint8)
    upright[:16] = 220
    coded = np.ascontiguousarray(np.rot90(upright, -(rotation // 90)))
    info = replace(INFO, width=64, height=64, rotation=rotation)
    state = ShotDetector().start()
    lit = next(to_lightness([(Frame(0, 0, coded), state)], info, (64, 64), "cpu", None))
    assert (lit.L[0, 0, :14] > 80).all()
    assert (lit.L[0, 0, 18:] < 30).all()


class Counter:
    name, size = "counter", 16

    def __init__(self) -> None:
        self.batches: list[int] = []

    def colorize(self, L: torch.Tensor) -> Coloring:
        self.batches.append(len(L))
        return Coloring(torch.zeros(len(L), 2, 8, 8), torch.ones(len(L), 1, 8, 8))


def test_batches_end_with_their_segment() -> None:
    state = ShotDetector().start()
    frames = [(Frame(i, i, np.full((64, 64), 9, np.uint8)), state) for i in range(12)]
    items = to_lightness(frames, replace(INFO, width=64, height=64), (64, 64), "cpu", None)
    counter = Counter()
    found = list(colorize_batches(items, counter, batch=4, segment_frames=10))
    assert counter.batches == [4, 4, 2, 2]
    assert [i.frame.index for i in found] == list(range(12))


def test_memory_survives_as_bytes() -> None:
    detector = ShotDetector()
    state = detector.start()
    for i in range(3):
        noise = np.random.default_rng(i).integers(0, 255, (48, 64)).astype(np.uint8)
        _, state = detector.step(state, noise)
    L = torch.rand(1, 1, 4, 6)
    # Networks often give colors whose channels lie side by side in memory.
    ab = torch.rand(1, 2, 4, 6).to(memory_format=torch.channels_last)
    memory = Memory(3, state, L, {"ab": ab, "L": L})
    again = Memory.from_bytes(memory.to_bytes(), "cpu")
    assert again.shot == 3
    assert torch.equal(again.L, L)
    assert all(torch.equal(again.refiner[k], v) for k, v in memory.refiner.items())
    for name, array in state.arrays().items():
        assert np.array_equal(again.detector.arrays()[name], array)
