"""The contract of every colorizer, and the bins that distributions are made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from vidcolor import load_colorizer, registry
from vidcolor.colorizers import ab_bins
from vidcolor.colorizers.base import Base, BaseNet, convert, fold_norms, pack
from vidcolor.colorizers.packed_convolution import PackedConvolution, can_pack
from vidcolor.types import Hints

from .contract import check_coloring, picture

NAMES = [e.name for e in registry.entries("colorizer") if e.origin == "vidcolor" and e.bundled]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(128, 224), (96, 96), (61, 47)])
def test_shape_and_range(name: str, size: tuple[int, int]) -> None:
    coloring = load_colorizer(name).colorize(picture(*size))
    check_coloring(coloring, size)
    assert coloring.ab.abs().max() <= 110
    assert coloring.ab.abs().max() > 1


@pytest.mark.parametrize("name", NAMES)
def test_pictures_of_a_batch_do_not_touch_each_other(name: str) -> None:
    colorizer = load_colorizer(name)
    one, other = picture(96, 128), 100 - picture(96, 128)
    alone = colorizer.colorize(one).ab
    together = colorizer.colorize(torch.cat((one, other))).ab
    again = colorizer.colorize(one).ab
    assert torch.equal(alone, again)
    assert (together[:1] - alone).abs().max() < 2
    assert (together[1:] - alone).abs().max() > 2


def test_folding_norms_changes_nothing() -> None:
    torch.manual_seed(0)
    net = BaseNet((8, 8, 8, 8))
    # Statistics far from the initial ones, so that leaving a norm out would show.
    for _ in range(3):
        net(torch.rand(4, 1, 32, 32) * 100)
    net.eval()
    L = torch.rand(1, 1, 32, 32) * 100
    with torch.no_grad():
        before = net(L)
        assert torch.allclose(fold_norms(net)(L), before, atol=1e-4)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in net.modules())


def test_there_are_313_bins() -> None:
    centers = ab_bins.bin_centers()
    assert centers.shape == (313, 2)
    assert len({tuple(c) for c in centers.tolist()}) == 313
    assert (centers % 10 == 0).all()


def test_bins_are_the_published_ones(data: Path) -> None:
    published = np.load(data / "weights" / "zhang_pts_in_hull.npy")
    assert np.array_equal(ab_bins.bin_centers().numpy(), published.astype(np.float32))


def test_soft_encoding_by_hand() -> None:
    index, weight = ab_bins.soft_encode(torch.tensor([10.0, 10.0]).view(1, 2, 1, 1))
    centers = ab_bins.bin_centers()[index.flatten()]
    assert centers[0].tolist() == [10, 10]
    # Four neighbors at distance 10 weigh exp(-100 / 50) of the bin itself.
    relative = float(torch.exp(torch.tensor(-2.0)))
    expected = torch.tensor([1, *[relative] * 4]) / (1 + 4 * relative)
    assert torch.allclose(weight.flatten(), expected, atol=1e-5)


def test_colors_outside_the_gamut_are_encoded_too() -> None:
    far = torch.tensor([[127.0, -127.0, 500.0], [127.0, 127.0, 500.0]]).view(1, 2, 1, 3)
    _, weight = ab_bins.soft_encode(far)
    assert torch.allclose(weight.sum(1), torch.ones(1, 1, 3))


def test_decoding_inverts_encoding() -> None:
    ab = torch.tensor([[20.0, -30.0, 3.0], [40.0, -20.0, -6.0]]).view(1, 2, 1, 3)
    index, weight = ab_bins.soft_encode(ab)
    logits = torch.full((1, 313, 1, 3), -60.0).scatter(1, index, weight.log())
    found, confidence = ab_bins.decode(logits, temperature=1.0)
    assert (found - ab).abs().max() < 2.5
    assert (confidence > 0.6).all()


def test_temperature_leads_from_the_mean_to_the_mode() -> None:
    logits = torch.zeros(1, 313, 1, 1)
    _, unsure = ab_bins.decode(logits, 1.0)
    assert unsure.abs().max() < 1e-5
    logits[0, 7] = 5
    mode = ab_bins.bin_centers()[7]
    away = [(ab_bins.decode(logits, t)[0].flatten() - mode).norm() for t in (1.0, 0.5, 0.1)]
    assert away[0] > away[1] > away[2]
    assert away[2] < 0.1


@pytest.mark.parametrize("temperature", [0.05, 0.25, 0.3, 1.0])
def test_decoding_is_the_annealed_mean_and_the_entropy(temperature: float) -> None:
    # Several hundred pixels, so that they are decoded in parts, and scores far apart.
    logits = torch.randn(2, 313, 20, 30, generator=torch.Generator().manual_seed(0)) * 20
    found, confidence = ab_bins.decode(logits, temperature)
    p = torch.softmax(logits.double() / temperature, 1)
    expected = torch.einsum("bnhw,nc->bchw", p, ab_bins.bin_centers().double())
    assert (found - expected).abs().max() < 1e-3
    p = torch.softmax(logits.double(), 1)
    entropy = torch.special.entr(p).sum(1, keepdim=True)
    assert (confidence - 1 + entropy / np.log(313)).abs().max() < 1e-5


@pytest.fixture(params=[torch.bfloat16, torch.float32], ids=["bfloat16", "float32"])
def dtype(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> torch.dtype:
    """As on processors that multiply bfloat16, and on others."""
    tiles = request.param == torch.bfloat16
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: tiles)
    return request.param


def test_converted_kernels_give_the_same_colors(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    exact, converted = BaseNet((8, 8, 8, 8)).eval(), BaseNet((8, 8, 8, 8)).eval()
    converted.load_state_dict(exact.state_dict())
    colorizers = [Base(net, 64, 0.3, 1.0) for net in (exact, convert(converted, dtype))]
    before, after = (c.colorize(picture(64, 96)).ab for c in colorizers)
    assert torch.equal(before, after)


@pytest.mark.skipif(not can_pack(), reason="oneDNN is not at home here")
def test_packed_kernels_give_the_same_at_every_size(dtype: torch.dtype) -> None:
    if dtype == torch.bfloat16 and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        pytest.skip("this processor has no bfloat16 by oneDNN")
    torch.manual_seed(0)
    plain, packed = BaseNet((16, 16, 16, 16)), BaseNet((16, 16, 16, 16))
    with torch.no_grad():
        # Kernels for hints begin at 0 and would not be seen to be left out.
        for kernel in plain.parameters():
            kernel.add_(torch.randn_like(kernel) * 0.02)
    packed.load_state_dict(plain.state_dict())
    plain, packed = (convert(fold_norms(net), dtype) for net in (plain, packed))
    colorizers = [Base(net, 64, 0.3, 1.0) for net in (plain, pack(packed))]
    left = [n for n, m in packed.named_modules() if isinstance(m, torch.nn.Conv2d)]
    assert all(name.startswith("attention") for name in left)
    for size in ((64, 96), (96, 64), (64, 64), (61, 47), (32, 96), (64, 96)):
        L = torch.cat([picture(*size)] * 2)
        hints = Hints(torch.full((2, 2, 8, 8), 30.0), torch.eye(8).expand(2, 1, 8, 8))
        for told in (None, hints):
            expected, found = (c.look(L, told) for c in colorizers)
            if dtype == torch.bfloat16:
                assert all(torch.equal(a, b) for a, b in zip(expected, found, strict=True))
            else:
                # sums are taken in another order
                torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    first = next(m for m in packed.modules() if isinstance(m, PackedConvolution))
    assert len(first._packed) <= 4
