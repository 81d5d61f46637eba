"""Photographs for training: the cache, other repositories, films of several makes, hints."""

from __future__ import annotations

import io
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from train.colorizer import more_photos
from train.colorizer.more_photos import Known, Repository
from train.colorizer.old_film import age, film_lightness
from train.colorizer.photos import load_train_photos
from train.colorizer.simulated_hints import simulated_hints


def _colors(seed: int, h: int = 120, w: int = 160) -> np.ndarray:
    rough = np.random.default_rng(seed).integers(0, 256, (6, 8, 3)).astype(np.uint8)
    return np.asarray(Image.fromarray(rough).resize((w, h), Image.Resampling.BICUBIC))


def _encoded(colors: np.ndarray, kind: str = "PNG") -> bytes:
    data = io.BytesIO()
    Image.fromarray(colors).save(data, kind)
    return data.getvalue()


def _shards(root: Path, seeds: list[int]) -> Path:
    root.mkdir(exist_ok=True)
    with zipfile.ZipFile(root / "train-00.zip", "w") as archive:
        for seed in seeds:
            archive.writestr(f"{seed}.png", _encoded(_colors(seed)))
    rows = [f"train-00.zip,{seed}.png,source{seed % 2},\n" for seed in seeds]
    (root / "index.csv").write_text("shard,file,source,label\n" + "".join(rows))
    return root


def test_the_cache_notices_a_changed_index(tmp_path: Path) -> None:
    root, cache = _shards(tmp_path / "photos", [1, 2]), tmp_path / "cache"
    assert len(load_train_photos([root], cache)) == 2
    _shards(root, [1, 2, 3])
    found = load_train_photos([root], cache)
    assert len(found) == 3
    assert np.array_equal(found.photo(2), _colors(3))
    # The pixels are kept, not decoded anew.
    (root / "train-00.zip").unlink()
    assert len(load_train_photos([root], cache)) == 3


def test_several_folders_are_drawn_from_together(tmp_path: Path) -> None:
    roots = [_shards(tmp_path / name, seeds) for name, seeds in (("a", [1, 2]), ("b", [3]))]
    found = load_train_photos(roots, tmp_path / "cache")
    assert len(found) == 3
    assert found.weights.sum() == pytest.approx(1)
    assert np.array_equal(found.photo(2), _colors(3))


def test_photographs_of_a_repository_are_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = tmp_path / "mirrors" / "someone+photos" / "repo"
    (checkout / "pictures").mkdir(parents=True)
    kept_out = _colors(9)
    for name, colors in (
        ("a.jpg", _colors(1, 100, 150)),
        ("b.jpg", _colors(2, 400, 600)),
        ("gray.jpg", np.repeat(_colors(3)[..., :1], 3, axis=2)),
        ("tiny.jpg", _colors(4, 20, 30)),
        ("validation.jpg", kept_out),
        ("mirrored.jpg", np.ascontiguousarray(kept_out[:, ::-1])),
    ):
        (checkout / "pictures" / name).write_bytes(_encoded(colors, "JPEG"))
    (checkout / "other.jpg").write_bytes(_encoded(_colors(5), "JPEG"))
    git = ["git", "-C", str(checkout), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "photographs"]):
        subprocess.run([*git, *words], check=True)
    one = Repository("someone/photos", "pictures", ("HEAD",), ("pictures/",))
    monkeypatch.setattr(more_photos, "REPOSITORIES", (one,))
    out = tmp_path / "more"
    assert more_photos.pack(tmp_path / "mirrors", out, Known([kept_out])) == 2
    found = load_train_photos([out], tmp_path / "cache")
    assert sorted(found.photo(i).shape[0] for i in range(2)) == [100, 192]


def test_orthochromatic_film_sees_red_as_dark() -> None:
    red, blue = (np.zeros((400, 1, 1, 3), np.uint8) for _ in range(2))
    red[..., 0] = blue[..., 2] = 200
    seen_red, seen_blue = (
        film_lightness(x, np.random.default_rng(0)).flatten() for x in (red, blue)
    )
    eyes = 41.66
    assert seen_red.median().item() == pytest.approx(eyes, abs=0.5)
    is_ortho = seen_red < 0.75 * eyes
    assert 0.15 < is_ortho.float().mean() < 0.3
    assert seen_blue[is_ortho].min() > seen_blue.median()
    white = np.full((50, 2, 2, 3), 255, np.uint8)
    lightness = film_lightness(white, np.random.default_rng(0))
    assert lightness.shape == (50, 1, 2, 2)
    assert (lightness - 100).abs().max() < 0.1


def test_aging_repeats_and_stays_in_range() -> None:
    L = torch.linspace(0, 100, 48 * 48).view(1, 1, 48, 48).expand(40, -1, -1, -1)
    first, second = (age(L, np.random.default_rng(5)) for _ in range(2))
    assert torch.equal(first, second)
    assert first.min() >= 0
    assert first.max() <= 100
    untouched = (first == L).flatten(1).all(1).float().mean()
    assert 0.2 < untouched < 0.7


def test_half_of_the_pictures_bear_hints_and_points_are_true() -> None:
    rng = np.random.default_rng(0)
    tint = torch.from_numpy(rng.uniform(-40, 40, (400, 2, 1, 1)).astype(np.float32))
    ab = tint.expand(400, 2, 24, 24).contiguous()
    hints = simulated_hints(ab, rng)
    assert hints.ab.shape == ab.shape
    assert hints.weight.min() >= 0
    assert hints.weight.max() <= 1
    share = hints.weight.flatten(1).mean(1)
    assert 0.4 < (share == 0).float().mean() < 0.6
    is_point = (share > 0) & ((hints.weight == 0) | (hints.weight == 1)).flatten(1).all(1)
    is_point &= share < 0.2
    assert 0.1 < is_point.float().mean() < 0.35
    off = ((hints.ab - ab).abs() * hints.weight)[is_point]
    assert off.max() < 6
