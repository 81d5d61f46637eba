"""Color science: luma to lightness, ab to chroma planes, matrices and ranges.

Code values and matrices are used only in this module. Lab is CIE 1976 with the D65 white point; RGB
is gamma-encoded as in the file, and its transfer function is taken to be that of sRGB.
"""

from __future__ import annotations

import functools

import kornia.color
import numpy as np
import torch
from torch import Tensor

from .types import ColorTags

# Kr, Kb of ITU-R BT.601, BT.709 and BT.2020 (non-constant luminance).
_LUMA_WEIGHTS = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}


def luma_range(tags: ColorTags) -> tuple[float, float]:
    """Codes of black and white (ITU-R BT.709, BT.2100: 16 and 235 at 8 bits in limited range)."""
    if tags.full_range:
        return 0.0, float(2**tags.depth - 1)
    scale = 2 ** (tags.depth - 8)
    return 16.0 * scale, 235.0 * scale


def lab_to_rgb(L: Tensor, ab: Tensor) -> Tensor:
    """L `(B, 1, h, w)` and ab `(B, 2, h, w)` -> RGB `(B, 3, h, w)` in [0, 1], clipped."""
    return kornia.color.lab_to_rgb(torch.cat((L, ab), dim=1), clip=True)


def rgb_to_lab(rgb: Tensor) -> tuple[Tensor, Tensor]:
    """RGB `(B, 3, h, w)` in [0, 1] -> L `(B, 1, h, w)` and ab `(B, 2, h, w)`."""
    lab = kornia.color.rgb_to_lab(rgb)
    return lab[:, :1], lab[:, 1:]


@functools.lru_cache(maxsize=8)
def lightness_table(tags: ColorTags) -> np.ndarray:
    """L* of every luma code: float32 `(2 ** depth,)` in [0, 100].

    In a gray image R = G = B = Y', so L* is a function of the code alone and the table is exact.
    """
    black, white = luma_range(tags)
    codes = torch.arange(2**tags.depth, dtype=torch.float64)
    gray = ((codes - black) / (white - black)).clamp(0, 1)
    linear = torch.where(gray <= 0.04045, gray / 12.92, ((gray + 0.055) / 1.055) ** 2.4)
    cube = torch.where(
        linear > (6 / 29) ** 3, linear.clamp(min=1e-12) ** (1 / 3), linear * 841 / 108 + 4 / 29
    )
    return (116 * cube - 16).to(torch.float32).numpy()


def lightness(y: np.ndarray, tags: ColorTags) -> Tensor:
    """Luma codes `(h, w)` -> L* `(1, 1, h, w)`, exact for a gray image."""
    return torch.from_numpy(lightness_table(tags)[y])[None, None]


def luma_of_rgb(rgb: np.ndarray) -> np.ndarray:
    """RGB codes `(H, W, 3)` -> full-range luma codes `(H, W)` of the same dtype (BT.709)."""
    kr, kb = _LUMA_WEIGHTS["bt709"]
    weights = np.array((kr, 1 - kr - kb, kb), np.float32)
    top = np.iinfo(rgb.dtype).max
    return np.clip(rgb @ weights + 0.5, 0, top).astype(rgb.dtype)


def chroma(L: Tensor, ab: Tensor, matrix: str) -> Tensor:
    """Converts colors to color differences.

    Colors outside the RGB gamut are clipped in RGB first, which avoids artifacts in the planes.

    Args:
        L: `(B, 1, h, w)`, L* in [0, 100].
        ab: `(B, 2, h, w)`, a* and b*.
        matrix: "bt601", "bt709" or "bt2020".

    Returns:
        `(B, 2, h, w)`: Cb and Cr in [-0.5, 0.5] (ITU-R BT.709, item 3.3).
    """
    kr, kb = _LUMA_WEIGHTS[matrix]
    red, green, blue = lab_to_rgb(L, ab).unbind(1)
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    made = torch.stack(((blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr))), dim=1)
    # rounding must not color what has no color: at 16 bits it would be seen in the codes
    return torch.where((ab == 0).all(dim=1, keepdim=True), torch.zeros_like(made), made)


def chroma_codes(chroma_plane: np.ndarray, tags: ColorTags) -> np.ndarray:
    """Color differences in [-0.5, 0.5] -> codes, uint8 at 8 bits, else uint16, same shape."""
    top = 2**tags.depth - 1
    span = float(top) if tags.full_range else 224.0 * 2 ** (tags.depth - 8)
    codes = chroma_plane * np.float32(span) + np.float32(2 ** (tags.depth - 1) + 0.5)
    return np.clip(codes, 0, top).astype(np.uint8 if tags.depth == 8 else np.uint16)


def planes_to_open_rgb(y: np.ndarray, u: np.ndarray, v: np.ndarray, tags: ColorTags) -> np.ndarray:
    """Luma and chroma codes, all `(h, w)`, -> RGB, float32 `(h, w, 3)`, not clipped.

    Colors outside the RGB gamut lie outside [0, 1].
    """
    kr, kb = _LUMA_WEIGHTS[tags.matrix]
    black, white = luma_range(tags)
    span = 2**tags.depth - 1 if tags.full_range else 224 * 2 ** (tags.depth - 8)
    luma = (y.astype(np.float32) - black) / (white - black)
    cb, cr = ((p.astype(np.float32) - 2 ** (tags.depth - 1)) / span for p in (u, v))
    red = luma + 2 * (1 - kr) * cr
    blue = luma + 2 * (1 - kb) * cb
    green = (luma - kr * red - kb * blue) / (1 - kr - kb)
    return np.stack((red, green, blue), axis=-1)


def planes_to_rgb(y: np.ndarray, u: np.ndarray, v: np.ndarray, tags: ColorTags) -> np.ndarray:
    """Luma and chroma codes, all `(h, w)`, -> RGB for display, uint8 `(h, w, 3)`."""
    rgb = planes_to_open_rgb(y, u, v, tags)
    return np.clip(rgb * 255 + 0.5, 0, 255).astype(np.uint8)
