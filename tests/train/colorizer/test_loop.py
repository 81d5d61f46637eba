"""The training loop itself, on tiny photographs: logs, export, going on after a kill."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from train import checkpoint
from train.colorizer import systems
from train.colorizer import training as colorizer
from vidcolor import load_colorizer
from vidcolor.weights import files as weights


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Four photographs to train on and three to measure with, in the layout of the real ones."""
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(0)
    rows = ["shard,file,source,label"]
    for shard, count in (("train-00", 4), ("val", 3)):
        with zipfile.ZipFile(folder / f"{shard}.zip", "w") as archive:
            for i in range(count):
                colors = rng.integers(0, 256, (6, 6, 3)).astype(np.uint8)
                data = io.BytesIO()
                Image.fromarray(colors.repeat(8, 0).repeat(8, 1)).save(data, "PNG")
                archive.writestr(f"{i}.png", data.getvalue())
                rows.append(f"{shard}.zip,{i}.png,made,{'ab'[i % 2]}")
    (folder / "index.csv").write_text("\n".join(rows))
    return folder


def words(photos: Path, work: Path, system: str = "fusion") -> list[str]:
    options = {"--system": system, "--photos": photos, "--work": work, "--cache": work / "cache"}
    options |= {"--size": 32, "--pictures": 64, "--batch": 4, "--device": "cpu"}
    return [str(word) for pair in options.items() for word in pair]


def test_a_training_leaves_what_is_needed(photos: Path, tmp_path: Path) -> None:
    command = words(photos, tmp_path / "run")
    colorizer.main(command)
    with (tmp_path / "run" / "log.csv").open(newline="") as lines:
        (row,) = csv.DictReader(lines)
    assert float(row["share"]) >= 1
    assert int(row["step"]) == 4
    for name in ("log.png", "samples-000004.png"):
        assert Image.open(tmp_path / "run" / name).size[0] > 100
    colorizer.main([*command, "--export", str(tmp_path / "fusion.safetensors")])
    loaded = load_colorizer("fusion", weights=tmp_path / "fusion.safetensors")
    assert loaded.size == 32
    trained = weights.read(tmp_path / "fusion.safetensors")[1]["trained"]
    assert trained["pictures"] == 64
    again = [*command, "--start", str(tmp_path / "fusion.safetensors")]
    colorizer.main([*again, "--export", str(tmp_path / "second.safetensors")])
    assert weights.read(tmp_path / "second.safetensors")[1]["trained"]["pictures"] == 128
    assert loaded.colorize(torch.full((1, 1, 32, 32), 50.0)).ab.shape == (1, 2, 32, 32)


class KilledError(Exception):
    """In place of a signal."""


def test_a_killed_training_ends_as_an_unbroken_one(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    colorizer.main(words(photos, tmp_path / "whole"))
    monkeypatch.setattr(colorizer, "_SAVE_SECONDS", -1)
    save = checkpoint.save

    def save_and_die(path: Path, state: dict) -> None:
        save(path, state)
        if state["step"] == 2:
            raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "save", save_and_die)
        with pytest.raises(KilledError):
            colorizer.main(words(photos, tmp_path / "broken"))
    colorizer.main(words(photos, tmp_path / "broken"))
    whole, broken = (checkpoint.load(tmp_path / name / "last.pt") for name in ("whole", "broken"))
    assert whole is not None
    assert broken is not None
    assert whole["step"] == broken["step"] == 4
    for key, value in whole["average"].items():
        assert torch.equal(value, broken["average"][key]), key


def test_time_can_end_a_training(photos: Path, tmp_path: Path) -> None:
    command = words(photos, tmp_path / "run")
    colorizer.main([*command, "--pictures", "100000", "--minutes", "0.005"])
    state = checkpoint.load(tmp_path / "run" / "last.pt")
    assert state is not None
    assert 0 < state["cost"] < 100_000 * 32**2


def test_states_of_one_training_can_be_averaged(photos: Path, tmp_path: Path) -> None:
    command = words(photos, tmp_path / "run", "base")
    colorizer.main(command)
    state = checkpoint.load(tmp_path / "run" / "last.pt")
    assert state is not None
    other = state | {"average": {k: v + 1 for k, v in state["average"].items()}}
    checkpoint.save(tmp_path / "other.pt", other)
    files = [str(tmp_path / "run" / "last.pt"), str(tmp_path / "other.pt")]
    export = tmp_path / "base.safetensors"
    colorizer.main([*command, "--states", *files, "--export", str(export)])
    name = "head.bias"
    found = weights.read(export)[0][name]
    torch.testing.assert_close(found, state["average"][name] + 0.5)


def test_trainings_meet_half_way(photos: Path, tmp_path: Path) -> None:
    command = words(photos, tmp_path / "run")
    colorizer.main(command)
    state = checkpoint.load(tmp_path / "run" / "last.pt")
    assert state is not None
    net = systems.find("fusion")(colorizer._options(command)).network()
    net.load_state_dict({k: v + 1 if v.is_floating_point() else v for k, v in state["net"].items()})
    average = checkpoint.Average(net, 0.9)
    checkpoint.meet(tmp_path / "nobody.pt", net, average)
    name = next(k for k, v in state["net"].items() if v.is_floating_point())
    torch.testing.assert_close(net.state_dict()[name], state["net"][name] + 1)
    checkpoint.meet(tmp_path / "run" / "last.pt", net, average)
    torch.testing.assert_close(net.state_dict()[name], state["net"][name] + 0.5)
    middle = (state["net"][name] + 1 + state["average"][name]) / 2
    torch.testing.assert_close(average.values[name], middle)
