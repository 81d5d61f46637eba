"""The contract of every refiner that goes frame after frame."""

from __future__ import annotations

import pytest
import torch

from vidcolor import registry
from vidcolor.components import load_refiner
from vidcolor.types import Coloring, Motion

# Those that see whole shots have a contract and tests of their own.
WHOLE_SHOTS = ("bidirectional",)
NAMES = [
    e.name
    for e in registry.entries("refiner")
    if e.origin == "vidcolor" and e.name not in WHOLE_SHOTS
]
# Published ones that repaint every pixel do not guarantee it.
EXACT = [name for name in NAMES if name not in ("blind2018", "favc2019")]
SIZE = (72, 104)


def scene(seed: int = 0, shift: int = 0) -> tuple[torch.Tensor, Coloring]:
    """Lightness and colors with structure at every place, rolled `shift` pixels to the right."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 4, 9, 13, generator=generator)
    fine = torch.nn.functional.interpolate(coarse, size=SIZE, mode="bicubic").roll(shift, dims=-1)
    return fine[:, :1] * 60 + 20, Coloring((fine[:, 1:3] - 0.5) * 60, fine[:, 3:].clamp(0, 1))


def motion(dx: float = 0.0, visible: float = 1.0) -> Motion:
    flow = torch.zeros(1, 2, *SIZE)
    flow[:, 0] = dx
    return Motion(flow, torch.full((1, 1, *SIZE), visible))


@pytest.mark.parametrize("name", NAMES)
def test_first_frame_keeps_its_colors(name: str) -> None:
    L, coloring = scene()
    ab, _ = load_refiner(name).start(L, coloring)
    assert torch.equal(ab, coloring.ab)


@pytest.mark.parametrize("name", EXACT)
def test_a_static_scene_stays_static(name: str) -> None:
    refiner = load_refiner(name)
    L, coloring = scene()
    first, state = refiner.start(L, coloring)
    for _ in range(20):
        ab, state = refiner.step(state, L, coloring, motion())
    assert (ab - first).abs().max() < 1e-2


@pytest.mark.parametrize("name", NAMES)
def test_state_is_a_value(name: str) -> None:
    refiner = load_refiner(name)
    L, coloring = scene()
    _, state = refiner.start(L, coloring)
    before = {k: v.clone() for k, v in state.items()}
    other = scene(1)
    one, after = refiner.step(state, *other, motion())
    assert all(torch.equal(state[k], v) for k, v in before.items())
    # Same state, same step, same result: nothing is kept inside.
    again, _ = refiner.step(state, *other, motion())
    assert torch.equal(one, again)
    assert all(isinstance(v, torch.Tensor) for v in after.values())


@pytest.mark.parametrize("name", EXACT)
def test_new_content_takes_its_own_color(name: str) -> None:
    refiner = load_refiner(name)
    L, coloring = scene()
    _, state = refiner.start(L, coloring)
    other_L, other = scene(1)
    ab, _ = refiner.step(state, other_L, other, motion(visible=0))
    assert torch.allclose(ab, other.ab, atol=1e-3)


def test_recurrent_damps_flicker_and_keeps_saturation() -> None:
    refiner = load_refiner("recurrent")
    generator = torch.Generator().manual_seed(1)
    L, coloring = scene()
    given, found = [], []
    ab, state = refiner.start(L, coloring)
    for _ in range(24):
        tint = 4 * torch.randn(1, 2, 1, 1, generator=generator)
        flickering = Coloring(coloring.ab + tint, coloring.confidence)
        ab, state = refiner.step(state, L, flickering, motion())
        given.append(flickering.ab)
        found.append(ab)
    changes = [torch.stack(x).diff(dim=0).abs().mean() for x in (given, found)]
    assert changes[1] < 0.35 * changes[0]
    assert torch.stack(found).norm(dim=2).mean() > 0.93 * coloring.ab.norm(dim=1).mean()


def test_recurrent_follows_the_flow() -> None:
    """An image that moves to the right keeps its first colors where it goes."""
    refiner = load_refiner("recurrent")
    L, coloring = scene()
    first, state = refiner.start(L, coloring)
    for step in range(1, 9):
        moved, colors = scene(shift=2 * step)
        wrong = Coloring(colors.ab + 5 * (-1) ** step, colors.confidence)
        ab, state = refiner.step(state, moved, wrong, motion(dx=-2))
    inner = slice(24, -24)
    error = (ab - first.roll(16, dims=-1))[..., inner].abs().mean()
    given = (wrong.ab - first.roll(16, dims=-1))[..., inner].abs().mean()
    assert error < 0.6 * given
    still = (ab - first)[..., inner].abs().mean()
    assert error < still


def test_recurrent_forgets_a_wrong_first_color() -> None:
    refiner = load_refiner("recurrent")
    L, coloring = scene()
    wrong = Coloring(coloring.ab + 30, coloring.confidence)
    ab, state = refiner.start(L, wrong)
    for _ in range(200):
        ab, state = refiner.step(state, L, coloring, motion())
    assert (ab - coloring.ab).abs().mean() < 3
