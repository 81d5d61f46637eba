"""Pictures that colorizers are measured on, each with its truth."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from vidcolor.color import rgb_to_lab
from vidcolor.config import RunConfig

from ..davis import data as davis_data


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and its truth: `L (1, 1, h, w)`, `ab (1, 2, h, w)`.

    Attributes:
        old: L* as an old film of it, which colorizers see in place of `L`; None = they see `L`.
    """

    name: str
    L: Tensor
    ab: Tensor
    old: Tensor | None = None

    @property
    def seen(self) -> Tensor:
        """What a colorizer is given."""
        return self.L if self.old is None else self.old


def to_picture(name: str, codes: np.ndarray) -> Picture:
    """A picture from BGR codes `(h, w, 3)`, uint8."""
    rgb = torch.from_numpy(codes[..., ::-1].copy()).permute(2, 0, 1)[None].float() / 255
    return Picture(name, *rgb_to_lab(rgb))


def photographs(archive: Path) -> Iterator[Picture]:
    """All pictures of a zip, in order of their names."""
    with zipfile.ZipFile(archive) as packed:
        for name in sorted(n for n in packed.namelist() if not n.endswith("/")):
            codes = cv2.imdecode(np.frombuffer(packed.read(name), np.uint8), cv2.IMREAD_COLOR)
            # Smaller ones have no room for SSIM's window.
            if codes is not None and min(codes.shape[:2]) >= 16:
                yield to_picture(name, codes)


def davis_frames(root: Path, every: int) -> Iterator[Picture]:
    """One frame in `every` of the DAVIS-2016 validation sequences, at the working size."""
    for name in davis_data.sequence_names(root, "2016/val"):
        files = sorted((root / "JPEGImages" / "480p" / name).glob("*.jpg"))[::every]
        for path in files:
            codes = davis_data.read_picture(path)
            scale = RunConfig().work_size / min(codes.shape[:2])
            size = [round(n * scale / 8) * 8 for n in codes.shape[1::-1]]
            small = cv2.resize(codes, size, interpolation=cv2.INTER_AREA)
            yield to_picture(f"{name}/{path.name}", small)
