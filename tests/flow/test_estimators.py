"""What holds of every estimator, the bundled RAFT with its weights among them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torchvision.models.optical_flow import raft_large

from flow import Dis, FlowEstimator, Raft
from flow.dis import PRESETS

from .scenes import inner, shifted_pair

WEIGHTS = Path(__file__).parents[2] / "vidcolor" / "assets" / "raft-small.safetensors"


def _untrained_large() -> FlowEstimator:
    torch.manual_seed(6)
    return Raft(raft_large().state_dict(), "raft_large", iterations=2)


MAKERS: dict[str, Callable[[], FlowEstimator]] = {
    **{f"dis-{preset}": lambda preset=preset: Dis(preset) for preset in PRESETS},
    "dis-half": lambda: Dis(scale=0.5),
    "raft": lambda: Raft(WEIGHTS),
    "raft-half": lambda: Raft(WEIGHTS, scale=0.5),
    "raft-bfloat16": lambda: Raft(WEIGHTS, dtype=torch.bfloat16),
    "raft+dis": lambda: Dis(start=Raft(WEIGHTS, iterations=4, scale=0.5)),
    "raft-large, untrained": _untrained_large,
}
TRAINED = [name for name in MAKERS if not name.endswith("untrained")]


@pytest.fixture(scope="module", params=MAKERS)
def estimator(request: pytest.FixtureRequest) -> FlowEstimator:
    return MAKERS[request.param]()


@pytest.fixture(scope="module", params=TRAINED)
def trained(request: pytest.FixtureRequest) -> FlowEstimator:
    return MAKERS[request.param]()


def _pixel(estimator: FlowEstimator) -> float:
    """A pixel of the size that an estimator looks at, in px of the frames."""
    return 1 / getattr(estimator, "scale", 1)


@pytest.mark.parametrize("shift", [(5, -3), (-9, 2), (0, 12)])
def test_finds_a_shift_with_its_sign(trained: FlowEstimator, shift: tuple[int, int]) -> None:
    cur, prev = shifted_pair((144, 176), shift)
    backward, forward = trained.both_flows(cur, prev)
    truth = torch.tensor(shift).view(1, 2, 1, 1)
    for found, wanted in ((backward, truth), (forward, -truth)):
        distance = inner((found - wanted).norm(dim=1), 16)
        assert distance.median() < 0.7 * _pixel(trained)
        assert (distance < 2 * _pixel(trained)).float().mean() > 0.9


@pytest.mark.parametrize("size", [(131, 149), (33, 47)])
def test_odd_sizes(trained: FlowEstimator, size: tuple[int, int]) -> None:
    cur, prev = shifted_pair(size, (2, 1))
    found = trained.backward_flow(cur, prev)
    wanted = torch.tensor((2, 1)).view(1, 2, 1, 1)
    assert inner((found - wanted).norm(dim=1), 8).median() < _pixel(trained)


@pytest.mark.parametrize("size", [(2, 2), (1, 1), (131, 149), (3, 150)])
def test_any_size(estimator: FlowEstimator, size: tuple[int, int]) -> None:
    cur, prev = torch.rand(2, 1, 1, *size, generator=torch.Generator().manual_seed(1))
    for found in estimator.both_flows(cur, prev):
        assert found.shape == (1, 2, *size)
        assert found.dtype == torch.float32
        assert found.is_contiguous()
        assert found.isfinite().all()


def test_a_tiny_image_changes_nothing_for_the_next_one(estimator: FlowEstimator) -> None:
    cur, prev = shifted_pair((128, 136), (4, -2))
    before = estimator.backward_flow(cur, prev)
    estimator.backward_flow(cur[..., :12, :12], prev[..., :12, :12])
    assert torch.equal(estimator.backward_flow(cur, prev), before)


@pytest.mark.parametrize("lumas", [(0, 0), (1, 1), (0.5, 0.5), (0, 1)])
def test_frames_without_anything_in_them(
    estimator: FlowEstimator, lumas: tuple[float, float]
) -> None:
    cur, prev = (torch.full((1, 1, 128, 136), float(luma)) for luma in lumas)
    assert all(flow.isfinite().all() for flow in estimator.both_flows(cur, prev))


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


def test_nothing_moves_in_a_still_film(trained: FlowEstimator) -> None:
    cur, _ = shifted_pair((128, 160), (1, 1))
    assert trained.backward_flow(cur, cur).abs().mean() < 0.05 * _pixel(trained)


def test_says_which_shapes_do_not_fit(estimator: FlowEstimator) -> None:
    with pytest.raises(ValueError, match="same shape"):
        estimator.backward_flow(torch.zeros(1, 1, 128, 128), torch.zeros(1, 1, 128, 136))
    with pytest.raises(ValueError, match="luma must be"):
        estimator.backward_flow(torch.zeros(1, 3, 128, 128), torch.zeros(1, 3, 128, 128))
