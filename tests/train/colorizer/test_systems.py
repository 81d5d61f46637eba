"""Every system's own loss falls on a handful of pictures, at a tiny size."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

from tests.colorizers.contract import picture
from train import checkpoint
from train.colorizer import systems
from train.colorizer.photos import PhotoSet, draw_labeled_batch
from train.colorizer.segments import IGNORED, draw_segments, load_camvid, load_voc
from train.colorizer.systems.system import Batch, System
from train.colorizer.systems.zhang2017 import cells, simulate_global, simulate_points
from train.colorizer.training import Budget, Spent, _options
from vidcolor import load_colorizer

LITERATURE = [name for name in systems.NAMES if name != "base"]


def photos() -> PhotoSet:
    """Two photographs, one red above blue, one green, and what they show."""
    one = np.zeros((70, 90, 3), np.uint8)
    one[:35, :, 0], one[35:, :, 2] = 200, 150
    other = np.zeros((80, 64, 3), np.uint8)
    other[..., 1] = 130
    return PhotoSet(
        np.concatenate([one.ravel(), other.ravel()]),
        np.array([0, one.size]),
        np.array([[70, 90], [80, 64]], np.int32),
        np.array([0.5, 0.5]),
        np.array([0, 1]),
    )


def voc(root: Path) -> Path:
    """Two pictures in the layout of Pascal VOC; class 15 on background, with a border."""
    for folder in ("JPEGImages", "SegmentationClass", "ImageSets/Segmentation"):
        (root / folder).mkdir(parents=True)
    (root / "ImageSets" / "Segmentation" / "train.txt").write_text("a\nb\n")
    for name in "ab":
        shown = np.full((60, 80, 3), 60, np.uint8)
        shown[20:40, 20:60] = (200, 150, 120)
        mask = np.zeros((60, 80), np.uint8)
        mask[18:42, 18:62], mask[20:40, 20:60] = IGNORED, 15
        Image.fromarray(shown).save(root / "JPEGImages" / f"{name}.jpg")
        image = Image.fromarray(mask, mode="P")
        image.putpalette([0, 0, 0] * 256)
        image.save(root / "SegmentationClass" / f"{name}.png")
    return root


@pytest.fixture
def options(tmp_path: Path) -> argparse.Namespace:
    (tmp_path / "index.csv").write_text(
        "shard,file,source,label\ntrain-00.zip,a,s,field\ntrain-00.zip,b,s,flag\nval.zip,c,s,hat\n"
    )
    made = _options(["--photos", str(tmp_path), "--size", "32", "--pictures", "100"])
    made.voc = voc(tmp_path / "voc")
    return made


def training(name: str, options: argparse.Namespace) -> System:
    options.system = name
    options.rebalance = 0.5
    system = systems.find(name)(options)
    system.prepare(photos())
    return system


def batch(step: int, size: int = 32) -> Batch:
    rng = np.random.default_rng(step)
    L, ab, labels = draw_labeled_batch(photos(), 3, size, rng)
    return Batch(L, ab, labels, rng, "cpu", 0.5)


@pytest.mark.parametrize("name", LITERATURE)
def test_the_loss_falls(name: str, options: argparse.Namespace) -> None:
    torch.manual_seed(0)
    system = training(name, options)
    net = system.network().train()
    trained = [p for p in net.parameters() if p.requires_grad]
    # Steps by the sign need no state, whose upkeep is most of the time of the big networks. The
    # colors of `fusion` are not scaled, so its weights have far to go.
    rate, steps = (6e-2, 16) if name == "fusion" else (3e-4, 6)
    found = []
    for _ in range(steps):
        loss = system.loss(net, batch(0))
        loss.backward()
        with torch.no_grad():
            for p in trained:
                p -= rate * p.grad.sign()
                p.grad = None
        found.append(loss.item())
    assert found[-1] < 0.9 * found[0]


@pytest.mark.parametrize("name", LITERATURE)
def test_an_export_is_what_the_registry_loads(
    name: str, options: argparse.Namespace, tmp_path: Path
) -> None:
    torch.manual_seed(1)
    system = training(name, options)
    net = system.network()
    L = picture(32, 48)
    checkpoint.export(tmp_path / "x.safetensors", net.state_dict(), system.config(net, 32))
    loaded = load_colorizer(name, weights=tmp_path / "x.safetensors")
    assert (loaded.name, loaded.size) == (name, 32)
    expected = system.colorizer(net, 32).colorize(L).ab
    # Kernels are stored as float16.
    assert (loaded.colorize(L).ab - expected).abs().max() < 0.3 * expected.std() + 0.5
    with safe_open(tmp_path / "x.safetensors", framework="pt") as file:
        assert f'"system": "{name}"' in file.metadata()["config"]


def test_weights_of_another_system_are_refused(options: argparse.Namespace, tmp_path: Path) -> None:
    system = training("fusion", options)
    net = system.network()
    checkpoint.export(tmp_path / "x.safetensors", net.state_dict(), system.config(net, 32))
    from vidcolor.errors import WeightsError

    with pytest.raises(WeightsError, match="fusion"):
        load_colorizer("resnet18-regression", weights=tmp_path / "x.safetensors")


def test_simulated_points_tell_the_truth() -> None:
    truth = torch.rand(64, 2, 176, 176) * 100 - 50
    hints, mask = simulate_points(truth, np.random.default_rng(0))
    bare = (mask.flatten(1).sum(1) == 0).float().mean()
    assert 0.4 < bare < 0.75
    assert (hints[(mask == 0).expand_as(hints)] == 0).all()
    for i in torch.nonzero(mask.flatten(1).sum(1) == 1).flatten():
        assert torch.equal((hints * mask)[i], (truth * mask)[i])


def test_simulated_palettes_are_kept_back_at_random() -> None:
    L, ab = torch.full((64, 1, 16, 16), 60.0), torch.full((64, 2, 16, 16), 20.0)
    palette, saturation = simulate_global(L, ab, np.random.default_rng(0))
    assert palette.shape == (64, 314)
    assert saturation.shape == (64, 2)
    for values in (palette, saturation):
        given = values[:, -1]
        assert 15 < given.sum() < 50
        assert (values[given == 0] == 0).all()
    assert torch.allclose(palette[:, :-1].sum(1), palette[:, -1])


def test_cells_of_the_grid() -> None:
    ab = torch.tensor([[-110.0, 0.0, 112.0], [-110.0, 4.0, 110.0]]).view(1, 2, 1, 3)
    assert cells(ab).tolist() == [[[0, 11 * 23 + 11, 528]]]


def test_voc_masks_keep_their_classes_and_borders(tmp_path: Path) -> None:
    found = load_voc(voc(tmp_path))
    assert found.classes == 21
    assert set(np.unique(found.masks[0])) == {0, 15, IGNORED}
    L, ab, masks = draw_segments(found, 8, 32, np.random.default_rng(0))
    assert (L.shape, ab.shape, masks.shape) == ((8, 1, 32, 32), (8, 2, 32, 32), (8, 8, 8))
    assert set(masks.unique().tolist()) <= {0, 15, IGNORED}
    # Lit where the thing is: mask and picture were cut and mirrored together.
    lit = torch.nn.functional.avg_pool2d(L, 4)[:, 0]
    assert lit[masks == 15].mean() > lit[masks == 0].mean() + 20


def test_camvid_has_eleven_classes(data: Path) -> None:
    found = load_camvid(data / "camvid", "val")
    assert found.classes == 11
    assert {int(m.max()) for m in found.masks} <= {*range(11), IGNORED}
    assert found.pictures[0].shape[:2] == found.masks[0].shape


def test_budgets() -> None:
    stages = [(64, 300), (128, 25)]
    by_pictures = Budget(stages)
    assert by_pictures.cost == 64**2 * 400
    assert by_pictures.progress(Spent(cost=64**2 * 100)) == 0.25
    assert [by_pictures.size(p) for p in (0, 0.7, 0.8, 1)] == [64, 64, 128, 128]
    by_time = Budget(stages, minutes=2)
    assert by_time.progress(Spent(cost=64**2 * 999, busy=60)) == 0.5
