"""The systems without published weights: contract, sizes as in their reports, their own parts."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest
import torch
import torchvision

from tests.colorizers.contract import check, picture
from train import checkpoint
from vidcolor import load_colorizer, registry
from vidcolor.colorizers import fusion, resnet18_regression, vgg16_residual, zhao2018
from vidcolor.colorizers.zhang2016 import Zhang2016, Zhang2016Net
from vidcolor.colorizers.zhao2018 import joint_bilateral_upsample
from vidcolor.components import build
from vidcolor.config import RunConfig


def weights_of(net: torch.nn.Module) -> int:
    return sum(p.numel() for p in net.parameters())


def fit_norms(net: torch.nn.Module) -> None:
    """Random features hardly depend on the picture until their norms have seen some."""
    norms = [m for m in net.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = None
        norm.train()
    with torch.no_grad():
        net(torch.cat((picture(64, 96), 100 - picture(64, 96))))
    net.eval()


@pytest.mark.parametrize("system", [resnet18_regression, vgg16_residual, fusion, zhao2018])
def test_contract(system: ModuleType) -> None:
    torch.manual_seed(0)
    colorizer = system.untrained()
    fit_norms(colorizer._net)
    check(colorizer)
    assert colorizer.colorize(picture(61, 47)).ab.shape == (1, 2, 61, 47)


def test_resnet18_regression_is_as_big_as_reported() -> None:
    net = resnet18_regression.ResNet18RegressionNet()
    assert weights_of(net.encoder) == 676_800
    assert weights_of(net.decoder) == pytest.approx(280_000, rel=0.02)


def test_regressed_colors_are_fine_grained() -> None:
    torch.manual_seed(0)
    ab = resnet18_regression.untrained().colorize(picture(64, 64)).ab
    assert (ab - ab.round()).abs().mean() > 0.1


def test_vgg16_is_the_standard_one() -> None:
    with torch.device("meta"):
        net = vgg16_residual.VGG16ResidualNet()
    assert weights_of(net.encoder) == 14_714_688


def test_fusion_is_as_big_as_reported() -> None:
    assert weights_of(fusion.FusionNet()) == pytest.approx(1_990_000, rel=0.01)


def test_the_second_branch_is_as_big_as_in_the_reimplementation() -> None:
    with torch.device("meta"):
        branch = zhao2018.Zhao2018Net()
    assert weights_of(branch) - weights_of(Zhang2016Net()) == pytest.approx(5_410_000, rel=0.01)


def test_fusion_pools_nothing_at_its_own_size() -> None:
    net = fusion.FusionNet().eval()
    assert net.encoder(torch.zeros(1, 1, 32, 32)).shape[-2:] == (4, 4)
    ab, classes = net.both(torch.zeros(2, 1, 32, 32))
    assert ab.shape == (2, 2, 32, 32)
    assert classes.shape == (2, 10)


def test_encoders_start_from_published_weights() -> None:
    torch.manual_seed(0)
    published = torchvision.models.resnet18(weights=None).state_dict()
    net = resnet18_regression.ResNet18RegressionNet()
    net.load_encoder(published)
    gray = torch.rand(1, 1, 32, 32)
    color = torch.nn.functional.conv2d(
        gray.expand(-1, 3, -1, -1), published["conv1.weight"], stride=2, padding=3
    )
    assert torch.allclose(net.encoder[0](gray), color, atol=1e-5)
    assert torch.equal(net.encoder[5][0].conv1.weight, published["layer2.0.conv1.weight"])


def test_penalty_by_hand() -> None:
    net = vgg16_residual.VGG16ResidualNet()
    kernels = torch.cat([p.detach().flatten() for p in net.parameters() if p.dim() > 1])
    expected = 1e-6 * kernels.abs().sum() + 1e-5 * kernels.square().sum()
    assert net.penalty(1e-6, 1e-5).item() == pytest.approx(expected.item(), rel=1e-4)


def test_upsampling_keeps_to_the_edges_of_lightness() -> None:
    L = torch.full((1, 1, 32, 32), 30.0)
    L[..., 18:] = 80
    # Small pixel 4 has pixels of both sides.
    ab = torch.zeros(1, 2, 8, 8)
    ab[..., 5:] = 40
    ab[..., 4] = 20
    found = joint_bilateral_upsample(ab, L)
    plain = torch.nn.functional.interpolate(ab, scale_factor=4, mode="bilinear")
    # What lies beside the edge on its bright side is nearer to the bright side's color.
    assert found[..., 18].mean() > plain[..., 18].mean() + 3
    assert found[..., 17].mean() < plain[..., 17].mean() - 3
    flat = joint_bilateral_upsample(torch.full((1, 2, 8, 8), 7.0), L)
    assert torch.allclose(flat, torch.full_like(flat, 7), atol=1e-4)


def test_upsampling_without_edges_is_smooth_and_in_place() -> None:
    ramp = torch.linspace(0, 70, 8).view(1, 1, 1, 8).expand(1, 2, 8, 8)
    found = joint_bilateral_upsample(ramp, torch.full((1, 1, 32, 32), 50.0))
    plain = torch.nn.functional.interpolate(ramp, scale_factor=4, mode="bilinear")
    inner = (slice(None), slice(None), slice(None), slice(12, 20))
    assert (found[inner] - plain[inner]).abs().max() < 1
    assert (found.diff(dim=-1) >= -1e-3).all()


def test_a_file_can_stand_for_the_model(tmp_path: Path) -> None:
    path = tmp_path / "brown.pt"
    net = torch.nn.Conv2d(1, 2, 1)
    torch.jit.trace(net, torch.zeros(1, 1, 8, 8)).save(path)
    parts = build(RunConfig(model=str(path), refiner="none", device="cpu"))
    assert parts.colorizer.name == "brown"
    assert list(parts.weights) == ["brown.pt"]


def test_own_weights_come_before_published_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDCOLOR_WEIGHTS", str(tmp_path))
    net = Zhang2016Net()
    checkpoint.export(tmp_path / "zhang2016.safetensors", net.state_dict(), {"size": 64})
    parts = build(RunConfig(model="zhang2016", refiner="none", device="cpu"))
    assert (parts.colorizer.name, parts.colorizer.size) == ("zhang2016", 64)
    assert list(parts.weights) == ["zhang2016.safetensors"]
    colorizer = load_colorizer("zhang2016", temperature=0.2)
    assert isinstance(colorizer, Zhang2016)
    assert colorizer.temperature == 0.2


def test_every_listed_system_can_be_imported() -> None:
    for entry in registry.entries("colorizer"):
        if entry.origin == "vidcolor":
            assert callable(registry.factory(entry))
