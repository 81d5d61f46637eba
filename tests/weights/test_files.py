from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from vidcolor.errors import WeightsError
from vidcolor.weights import files as weights


def test_own_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundled = weights.require_file("base.safetensors")
    (tmp_path / "base.safetensors").write_bytes(b"mine")
    monkeypatch.setenv("VIDCOLOR_WEIGHTS", str(tmp_path))
    assert weights.require_file("base.safetensors") == tmp_path / "base.safetensors"
    monkeypatch.delenv("VIDCOLOR_WEIGHTS")
    assert weights.require_file("base.safetensors") == bundled


def test_missing_weights_say_where_to_put_them() -> None:
    with pytest.raises(WeightsError) as caught:
        weights.require_file("nothing.safetensors")
    assert "VIDCOLOR_WEIGHTS" in (caught.value.hint or "")


@pytest.mark.parametrize("content", [b"", b"not safetensors at all", b"\x80\x04cos\nsystem\n."])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"x\.safetensors"):
        weights.read(path)


def test_weights_without_configuration_are_refused(tmp_path: Path) -> None:
    save_file({"w": torch.zeros(2)}, tmp_path / "x.safetensors")
    with pytest.raises(WeightsError, match="configuration"):
        weights.read(tmp_path / "x.safetensors")


@pytest.mark.parametrize("name", ["base", "recurrent", "blind2018", "favc2019", "raft-small"])
def test_bundled_weights_are_whole_and_have_a_card(name: str) -> None:
    path = weights.require_file(f"{name}.safetensors")
    tensors = load_file(path)
    assert all(torch.isfinite(t).all() for t in tensors.values() if t.is_floating_point())
    assert path.with_suffix(".md").read_text().strip()
    assert path.stat().st_size < 25e6


def test_weights_of_another_shape_are_refused_in_one_line() -> None:
    other = {"weight": torch.zeros(3, 4), "bias": torch.zeros(3)}
    with pytest.raises(WeightsError, match=r"not the weights of x: .*size mismatch") as caught:
        weights.fill(torch.nn.Linear(2, 3), other, "x")
    assert "\n" not in str(caught.value)
