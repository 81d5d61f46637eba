"""The fit of what the sources of a color weigh where some colors are certain."""

from __future__ import annotations

import numpy as np
import torch

from train.colorizer.hint_weights import Example, fit, points, region
from vidcolor.colorizers.hint_spread import FITTED
from vidcolor.types import Coloring


def _example(seed: int) -> Example:
    """Two things of one color each; the network says gray without hints, and half with them."""
    torch.manual_seed(seed)
    true = torch.zeros(1, 2, 32, 32)
    true[..., :16] = torch.tensor([30.0, 20.0]).view(2, 1, 1)
    true[..., 16:] = torch.tensor([-10.0, 30.0]).view(2, 1, 1)
    features = tuple(torch.randn(1, 12, n, n) for n in (8, 4, 2))
    for n, x in zip((4, 2, 1), features, strict=True):
        x[:, :4, :, :n] += 2
        x[:, 4:8, :, n:] += 2
    large = torch.nn.functional.interpolate(true, size=(96, 96), mode="nearest")
    hints = points(large, np.random.default_rng(seed))
    confidence = torch.full((1, 1, 32, 32), 0.3)
    plain, told = (Coloring(share * true, confidence) for share in (0.0, 0.5))
    L = torch.full((1, 1, 96, 96), 50.0)
    return Example(told, plain, L, features, hints, true, torch.ones(32, 32, dtype=torch.bool))


def test_fitted_weights_are_nearer_the_truth() -> None:
    examples = [_example(n) for n in range(6)]
    before = np.mean([float(e.error(FITTED)[0]) for e in examples])
    found = fit(examples, examples[:2], steps=40, seed=0)
    assert np.mean([float(e.error(found)[0]) for e in examples]) < 0.9 * before


def test_points_and_regions_are_true_and_certain() -> None:
    rng = np.random.default_rng(3)
    ab = torch.randn(1, 2, 60, 80).cumsum(2) * 3
    few, many = 0, 0
    for _ in range(20):
        told = points(ab, rng)
        assert set(told.weight.unique().tolist()) == {0.0, 1.0}
        few, many = few + int(told.weight.sum() < 300), many + int(told.weight.sum() >= 300)
        share = region(ab, rng).weight
        assert 0.05 < float(share.mean()) < 0.98
    assert few > 0
    assert many > 0
    told = points(ab, np.random.default_rng(0))
    inside = told.weight[0, 0] > 0
    assert (told.ab - ab)[0, :, inside].mean(1).abs().max() < 0.5
