"""Photographs for training: decoded once, kept as uint8, drawn evenly over their sources."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor

# Validation photographs: of the first sources, and of those that show what films show.
VALIDATION = ("val.zip", "val2.zip")
# What a source is worth beside others of its size: rooms, people, streets and food more, cut-out
# things, single faces and graded pictures less.
_WORTH = {
    "miniplaces": 1.6,
    "corel5k": 1.5,
    "nyu_rooms": 1.5,
    "osie": 2.0,
    "flickr8k_part": 2.0,
    "tiny_coco": 2.0,
    "coco_part": 2.0,
    "cars": 1.2,
    "cooked_food": 1.2,
    "nips17_adv": 1.5,
    "imagenet_sample": 1.5,
    "bsds500": 1.5,
    "houses": 1.3,
    "caltech101": 0.7,
    "facial_expr": 0.4,
    "face_images": 0.6,
    "facemask": 0.6,
    "exif_samples": 0.5,
    "unsplash_more": 0.6,
    "pacs_photo": 0.7,
}


@dataclass(frozen=True)
class PhotoSet:
    """Photographs in one flat array.

    Attributes:
        pixels: uint8, all photographs one after another, RGB.
        offsets: int64 `(N,)`, where each begins.
        sizes: int32 `(N, 2)`, height and width of each.
        weights: float64 `(N,)`, chance of each to be drawn; sums to 1.
        labels: int64 `(N,)`, number of what each shows in `label_names`, -1 = not known.
    """

    pixels: np.ndarray
    offsets: np.ndarray
    sizes: np.ndarray
    weights: np.ndarray
    labels: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.offsets)

    def photo(self, index: int) -> np.ndarray:
        """uint8 `(H, W, 3)`, RGB."""
        h, w = self.sizes[index]
        start = self.offsets[index]
        return self.pixels[start : start + h * w * 3].reshape(h, w, 3)


def _decode(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def _train_rows(root: Path) -> list[dict[str, str]]:
    with (root / "index.csv").open(newline="") as lines:
        return [r for r in csv.DictReader(lines) if r["shard"].startswith("train")]


def label_names(roots: Sequence[Path]) -> list[str]:
    """Names of the classes that some of the training photographs below `roots` bear."""
    return sorted({r["label"] for root in roots for r in _train_rows(root)} - {""})


def load_train_photos(roots: Sequence[Path], cache: Path) -> PhotoSet:
    """All training photographs below `roots`, decoded into `cache` at the first call.

    A source is drawn in proportion to the square root of its size, so that the big ones do not
    drown the others, times what it is worth to film. The cache bears a hash of what the indexes
    list, so that other photographs are decoded anew.
    """
    rows = [(root, row) for root in roots for row in _train_rows(root)]
    listed = "".join(f"{row['shard']}/{row['file']}\n" for _, row in rows)
    stem = f"photos-{hashlib.sha256(listed.encode()).hexdigest()[:12]}"
    cache.mkdir(parents=True, exist_ok=True)
    pixels_file, table_file = cache / f"{stem}.rgb", cache / f"{stem}.npz"
    if not table_file.exists():
        sizes = _decode_all(rows, pixels_file)
        lengths = sizes.astype(np.int64).prod(1) * 3
        np.savez(table_file, sizes=sizes, offsets=np.cumsum(lengths) - lengths)
    table = np.load(table_file)
    names, source, counts = np.unique(
        [r["source"] for _, r in rows], return_inverse=True, return_counts=True
    )
    worth = np.array([_WORTH.get(name, 1.0) for name in names.tolist()])
    weights = (worth * counts**0.5 / counts)[source]
    numbers = {name: i for i, name in enumerate(label_names(roots))}
    return PhotoSet(
        pixels=np.memmap(pixels_file, np.uint8, mode="r"),
        offsets=table["offsets"],
        sizes=table["sizes"],
        weights=weights / weights.sum(),
        labels=np.array([numbers.get(r["label"], -1) for _, r in rows]),
    )


def _decode_all(rows: list[tuple[Path, dict[str, str]]], pixels_file: Path) -> np.ndarray:
    """Writes all pixels one after another; int32 `(N, 2)`, height and width of each."""
    names = {(root, row["shard"]) for root, row in rows}
    shards = {(root, name): zipfile.ZipFile(root / name) for root, name in names}
    sizes, part = [], pixels_file.with_suffix(".part")
    with part.open("wb") as pixels:
        for root, row in rows:
            photo = _decode(shards[root, row["shard"]].read(row["file"]))
            sizes.append(photo.shape[:2])
            pixels.write(photo.tobytes())
    part.replace(pixels_file)
    return np.array(sizes, np.int32)


def load_val_photos(root: Path, archive: str = VALIDATION[0]) -> list[np.ndarray]:
    """Validation photographs, uint8 `(H, W, 3)`, RGB. Never trained on."""
    with zipfile.ZipFile(root / archive) as shard:
        return [_decode(shard.read(name)) for name in sorted(shard.namelist()) if "." in name]


def to_lab(rgb: np.ndarray) -> np.ndarray:
    """uint8 `(..., w, 3)` sRGB -> float32 CIE Lab of the same shape, D65."""
    flat = rgb.reshape(-1, rgb.shape[-2], 3).astype(np.float32) / 255
    return cv2.cvtColor(flat, cv2.COLOR_RGB2Lab).reshape(rgb.shape)


def split_lab(lab: np.ndarray) -> tuple[Tensor, Tensor]:
    """Lab `(B, h, w, 3)` -> L `(B, 1, h, w)` and ab `(B, 2, h, w)`, float32."""
    planes = torch.from_numpy(lab).permute(0, 3, 1, 2)
    return planes[:, :1].contiguous(), planes[:, 1:].contiguous()


def draw_batch(
    photos: PhotoSet, batch: int, size: int, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Random square crops, resized and mirrored, as L `(B, 1, s, s)` and ab `(B, 2, s, s)`."""
    return draw_labeled_batch(photos, batch, size, rng)[:2]


