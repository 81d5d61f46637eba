"""Foreign programs as colorizers: functions, TorchScript, torch.export, ONNX, DDColor."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from tests.colorizers.contract import check, picture
from vidcolor import load_colorizer
from vidcolor.color import lab_to_rgb
from vidcolor.colorizers.adapters import Adapter
from vidcolor.errors import PluginError, WeightsError


def sepia(rgb: Tensor) -> Tensor:
    """Gray RGB in, the same in brown out; the brighter, the browner."""
    gray = rgb[:, :1]
    return torch.cat((gray * 1.2, gray, gray * 0.7), dim=1).clamp(0, 1)


class FromLightness(nn.Module):
    """L* in, ab out at half the size."""

    def forward(self, L: Tensor) -> Tensor:
        small = nn.functional.avg_pool2d(L, 2)
        return torch.cat((small / 4 - 5, 20 - small / 5), dim=1)


class FromGray(nn.Module):
    """Gray RGB in, brown RGB out; takes three channels and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Conv2d(3, 3, 1)
        with torch.no_grad():
            self.mix.weight.copy_(torch.diag(torch.tensor([1.0, 0.8, 0.5])).view(3, 3, 1, 1))
            self.mix.bias.zero_()

    def forward(self, rgb: Tensor) -> Tensor:
        return self.mix(rgb)


def test_any_function_of_rgb() -> None:
    colorizer = Adapter(sepia, "sepia", size=64)
    check(colorizer)
    ab = colorizer.colorize(picture(61, 47)).ab
    assert ab.shape == (1, 2, 61, 47)
    assert ab[:, 1].mean() > 5


def test_only_the_color_of_rgb_is_taken() -> None:
    truth = torch.tensor([30.0, -20.0]).view(1, 2, 1, 1).expand(1, 2, 32, 32)
    colorizer = Adapter(lambda rgb: lab_to_rgb(torch.full_like(rgb[:, :1], 60), truth), "it")
    assert (colorizer.colorize(picture(32, 32)).ab - truth).abs().max() < 0.5


def test_a_function_of_lightness_at_half_size() -> None:
    colorizer = Adapter(FromLightness(), "it", inputs=1)
    L = picture(61, 47)
    coloring = colorizer.colorize(L)
    assert coloring.ab.shape == (1, 2, 31, 24)
    assert coloring.ab[0, 0, 0, 0] == pytest.approx(float(L[0, 0, :2, :2].mean()) / 4 - 5)


def test_a_fixed_size_is_stretched_to_and_back() -> None:
    seen = []

    def function(rgb: Tensor) -> Tensor:
        seen.append(rgb.shape)
        return sepia(rgb)

    colorizer = Adapter(function, "it", fixed=(48, 48), one_by_one=True)
    check(colorizer)
    assert set(seen) == {(1, 3, 48, 48)}


def test_nonsense_is_named() -> None:
    colorizer = Adapter(lambda rgb: rgb[:, :1], "mute")
    with pytest.raises(WeightsError, match="mute"):
        colorizer.colorize(picture(32, 32))


@pytest.mark.parametrize("net", [FromLightness(), FromGray()])
def test_torchscript(tmp_path: Path, net: nn.Module) -> None:
    path = tmp_path / "thing.pt"
    shown = picture(64, 96).expand(1, 1 if isinstance(net, FromLightness) else 3, 64, 96)
    torch.jit.trace(net, shown).save(path)
    colorizer = load_colorizer(str(path))
    assert colorizer.name == "thing"
    check(colorizer)


def test_torch_export(tmp_path: Path) -> None:
    path = tmp_path / "thing.pt2"
    torch.export.save(torch.export.export(FromGray(), (torch.zeros(1, 3, 256, 256),)), path)
    check(load_colorizer(str(path)))


def onnx_file(path: Path, side: int | str) -> Path:
    """A network that gives ab = L* / 4 - 5 and 20 - L* / 5, as a 1x1 convolution."""
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    shape = [1 if isinstance(side, int) else "batch", 1, side, side if side != "h" else "w"]
    nodes = [onnx.helper.make_node("Conv", ["L", "weight", "bias"], ["ab"])]
    values = [
        onnx.helper.make_tensor("weight", onnx.TensorProto.FLOAT, [2, 1, 1, 1], [0.25, -0.2]),
        onnx.helper.make_tensor("bias", onnx.TensorProto.FLOAT, [2], [-5, 20]),
    ]
    kind = onnx.TensorProto.FLOAT
    inputs = [onnx.helper.make_tensor_value_info("L", kind, shape)]
    outputs = [onnx.helper.make_tensor_value_info("ab", kind, [shape[0], 2, *shape[2:]])]
    graph = onnx.helper.make_graph(nodes, "it", inputs, outputs, values)
    opset = [onnx.helper.make_opsetid("", 17)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=9), path)
    return path


@pytest.mark.parametrize("side", ["h", 48])
def test_onnx(tmp_path: Path, side: int | str) -> None:
    colorizer = load_colorizer(str(onnx_file(tmp_path / "thing.onnx", side)))
    check(colorizer)
    if side == "h":
        L = picture(40, 52)
        expected = torch.cat((L / 4 - 5, 20 - L / 5), dim=1)
        assert torch.allclose(colorizer.colorize(L).ab, expected, atol=1e-4)
    else:
        assert colorizer.size == 48


@pytest.mark.parametrize("suffix", [".onnx", ".pt", ".pt2"])
def test_other_files_are_refused(tmp_path: Path, suffix: str) -> None:
    if suffix == ".onnx":
        pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    path = tmp_path / f"thing{suffix}"
    path.write_bytes(b"not a program")
    with pytest.raises(WeightsError, match=r"thing"):
        load_colorizer(str(path))
    with pytest.raises(PluginError, match="no file"):
        load_colorizer(str(tmp_path / f"other{suffix}"))


def test_ddcolor_from_a_file_in_its_layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("spandrel_extra_arches", reason="spandrel-extra-arches is not installed")
    from spandrel_extra_arches.architectures.DDColor import DDColor

    from vidcolor.colorizers import ddcolor
    from vidcolor.weights import download, published

    torch.manual_seed(0)
    net = DDColor(
        encoder_name="convnext-t", num_queries=100, num_output_channels=2, last_norm="Spectral"
    )
    path = tmp_path / "ddcolor_paper_tiny.bin"
    torch.save({"params": net.state_dict()}, path)
    entry = published.Published(
        "ddcolor-tiny", path.name, "https://x", 0, download.sha256_of(path), "Apache-2.0", "it"
    )
    monkeypatch.setattr(published, "TABLE", (entry,))
    monkeypatch.setattr(ddcolor, "_SIDE", 64)
    check(load_colorizer("ddcolor-tiny", weights=path), (48, 64))
