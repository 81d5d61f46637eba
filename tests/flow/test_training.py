"""The parts of the flow training that would spoil the weights silently if they were wrong."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torchvision.models.optical_flow import raft_small

from flow import backward_warp
from train.flow import batch_loss, learning_rate
from train.flow_aging import age_pair
from train.flow_batches import Batch, draw_batch
from train.flow_data import Pictures
from train.flow_pairs import make_pair
from train.flow_trace import match_loss, sequence_loss, trace

from .scenes import shifted_pair, texture

SIZE = (128, 136)


def _draw_texture(rng: np.random.Generator) -> np.ndarray:
    picture = texture((150, 180), int(rng.integers(1000)))[0, 0]
    return (picture * 255).to(torch.uint8).numpy()


def _pictures(seeds: range) -> Pictures:
    frames = [_draw_texture(np.random.default_rng(seed)) for seed in seeds]
    sizes = np.array([frame.shape for frame in frames], np.int32)
    offsets = np.arange(len(frames)) * frames[0].size
    groups = np.array([[0, len(frames)]], np.int32)
    return Pictures(np.concatenate([f.ravel() for f in frames]), offsets, sizes, groups, np.ones(1))


def _batch(count: int = 2) -> Batch:
    rng = np.random.default_rng(5)
    return draw_batch(_pictures(range(4)), _pictures(range(4, 8)), rng, count=count, size=SIZE)


@pytest.mark.parametrize("seed", range(4))
def test_the_flow_of_a_made_pair_explains_it(seed: int) -> None:
    pair = make_pair(np.random.default_rng(seed), SIZE, _draw_texture)
    cur, prev = (torch.from_numpy(frame)[None, None] for frame in (pair.cur, pair.prev))
    flow = torch.from_numpy(pair.flow).permute(2, 0, 1)[None]
    wrong = (backward_warp(prev, flow) - cur).abs()[0, 0][torch.from_numpy(pair.visible)]
    still = (prev - cur).abs().mean()
    assert pair.visible.mean() > 0.3
    assert wrong.mean() < 0.02
    assert still > 2 * wrong.mean()


def test_ageing_leaves_motion_alone_and_range_kept() -> None:
    cur, prev = (frame[0, 0].numpy() for frame in shifted_pair(SIZE, (3, 1)))
    for seed in range(8):
        aged = age_pair(np.random.default_rng(seed), cur, prev)
        for before, after in zip((cur, prev), aged, strict=True):
            assert after.dtype == np.float32
            assert after.min() >= 0
            assert after.max() <= 1
            assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.8


def test_a_resumed_training_sees_the_same_pairs() -> None:
    assert torch.equal(_batch().cur, _batch().cur)
    assert torch.equal(_batch().flow, _batch().flow)


def test_trace_is_torchvisions_raft() -> None:
    torch.manual_seed(0)
    net = raft_small().eval()
    cur, prev = shifted_pair(SIZE, (4, 0))
    with torch.no_grad():
        pictures = [(frame * 2 - 1).expand(-1, 3, -1, -1) for frame in (cur, prev)]
        wanted = net(*pictures, num_flow_updates=3)[-1]
        found = trace(net, cur, prev, 3).predictions[-1]
    assert (found - wanted).abs().mean() < 0.05 * wanted.abs().mean()


def test_match_loss_wants_the_true_place() -> None:
    flow = torch.zeros(1, 2, *SIZE)
    flow[:, 0] = 12  # a place and a half of the eighth-size grid
    h, w = SIZE[0] // 8, SIZE[1] // 8
    place = torch.arange(h * w).view(h, w)

    def correlation(shift: int) -> torch.Tensor:
        wanted = place.clone()
        wanted[:, : w - shift] += shift
        return 20 * F.one_hot(wanted.flatten(), h * w).float()[None]

    weight = torch.ones(1, 1, *SIZE)
    right = match_loss((correlation(1) + correlation(2)) / 2, flow, weight)
    wrong = match_loss(correlation(0), flow, weight)
    assert right < 1
    assert wrong > 10


def test_sequence_loss_counts_late_updates_and_visible_pixels_more() -> None:
    truth = torch.zeros(1, 2, *SIZE)
    off = torch.ones(1, 2, *SIZE)
    weight = torch.zeros(1, 1, *SIZE)
    weight[..., : SIZE[1] // 2] = 1
    assert sequence_loss([off, truth], truth, weight) == pytest.approx(0.4)
    assert sequence_loss([truth, off], truth, weight) == pytest.approx(0.5)
    assert sequence_loss([off, off], truth, 0 * weight) == 0


@pytest.mark.parametrize("apart", [True, False])
def test_every_weight_learns(apart: bool) -> None:
    torch.manual_seed(1)
    teacher, net = raft_small().eval(), raft_small()
    batch_loss(net, teacher, _batch(), apart, 1.0).backward()
    idle = [
        name
        for name, weight in net.named_parameters()
        if weight.grad is None or not weight.grad.any()
    ]
    # Biases before an instance norm change nothing; apart, the encoders end before the activations.
    assert [name for name in idle if not name.endswith("bias")] == []
    assert all(weight.grad is None for weight in teacher.parameters())


def test_one_cycle() -> None:
    rates = [learning_rate(step / 100, 1.0) for step in range(101)]
    assert max(rates) == pytest.approx(1.0)
    assert rates[0] < 0.1
    assert rates[5] == max(rates)
    assert 0 < rates[-1] < 0.01