def draw_labeled_batch(
    photos: PhotoSet, batch: int, size: int, rng: np.random.Generator, zoom: float = 0.4
) -> tuple[Tensor, Tensor, Tensor]:
    """The same, and what each shows, int64 `(B,)`, -1 where that is not known."""
    crops, labels = draw_crops(photos, batch, size, rng, zoom)
    return *split_lab(to_lab(crops)), labels


def draw_crops(
    photos: PhotoSet, batch: int, size: int, rng: np.random.Generator, zoom: float = 0.4
) -> tuple[np.ndarray, Tensor]:
    """Random square crops, uint8 RGB `(B, s, s, 3)`, and what each shows, int64 `(B,)`.

    A crop holds `zoom` to all of the biggest square of a photograph, by its area.
    """
    crops = np.empty((batch, size, size, 3), np.uint8)
    chosen = rng.choice(len(photos), batch, p=photos.weights)
    for i, index in enumerate(chosen):
        photo = photos.photo(int(index))
        short = min(photo.shape[:2])
        side = round(short * rng.uniform(zoom, 1) ** 0.5)
        # A little stretch: film is seldom seen in its exact proportions.
        h, w = np.minimum((side * rng.uniform(0.9, 1.1, 2)).astype(int), photo.shape[:2])
        top, left = rng.integers(photo.shape[0] - h + 1), rng.integers(photo.shape[1] - w + 1)
        crop = photo[top : top + h, left : left + w]
        shrink = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
        crops[i] = cv2.resize(crop, (size, size), interpolation=shrink)
        if rng.random() < 0.5:
            crops[i] = crops[i, :, ::-1].copy()
    labels = np.full(batch, -1) if photos.labels is None else photos.labels[chosen]
    return crops, torch.from_numpy(labels)
