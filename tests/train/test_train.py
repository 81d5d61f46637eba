"""The trainings start, learn and export; on a few synthetic pictures."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from train.colorizer.color_loss import color_loss
from train.colorizer.old_film import age
from train.colorizer.photos import PhotoSet, draw_batch, draw_labeled_batch
from train.colorizer.training import learning_rate
from train.refiner.flicker import flicker
from train.refiner.training import losses, unroll
from vidcolor.colorizers.base import BaseNet
from vidcolor.refiners.recurrent import RecurrentNet


def photos() -> PhotoSet:
    """Two photographs, one red above blue, one green."""
    one = np.zeros((70, 90, 3), np.uint8)
    one[:35, :, 0], one[35:, :, 2] = 200, 150
    other = np.zeros((80, 64, 3), np.uint8)
    other[..., 1] = 130
    pixels = np.concatenate([one.ravel(), other.ravel()])
    return PhotoSet(
        pixels,
        np.array([0, one.size]),
        np.array([[70, 90], [80, 64]], np.int32),
        np.array([0.5, 0.5]),
    )


def test_batches_repeat_with_their_seed() -> None:
    first = draw_batch(photos(), 4, 32, np.random.default_rng(3))
    second = draw_batch(photos(), 4, 32, np.random.default_rng(3))
    assert first[0].shape == (4, 1, 32, 32)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_crops_show_as_much_as_is_asked() -> None:
    ramp = np.linspace(0, 255, 80).astype(np.uint8)
    pixels = np.broadcast_to(ramp[None, :, None], (80, 80, 3)).ravel()
    one = PhotoSet(pixels, np.array([0]), np.array([[80, 80]], np.int32), np.ones(1))

    def spans(zoom: float) -> torch.Tensor:
        L, *_ = draw_labeled_batch(one, 40, 64, np.random.default_rng(0), zoom)
        return (L.amax(3) - L.amin(3)).mean((1, 2))

    assert spans(1.0).min() > 80
    near = spans(0.25)
    assert 40 < near.min() < 65
    assert near.max() > 90


def test_the_colorizers_loss_falls() -> None:
    torch.manual_seed(0)
    net = BaseNet((16, 16, 16, 32))
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    found = []
    for step in range(25):
        L, ab = draw_batch(photos(), 4, 32, np.random.default_rng(step))
        target = F.interpolate(ab, size=(11, 11), mode="area")
        loss = color_loss(net(L), target, torch.ones(313))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    assert np.mean(found[-5:]) < 0.75 * np.mean(found[:3])


def test_rate_warms_up_and_falls() -> None:
    rates = [learning_rate(p, 1.0) for p in (0.001, 0.02, 0.5, 1.0)]
    assert rates[0] < 0.1
    assert rates[1] > 0.9
    assert rates[2] < 0.6
    assert rates[3] < 1e-6
    assert learning_rate(1.0, 1.0, last=0.25) == 0.25


def test_aged_film_stays_in_range_and_some_stays_clean() -> None:
    L = torch.rand(64, 1, 32, 32) * 100
    aged = age(L, np.random.default_rng(0))
    assert aged.min() >= 0
    assert aged.max() <= 100
    clean = (aged == L).flatten(1).all(1)
    assert 10 < clean.sum() < 45


def test_flicker_flickers_and_leaves_its_input() -> None:
    steady = torch.ones(10, 2, 16, 16) * 20
    before = steady.clone()
    changed = [flicker(steady, np.random.default_rng(s)) for s in range(8)]
    assert torch.equal(steady, before)
    assert np.mean([float(c.diff(dim=0).abs().mean()) for c in changed]) > 0.5


def test_the_refiners_loss_falls() -> None:
    torch.manual_seed(0)
    net = RecurrentNet(8, 8)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    generator = torch.Generator().manual_seed(0)
    truth = torch.rand(1, 2, 32, 32, generator=generator).expand(6, 1, 2, 32, 32) * 40
    clip = {
        "L": torch.full((6, 1, 1, 32, 32), 50.0),
        "truth": truth,
        "ab": truth + 6 * torch.randn(6, 1, 2, 1, 1, generator=generator),
        "confidence": torch.full((6, 1, 1, 32, 32), 0.5),
        "flow": torch.zeros(5, 1, 2, 32, 32),
        "trust": torch.ones(5, 1, 1, 32, 32),
        "visible": torch.ones(5, 1, 1, 32, 32),
    }
    found = []
    for _ in range(20):
        loss = losses(unroll(net, clip), clip)["short"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    assert found[-1] < 0.6 * found[0]
