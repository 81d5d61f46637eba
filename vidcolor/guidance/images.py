"""Images that people send back: decoded, 8 or 16 bits, with or without transparency."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from .. import color
from ..geometry import Size

ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp")


@dataclass(frozen=True, slots=True)
class Image:
    """A color image.

    Attributes:
        rgb: float32 `(h, w, 3)` in [0, 1], multiplied by `alpha`.
        alpha: float32 `(h, w)` in [0, 1], 0 = transparent.
    """

    rgb: np.ndarray
    alpha: np.ndarray

    @property
    def size(self) -> Size:
        """Width and height."""
        return Size(self.alpha.shape[1], self.alpha.shape[0])

    @property
    def is_gray(self) -> bool:
        """Whether no pixel has a color."""
        return bool((self.rgb.max(-1) - self.rgb.min(-1)).max() < 0.005)

    def colors(self, size: Size) -> tuple[np.ndarray, np.ndarray]:
        """Its a* and b* `(2, h, w)` and opacity `(h, w)`, float32, at another size."""
        rgb, alpha = _resized(self.rgb, size), _resized(self.alpha, size)
        rgb = rgb / np.maximum(alpha, 1e-4)[..., None]
        x = torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1)))[None].clamp(0, 1)
        return color.rgb_to_lab(x)[1][0].numpy(), np.clip(alpha, 0, 1)


def read_image(path: Path) -> Image:
    """Decodes a PNG, JPEG, TIFF or WebP, turned as its EXIF says; colors are taken for sRGB.

    Raises:
        ValueError: it cannot be read, or has no color; says why.
    """
    data = _bytes_of(path)
    shown = _decoded(data, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    codes = _turned_like(_decoded(data, cv2.IMREAD_UNCHANGED), shown)
    if codes.dtype not in (np.uint8, np.uint16):
        raise ValueError("neither 8 nor 16 bits a channel")
    if codes.ndim == 2 or codes.shape[2] < 3:
        raise ValueError("a gray image says nothing of colors")
    values = codes.astype(np.float32) / np.iinfo(codes.dtype).max
    rgb = np.ascontiguousarray(values[..., 2::-1])
    if codes.shape[2] == 3:
        return Image(rgb, np.ones(rgb.shape[:2], np.float32))
    alpha = np.ascontiguousarray(values[..., 3])
    # libtiff's own reader of 8 bits multiplies
    is_multiplied = codes.dtype == np.uint8 and path.suffix.lower() in (".tif", ".tiff")
    return Image(rgb if is_multiplied else rgb * alpha[..., None], alpha)


def read_photo(path: Path, short_side: int) -> np.ndarray:
    """Decodes a photograph, turned as its camera noted: uint8 RGB `(h, w, 3)`, made small.

    Raises:
        ValueError: it cannot be read, or has no color; says why.
    """
    rgb = _decoded(_bytes_of(path), cv2.IMREAD_COLOR)[..., ::-1]
    if (rgb.max(-1).astype(int) - rgb.min(-1)).max() < 2:
        raise ValueError("a gray image says nothing of colors")
    scale = short_side / min(rgb.shape[:2])
    size = Size(*(max(1, round(n * scale)) for n in rgb.shape[1::-1]))
    return rgb if scale >= 1 else _resized(np.ascontiguousarray(rgb), size)


def _turned_like(codes: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """The codes of a file, turned as its colors alone are, whose decoder heeds EXIF."""
    if codes.ndim == 2:
        return codes
    for turns in range(4):
        turned = np.rot90(codes, turns)
        for found in (turned, turned[:, ::-1]):
            if np.array_equal(found[..., :3], shown):
                return np.ascontiguousarray(found)
    return codes


def _bytes_of(path: Path) -> np.ndarray:
    try:
        if path.exists() and not path.is_file():
            raise ValueError("not a file")
        return np.fromfile(path, np.uint8)
    except OSError as err:
        raise ValueError(f"cannot be read ({err.strerror})") from err


def _decoded(data: np.ndarray, flags: int) -> np.ndarray:
    try:
        codes = cv2.imdecode(data, flags) if len(data) else None
    except cv2.error as err:
        raise ValueError("cannot be read as an image") from err
    if codes is None:
        raise ValueError("cannot be read as an image")
    return codes


def _resized(image: np.ndarray, size: Size) -> np.ndarray:
    is_smaller = size.width <= image.shape[1] and size.height <= image.shape[0]
    return np.asarray(
        cv2.resize(image, size, interpolation=cv2.INTER_AREA if is_smaller else cv2.INTER_LINEAR)
    )
