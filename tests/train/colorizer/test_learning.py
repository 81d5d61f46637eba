"""What trainings learn by: the loss over bins against its definition, and the optimizer."""

from __future__ import annotations

import torch
from torch import nn

from train.colorizer.color_loss import color_loss, decoded_loss
from train.muon import Muon, orthogonalized
from vidcolor.colorizers import ab_bins


def test_the_loss_and_its_gradient_are_those_of_the_paper() -> None:
    torch.manual_seed(0)
    # More pixels than are taken at once.
    logits = torch.randn(3, 313, 25, 11, requires_grad=True)
    ab, weights, counts = 30 * torch.randn(3, 2, 25, 11), torch.rand(313), torch.rand(3)
    index, share = ab_bins.soft_encode(ab)
    entropy = -(torch.log_softmax(logits, dim=1).gather(1, index) * share).sum(1)
    expected = (entropy * weights[index[:, 0]] * counts.view(-1, 1, 1)).mean()
    (slope,) = torch.autograd.grad(2 * expected, logits)
    found = color_loss(logits, ab, weights, counts=counts)
    (found_slope,) = torch.autograd.grad(2 * found, logits)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(found_slope, slope)


def test_decoded_colors_are_judged_as_eyes_do() -> None:
    centers = ab_bins.bin_centers()
    vivid, dull = (
        int((centers - torch.tensor(c)).norm(dim=1).argmin()) for c in ((40, 40), (0, 10))
    )

    def loss(found: int, true: int) -> float:
        logits = torch.zeros(1, 313, 1)
        logits[0, found] = 20
        return float(decoded_loss(logits, centers[true].view(1, 2, 1), 0.3, 0.1))

    def neighbor(of: int) -> int:
        return int((centers - centers[of] - torch.tensor([10.0, 0.0])).norm(dim=1).argmin())

    # The least that the square root leaves.
    assert loss(vivid, vivid) < 0.4
    # Ten Lab units are less among vivid colors than among dull ones.
    assert 1 < loss(neighbor(vivid), vivid) < 0.7 * loss(neighbor(dull), dull)
    pale, true, strong = (
        int((centers - torch.tensor([a, 0.0])).norm(dim=1).argmin()) for a in (30, 50, 70)
    )
    assert loss(pale, true) > loss(strong, true)


def test_spots_are_no_color() -> None:
    # The weight at which the spread of colors, in the place of chroma, did pay for them.
    pale_weight = 0.3
    centers = ab_bins.bin_centers()

    def nearest(a: float, b: float) -> int:
        return int((centers - torch.tensor([a, b])).norm(dim=1).argmin())

    def loss(found: torch.Tensor) -> float:
        true = torch.tensor([nearest(0, 20), nearest(0, -20)]).repeat(8)
        logits = 20 * torch.nn.functional.one_hot(found, 313).float().T[None]
        return float(decoded_loss(logits, centers[true].T[None], 0.3, pale_weight))

    gray, right = torch.full((16,), nearest(0, 0)), torch.full((16,), nearest(0, 20))
    spots = gray.clone()
    spots[3] = nearest(60, 0)
    assert loss(spots) > loss(gray)
    assert loss(torch.where(torch.arange(16) % 4 == 0, right, gray)) < loss(gray)


def test_what_is_gray_is_not_asked_for_chroma() -> None:
    centers = ab_bins.bin_centers()
    gray, blue = (
        int((centers - torch.tensor(c)).norm(dim=1).argmin()) for c in ((0.0, 0.0), (0.0, -40.0))
    )
    true = torch.tensor([gray, blue]).repeat(8)

    def loss(found: torch.Tensor) -> float:
        logits = 20 * torch.nn.functional.one_hot(found, 313).float().T[None]
        return float(decoded_loss(logits, centers[true].T[None], 0.3, 5.0))

    # as much chroma, but where there is none
    tinted = torch.where(true == gray, blue, gray)
    pale = torch.full((16,), gray)
    assert loss(tinted) > loss(pale) + 1
    assert loss(true) < 1


def test_orthogonalized_matrices_stretch_all_directions_alike() -> None:
    torch.manual_seed(0)
    for shape in ((20, 70), (70, 20)):
        values = torch.linalg.svdvals(orthogonalized(torch.randn(shape)).float())
        assert values.min() > 0.6
        assert values.max() < 1.3


def test_the_optimizer_goes_on_as_if_never_stopped() -> None:
    def network() -> nn.Module:
        torch.manual_seed(1)
        return nn.Sequential(nn.Conv2d(8, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 3, 1))

    def steps(net: nn.Module, optimizer: Muon, first: int, last: int) -> list[float]:
        found = []
        for step in range(first, last):
            x = torch.randn(4, 8, 12, 12, generator=torch.Generator().manual_seed(step))
            loss = (net(x) - x[:, :3, 1:-1, 1:-1]).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            found.append(loss.item())
        return found

    net = network()
    optimizer = Muon(net, weight_decay=0.01, lr=0.02)
    unbroken = steps(net, optimizer, 0, 20)
    assert unbroken[-1] < 0.9 * unbroken[0]

    net = network()
    optimizer = Muon(net, weight_decay=0.01, lr=0.02)
    steps(net, optimizer, 0, 9)
    again = network()
    again.load_state_dict(net.state_dict())
    resumed = Muon(again, weight_decay=0.01)
    resumed.load_state_dict(optimizer.state_dict())
    assert steps(again, resumed, 9, 20) == unbroken[9:]
