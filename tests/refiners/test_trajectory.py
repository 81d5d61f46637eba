"""The running mean along the flow."""

from __future__ import annotations

import torch

from vidcolor.refiners.trajectory import Trajectory
from vidcolor.types import Coloring, Motion

SIZE = (40, 56)
L = torch.full((1, 1, *SIZE), 50.0)


def coloring(a: float, b: float, confidence: float = 1.0) -> Coloring:
    ab = torch.tensor([float(a), float(b)]).view(1, 2, 1, 1).expand(1, 2, *SIZE)
    return Coloring(ab, torch.full((1, 1, *SIZE), confidence))


def motion(dx: float = 0.0, visible: float = 1.0) -> Motion:
    flow = torch.zeros(1, 2, *SIZE)
    flow[:, 0] = dx
    return Motion(flow, torch.full((1, 1, *SIZE), visible))


def test_it_is_the_mean_at_first() -> None:
    refiner = Trajectory()
    ab, state = refiner.start(L, coloring(0, 0))
    for t in range(1, 8):
        ab, state = refiner.step(state, L, coloring(t, -t), motion())
    assert torch.allclose(ab, coloring(3.5, -3.5).ab, atol=1e-3)


def test_sure_colors_count_for_more() -> None:
    refiner = Trajectory(doubt=0.25)
    _, state = refiner.start(L, coloring(0, 0, confidence=0))
    ab, _ = refiner.step(state, L, coloring(10, 10, confidence=1), motion())
    assert torch.allclose(ab, coloring(8, 8).ab, atol=1e-4)


def test_an_old_mistake_fades() -> None:
    refiner = Trajectory(memory=9)
    ab, state = refiner.start(L, coloring(30, 30))
    for _ in range(40):
        ab, state = refiner.step(state, L, coloring(0, 0), motion())
    assert ab.abs().max() < 1
    ab, _ = refiner.step(state, L, coloring(10, 10), motion())
    assert torch.allclose(ab, coloring(1, 1).ab, atol=0.2)  # one frame in ten


def test_colors_follow_the_flow_and_leave_with_it() -> None:
    refiner = Trajectory()
    first = coloring(0, 0).ab.clone()
    first[..., 10:20] = 40
    _, state = refiner.start(L, Coloring(first, torch.ones_like(L)))
    for _ in range(4):
        ab, state = refiner.step(state, L, coloring(0, 0), motion(dx=-3))
    assert (ab[..., 23:31] - 8).abs().max() < 0.1  # the fifth part of what it was
    assert ab[..., :21].abs().max() < 0.1


def test_doubtful_flow_lets_more_new_color_in() -> None:
    refiner = Trajectory()
    _, state = refiner.start(L, coloring(0, 0))
    shares = [
        float(refiner.step(state, L, coloring(1, 1), motion(visible=v))[0].mean())
        for v in (1.0, 0.5, 0.1, 0.0)
    ]
    assert shares == sorted(shares)
    assert shares[-1] == 1
