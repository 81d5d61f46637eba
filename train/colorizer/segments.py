"""Pictures whose every pixel is named: Pascal VOC, or CamVid in its small form."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .photos import split_lab, to_lab

IGNORED = 255
_CAMVID_UNLABELED = 11


@dataclass(frozen=True)
class SegmentSet:
    """Pictures and their masks.

    Attributes:
        pictures: uint8 `(H, W, 3)` each, RGB.
        masks: uint8 `(H, W)` each, number of the class, 255 = ignored.
        classes: how many there are.
    """

    pictures: list[np.ndarray]
    masks: list[np.ndarray]
    classes: int


def load_voc(root: Path, split: str = "train") -> SegmentSet:
    """Pascal VOC 2012: 20 classes and background; the border of things is ignored.

    Args:
        root: the folder with `JPEGImages`, `SegmentationClass` and `ImageSets`.
        split: name of a list in `ImageSets/Segmentation`.
    """
    names = (root / "ImageSets" / "Segmentation" / f"{split}.txt").read_text().split()
    pictures = [_picture(root / "JPEGImages" / f"{name}.jpg") for name in names]
    # Masks are pictures with a palette, whose indices are the classes.
    masks = [np.asarray(Image.open(root / "SegmentationClass" / f"{name}.png")) for name in names]
    return SegmentSet(pictures, masks, 21)


def load_camvid(root: Path, split: str = "train") -> SegmentSet:
    """CamVid at 240 x 180: 11 classes; the twelfth, unlabeled, is ignored."""
    files = sorted((root / split).iterdir())
    masks = [
        np.array(Image.open(root / f"{split}annot" / f.with_suffix(".png").name)) for f in files
    ]
    for mask in masks:
        mask[mask == _CAMVID_UNLABELED] = IGNORED
    return SegmentSet([_picture(f) for f in files], masks, 11)


def _picture(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def draw_segments(
    found: SegmentSet, batch: int, size: int, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Random square crops, resized and mirrored.

    Returns:
        L `(B, 1, s, s)`, ab `(B, 2, s, s)`, and classes int64 `(B, s/4, s/4)`, the nearest pixel's,
        255 = ignored.
    """
    crops = np.empty((batch, size, size, 3), np.uint8)
    masks = np.empty((batch, size // 4, size // 4), np.int64)
    for i, index in enumerate(rng.integers(len(found.pictures), size=batch)):
        picture, mask = found.pictures[index], found.masks[index]
        short = min(mask.shape)
        side = round(short * rng.uniform(0.4, 1) ** 0.5)
        top, left = (int(rng.integers(n - side + 1)) for n in mask.shape)
        patch = (slice(top, top + side), slice(left, left + side))
        mirror = slice(None, None, -1 if rng.random() < 0.5 else 1)
        crops[i] = cv2.resize(picture[patch], (size, size), interpolation=cv2.INTER_AREA)[:, mirror]
        small = cv2.resize(mask[patch], (size // 4,) * 2, interpolation=cv2.INTER_NEAREST)
        masks[i] = small[:, mirror]
    return *split_lab(to_lab(crops)), torch.from_numpy(masks)
