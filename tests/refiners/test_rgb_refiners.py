"""`blind2018` and `favc2019`: their networks, what they see, and that they learn."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from train.refiner import blind2018 as blind_training
from train.refiner import favc2019 as favc_training
from train.refiner.rgb_clips import RgbClip
from vidcolor.components import load_refiner
from vidcolor.errors import WeightsError
from vidcolor.refiners.blind2018 import PUBLISHED, TransformNet, read_published
from vidcolor.refiners.favc2019 import RefinementNet, network_input
from vidcolor.types import Coloring, Motion


def flickering(frames: int = 4, size: int = 32) -> RgbClip:
    """A still image whose tint changes from frame to frame."""
    generator = torch.Generator().manual_seed(0)
    truth = torch.rand(1, 1, 3, size, size, generator=generator).expand(frames, 1, -1, -1, -1)
    tint = 0.1 * torch.randn(frames, 1, 3, 1, 1, generator=generator)
    film = truth.mean(2, keepdim=True)
    still = torch.zeros(frames - 1, 1, 2, size, size)
    return RgbClip((truth + tint).clamp(0, 1), truth, film, still, torch.ones_like(film[1:]))


def test_blind2018_is_as_large_as_published() -> None:
    assert sum(p.numel() for p in TransformNet().parameters()) == 2_979_555


def test_published_weights_of_blind2018_load_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = TransformNet()
    saved = net.state_dict() | {"conv1a.norm_layer.running_mean": torch.zeros(32)}
    torch.save({"model": saved, "epoch": 100}, tmp_path / PUBLISHED)
    read = read_published(tmp_path / PUBLISHED)
    assert torch.equal(read.deconv3.conv2d.weight, net.deconv3.conv2d.weight)
    monkeypatch.setenv("VIDCOLOR_WEIGHTS", str(tmp_path))
    assert load_refiner("blind2018").name == "blind2018"
    torch.save({"model": {"other": torch.zeros(1)}}, tmp_path / PUBLISHED)
    with pytest.raises(WeightsError, match="blind2018"):
        load_refiner("blind2018")


def test_a_file_in_the_current_folder_is_not_taken_for_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / PUBLISHED).write_bytes(b"none of ours")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIDCOLOR_WEIGHTS", raising=False)
    assert load_refiner("blind2018").name == "blind2018"


def test_low_confidence_is_where_the_film_agrees_and_the_colors_do_not() -> None:
    film = torch.full((1, 1, 8, 8), 0.5)
    current = film.expand(-1, 3, -1, -1).clone()
    warped, warped_film = current.clone(), film.clone()
    current[:, 0, :4] += 0.2  # colors differ above
    warped_film[..., :4] += 0.2  # the film differs on the left
    seen, low = network_input(current, warped, film, warped_film)
    assert seen.shape == (1, 18, 8, 8)
    assert low[..., :4, 4:].min() == 1
    assert low.sum() == 16
    assert torch.allclose(seen[:, :3][low.expand(-1, 3, -1, -1) > 0], torch.tensor(0.5))
    assert torch.equal(seen[:, 6:9], current)


@pytest.mark.parametrize("name", ["blind2018", "favc2019"])
@pytest.mark.parametrize("size", [(40, 56), (35, 47)])
def test_any_size_and_colors_stay_near(name: str, size: tuple[int, int]) -> None:
    refiner = load_refiner(name)
    L = torch.linspace(20, 80, size[1]).expand(1, 1, *size)
    ab = torch.tensor([10.0, 20.0]).view(1, 2, 1, 1).expand(1, 2, *size)
    coloring = Coloring(ab, torch.ones_like(L))
    _, state = refiner.start(L, coloring)
    motion = Motion(torch.zeros(1, 2, *size), torch.ones_like(L))
    for _ in range(4):
        found, state = refiner.step(state, L, coloring, motion)
    assert found.shape == ab.shape
    assert (found - ab).norm(dim=1).mean() < 10


def test_blind2018_begins_as_the_processed_frame_and_learns_to_hold_still() -> None:
    torch.manual_seed(0)
    clip, net = flickering(), blind_training.untrained()
    outputs = blind_training.unroll(net, clip)
    assert all(torch.equal(a, b) for a, b in zip(outputs, clip.processed, strict=True))
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    found = []
    for _ in range(12):
        outputs = blind_training.unroll(net, clip)
        parts = blind_training.losses(outputs, clip, lambda rgb: rgb)
        optimizer.zero_grad()
        (parts["short"] + parts["long"] + parts["perceptual"]).backward()
        optimizer.step()
        found.append(float(parts["short"].detach()))
    assert found[-1] < 0.8 * found[0]


def test_favc2019_learns_the_true_frame() -> None:
    torch.manual_seed(0)
    clip, net = flickering(), RefinementNet(8)
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    found = []
    for _ in range(25):
        outputs = favc_training.unroll(net, clip)
        parts = favc_training.losses(outputs, clip)
        optimizer.zero_grad()
        sum(parts.values(), torch.zeros(())).backward()
        optimizer.step()
        found.append(float(parts["fidelity"].detach()))
    assert found[-1] < 0.8 * found[0]
