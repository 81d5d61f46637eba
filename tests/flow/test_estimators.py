"""What holds of every estimator, the bundled RAFT with its weights among them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from flow import Dis, FlowEstimator, Raft

from .scenes import inner, shifted_pair

WEIGHTS = Path(__file__).parents[2] / "vidcolor" / "assets" / "raft-small.safetensors"

MAKERS: dict[str, Callable[[], FlowEstimator]] = {
    "dis-fast": lambda: Dis("fast"),
    "dis": Dis,
    "raft": lambda: Raft(WEIGHTS),
    "raft+dis": lambda: Dis(start=Raft(WEIGHTS, scale=0.5)),
    "raft-bfloat16": lambda: Raft(WEIGHTS, dtype=torch.bfloat16),
}


@pytest.fixture(scope="module", params=MAKERS)
def estimator(request: pytest.FixtureRequest) -> FlowEstimator:
    return MAKERS[request.param]()


@pytest.mark.parametrize("shift", [(5, -3), (-9, 2), (0, 12)])
def test_finds_a_shift_with_its_sign(estimator: FlowEstimator, shift: tuple[int, int]) -> None:
    cur, prev = shifted_pair((144, 176), shift)
    backward, forward = estimator.both_flows(cur, prev)
    truth = torch.tensor(shift).view(1, 2, 1, 1)
    for found, wanted in ((backward, truth), (forward, -truth)):
        distance = inner((found - wanted).norm(dim=1), 16)
        assert distance.median() < 0.7
        assert (distance < 2).float().mean() > 0.9


@pytest.mark.parametrize("size", [(131, 149), (160, 128), (48, 64), (33, 47)])
def test_any_size(estimator: FlowEstimator, size: tuple[int, int]) -> None:
    cur, prev = shifted_pair(size, (2, 1))
    found = estimator.backward_flow(cur, prev)
    assert found.shape == (1, 2, *size)
    assert found.dtype == torch.float32
    wanted = torch.tensor((2, 1)).view(1, 2, 1, 1)
    assert inner((found - wanted).norm(dim=1), 8).median() < 1


def test_batch_equals_single(estimator: FlowEstimator) -> None:
    pairs = [shifted_pair((128, 136), shift, seed) for seed, shift in enumerate([(4, 0), (-2, 6)])]
    cur, prev = (torch.cat(frames) for frames in zip(*pairs, strict=True))
    together = estimator.both_flows(cur, prev)
    alone = [estimator.both_flows(*pair) for pair in pairs]
    tolerance = 0.3 if getattr(estimator, "dtype", None) == torch.bfloat16 else 1e-3
    for direction in (0, 1):
        apart = torch.cat([flows[direction] for flows in alone])
        assert (together[direction] - apart).abs().max() < tolerance


def test_one_direction_is_the_first_of_both(estimator: FlowEstimator) -> None:
    cur, prev = shifted_pair((128, 136), (3, -6))
    backward, _ = estimator.both_flows(cur, prev)
    tolerance = 0.3 if getattr(estimator, "dtype", None) == torch.bfloat16 else 1e-3
    assert (estimator.backward_flow(cur, prev) - backward).abs().max() < tolerance


def test_encoded_frames_serve_both_their_pairs(estimator: FlowEstimator) -> None:
    first, second = shifted_pair((128, 144), (4, 0))
    third = torch.roll(first, -3, 3)
    encoded = [estimator.encode(frame) for frame in (first, second, third)]
    for a, b in ((1, 0), (2, 1)):
        frames = (first, second, third)
        wanted = estimator.both_flows(frames[a], frames[b])
        found = estimator.flows(encoded[a], encoded[b])
        assert all(torch.equal(f, w) for f, w in zip(found, wanted, strict=True))


def test_nothing_moves_in_a_still_film(estimator: FlowEstimator) -> None:
    cur, _ = shifted_pair((128, 160), (1, 1))
    assert estimator.backward_flow(cur, cur).abs().mean() < 0.2


def test_says_which_shapes_do_not_fit(estimator: FlowEstimator) -> None:
    with pytest.raises(ValueError, match="same shape"):
        estimator.backward_flow(torch.zeros(1, 1, 128, 128), torch.zeros(1, 1, 128, 136))
    with pytest.raises(ValueError, match="luma must be"):
        estimator.backward_flow(torch.zeros(1, 3, 128, 128), torch.zeros(1, 3, 128, 128))
