"""Convolutions in whole numbers: what each stands for, and how little colors change."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from vidcolor.colorizers import base
from vidcolor.colorizers.packed_convolution import NONE, RELU, RELU6, Activation
from vidcolor.colorizers.quantized_convolution import (
    Levels,
    QuantizedConvolution,
    can_quantize,
    quantized,
)
from vidcolor.types import Hints

SAMPLES = Path(__file__).parents[2] / "samples"

_has_vnni = getattr(torch.cpu, "_is_vnni_supported", lambda: False)
pytestmark = pytest.mark.skipif(
    not (can_quantize() and _has_vnni()), reason="this processor has no VNNI"
)


def features(*size: int, shift: float = 0.0, seed: int = 0) -> Tensor:
    x = torch.randn(size, generator=torch.Generator().manual_seed(seed)) + shift
    return x.contiguous(memory_format=torch.channels_last)


def meant(x: Levels) -> Tensor:
    return (x.values.float() - x.zero) * x.step


@pytest.mark.parametrize("shift", [0.0, 4.0, -4.0, 100.0])
def test_levels_are_half_a_step_off_at_most_and_know_0(shift: float) -> None:
    x = features(1, 16, 9, 7, shift=shift)
    found = quantized(x)
    assert found.values.dtype == torch.uint8
    assert found.values.is_contiguous(memory_format=torch.channels_last)
    # at one end, 0 may lie half a step beside the last level
    assert (meant(found) - x).abs().max() <= 1.01 * found.step
    assert (meant(found) - x).abs().mean() <= 0.3 * found.step
    assert 0 <= found.zero <= 255
    assert found.step <= max(float(x.max()), 0.0) / 255 - min(float(x.min()), 0.0) / 255 + 1e-6


@pytest.mark.parametrize("value", [0.0, 3.0, -3.0])
def test_features_of_one_value_keep_it(value: float) -> None:
    x = torch.full((1, 8, 4, 4), value).contiguous(memory_format=torch.channels_last)
    assert torch.allclose(meant(quantized(x)), x, atol=1e-6)


@pytest.mark.parametrize("activation", [NONE, RELU, RELU6])
@pytest.mark.parametrize(
    "conv",
    [
        nn.Conv2d(16, 24, 3, padding=1),
        nn.Conv2d(16, 24, 1),
        nn.Conv2d(16, 16, 5, padding=2, groups=16),
        nn.Conv2d(16, 16, 3, stride=2, groups=16),
    ],
)
def test_a_product_is_that_of_the_rounded_numbers(conv: nn.Conv2d, activation: Activation) -> None:
    layer = QuantizedConvolution(conv, activation)
    # its levels of 0 differ, and the border counts as 0
    for n, shift in enumerate((0.0, 2.0, -2.0)):
        x = quantized(features(1, 16, 13, 11, shift=shift, seed=n))
        steps = conv.weight.abs().amax((1, 2, 3), keepdim=True) / 127
        kernel = (conv.weight / steps).round() * steps
        shape = (conv.stride, conv.padding, conv.dilation, conv.groups)
        expected = nn.functional.conv2d(meant(x), kernel, conv.bias, *shape)
        if activation is not NONE:
            expected = expected.clamp(0, 6 if activation is RELU6 else None)
        found = layer(x)
        assert isinstance(found, Tensor)
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_what_stays_in_whole_numbers_is_within_half_a_step() -> None:
    conv = nn.Conv2d(16, 24, 1)
    x = features(2, 16, 12, 12)
    whole = QuantizedConvolution(conv, RELU6, stays=True)(x)
    assert isinstance(whole, Levels)
    assert whole.zero == 0
    assert whole.step == pytest.approx(6 / 255)
    single = QuantizedConvolution(conv, RELU6)(x)
    assert (meant(whole) - single).abs().max() <= 0.51 * whole.step


def test_hints_among_large_numbers_keep_their_value() -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(16 + 3, 8, 3, padding=1)
    x = features(1, 19, 12, 12) * 50
    x[:, 16:] = features(1, 3, 12, 12, seed=1) / 50
    told, untold = (QuantizedConvolution(conv, RELU, exact=3) for _ in range(2))
    change = told(x) - untold(x[:, :16].contiguous(memory_format=torch.channels_last))
    kernel = conv.weight[:, 16:]
    expected = nn.functional.conv2d(x[:, 16:], kernel, None, padding=1)
    active = told(x) > 0.1
    assert active.any()
    torch.testing.assert_close(change[active], expected[active], rtol=1e-2, atol=2e-5)


def test_each_picture_of_a_batch_has_a_range_of_its_own() -> None:
    layer = QuantizedConvolution(nn.Conv2d(16, 8, 3, padding=1), RELU)
    bright, dark = features(1, 16, 8, 8) * 100, features(1, 16, 8, 8, seed=1)
    together = layer(torch.cat((bright, dark)))
    assert torch.equal(together, torch.cat((layer(bright), layer(dark))))
    for n in range(8):
        layer(features(1, 16, 8 + n, 8))
    assert len(layer._packed) <= 4


@pytest.fixture(scope="module")
def photograph() -> Tensor:
    gray = cv2.imread(str(SAMPLES / "lively.jpg"), cv2.IMREAD_GRAYSCALE)
    assert gray is not None
    picture = cv2.resize(gray, (336, 192), interpolation=cv2.INTER_AREA).astype(np.float32)
    return torch.from_numpy(picture)[None, None] / 2.55


def loaded(monkeypatch: pytest.MonkeyPatch, *, whole: bool) -> base.Base:
    monkeypatch.setattr(base, "has_int8", lambda device: whole)
    monkeypatch.setattr(base, "fast_dtype", lambda device: torch.float32)
    return base.load("cpu")


def test_colors_stay_what_they_are(photograph: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    exact, whole = (loaded(monkeypatch, whole=w) for w in (False, True))
    assert any(isinstance(m, QuantizedConvolution) for m in whole._net.modules())
    everywhere = Hints(torch.full((1, 2, 64, 112), 20.0), torch.full((1, 1, 64, 112), 0.3))
    one = Hints(everywhere.ab, torch.zeros_like(everywhere.weight))
    one.weight[..., 40:43, 50:53] = 1
    for hints in (None, one, everywhere):
        expected, found = (c.colorize(photograph, hints) for c in (exact, whole))
        change = (found.ab - expected.ab).norm(dim=1)
        assert 0 < float(change.mean()) < 0.5
        assert float(expected.ab.norm(dim=1).mean()) > 4
        assert (found.confidence - expected.confidence).abs().mean() < 0.02


def test_colors_do_not_depend_on_threads(
    photograph: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = loaded(monkeypatch, whole=True)
    threads = torch.get_num_threads()
    try:
        found = []
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            found.append(whole.encode(photograph))
    finally:
        torch.set_num_threads(threads)
    for other in found[1:]:
        assert all(torch.equal(a, b) for a, b in zip(found[0], other, strict=True))
