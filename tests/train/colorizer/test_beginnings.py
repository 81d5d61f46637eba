"""Networks that begin with the weights that their papers say."""

from __future__ import annotations

from pathlib import Path

import torch

from train.colorizer.systems.regression import begin_encoder
from train.colorizer.systems.zhang2017 import Zhang2017Training
from train.colorizer.training import _options
from train.refiner.perceptual import Vgg16
from vidcolor.colorizers.vgg16_residual import SCALE, VGG16ResidualNet
from vidcolor.colorizers.zhang2016 import Zhang2016Net
from vidcolor.colorizers.zhang2017 import Zhang2017Net

# Positions of VGG-16's first convolutions, up to conv3_3, and their widths.
_WIDTHS = {0: (3, 64), 2: (64, 64), 5: (64, 128), 7: (128, 128)}
_WIDTHS |= {10: (128, 256), 12: (256, 256), 14: (256, 256)}


def test_lightness_is_seen_as_gray_by_the_encoder_of_caffe(tmp_path: Path) -> None:
    random = torch.Generator().manual_seed(0)
    caffe = {}
    for place, (inputs, outputs) in _WIDTHS.items():
        weight = torch.randn(outputs, inputs, 3, 3, generator=random) * (2 / 9 / inputs) ** 0.5
        caffe[f"features.{place}.weight"] = weight
        caffe[f"features.{place}.bias"] = torch.randn(outputs, generator=random)
    torch.save(caffe, tmp_path / "vgg.pth")
    lightness = 100 * torch.rand(1, 1, 96, 96, generator=random)
    net = VGG16ResidualNet()
    begin_encoder(net, caffe)
    # relu3_3 is the sixteenth layer.
    own = net.encoder[:16]((lightness / SCALE).expand(-1, 3, -1, -1))
    found = Vgg16(tmp_path / "vgg.pth")((lightness / 100).expand(-1, 3, -1, -1))
    # The border is another: gray beyond it is not 0 in both.
    inside = (..., slice(6, -6), slice(6, -6))
    torch.testing.assert_close(own[inside] * 58, found[inside] * 300, rtol=1e-3, atol=1e-2)


def test_zhang2017_begins_as_zhang2016(tmp_path: Path) -> None:
    options = _options(["--system", "zhang2017", "--work", str(tmp_path)])
    torch.manual_seed(0)
    earlier, net = Zhang2016Net().eval(), Zhang2017Net(with_global=True).eval()
    Zhang2017Training(options).begin(net, dict(earlier.state_dict()))
    lightness = 100 * torch.rand(1, 1, 32, 32)
    nothing = torch.zeros(1, 2, 32, 32), torch.zeros(1, 1, 32, 32)
    seen = torch.cat(((lightness - 50) / 100, *nothing), dim=1)
    with torch.no_grad():
        x = net.model1(seen)[:, :, ::2, ::2]
        x = net.model3(net.model2(x)[:, :, ::2, ::2])[:, :, ::2, ::2]
        x = net.model7(net.model6(net.model5(net.model4(x))))
        torch.testing.assert_close(x, earlier.trunk(lightness)[-1])
        torch.testing.assert_close(net.model8up(x), earlier.model8[0](x))
    torch.testing.assert_close(net.model8[3].weight, earlier.model8[4].weight)
