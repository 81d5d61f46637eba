"""Color science: luma to lightness, ab to chroma planes, matrices and ranges.

Code values and matrices are used only in this module. Lab is CIE 1976 with the D65 white point; RGB
is gamma-encoded as in the file, and its transfer function is taken to be that of sRGB.
"""

from __future__ import annotations

import functools

import numpy as np
import torch
from torch import Tensor

from .types import ColorTags

# Kr, Kb of ITU-R BT.601, BT.709 and BT.2020 (non-constant luminance).
_LUMA_WEIGHTS = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}
# CIE 1976: below this root L*, a* and b* are linear. sRGB: below this light its codes are.
_KNEE, _DARK = 6 / 29, 0.0031308
# D65, and linear sRGB (IEC 61966-2-1) of X, Y, Z; the figures of kornia, which `rgb_to_lab` uses.
_WHITE = np.array((0.95047, 1.0, 1.08883))
_XYZ_TO_RGB = np.array(
    (
        (3.2404813432005266, -1.5371515162713185, -0.4985363261688878),
        (-0.9692549499965682, 1.8759900014898907, 0.0415559265582928),
        (0.0556466391351772, -0.2040413383665112, 1.0573110696453443),
    )
)


def luma_range(tags: ColorTags) -> tuple[float, float]:
    """Codes of black and white (ITU-R BT.709, BT.2100: 16 and 235 at 8 bits in limited range)."""
    if tags.full_range:
        return 0.0, float(2**tags.depth - 1)
    scale = 2 ** (tags.depth - 8)
    return 16.0 * scale, 235.0 * scale


def lab_to_rgb(L: Tensor, ab: Tensor) -> Tensor:
    """L `(B, 1, h, w)` and ab `(B, 2, h, w)` -> RGB `(B, 3, h, w)` in [0, 1], clipped."""
    # importing it takes a fifth of a second, and a run needs it not
    import kornia.color

    return kornia.color.lab_to_rgb(torch.cat((L, ab), dim=1), clip=True)


def rgb_to_lab(rgb: Tensor) -> tuple[Tensor, Tensor]:
    """RGB `(B, 3, h, w)` in [0, 1] -> L `(B, 1, h, w)` and ab `(B, 2, h, w)`."""
    import kornia.color

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


def chroma(L: np.ndarray, ab: np.ndarray, matrix: str) -> np.ndarray:
    """Converts colors to color differences.

    Colors outside the RGB gamut are clipped in RGB first, which avoids artifacts in the planes.

    Args:
        L: float32 `(h, w)`, L* in [0, 100].
        ab: float32 `(2, h, w)`, a* and b*.
        matrix: "bt601", "bt709" or "bt2020".

    Returns:
        float32 `(2, h, w)`: Cb and Cr in [-0.5, 0.5] (ITU-R BT.709, item 3.3).
    """
    kr, kb = _LUMA_WEIGHTS[matrix]
    red, green, blue = _planes_of_lab(L, ab)
    luma = np.float32(kr) * red
    green *= np.float32(1 - kr - kb)
    luma += green
    luma += np.float32(kb) * blue
    made = np.stack((blue, red))
    made -= luma
    made *= np.array([0.5 / (1 - kb), 0.5 / (1 - kr)], np.float32)[:, None, None]
    # rounding must not color what has no color: at 16 bits it would be seen in the codes
    np.copyto(made, 0, where=~ab.any(axis=0))
    return made


def _planes_of_lab(L: np.ndarray, ab: np.ndarray) -> list[np.ndarray]:
    """As `lab_to_rgb`, of one image in host memory, in a fifth of the time."""
    middle = L * np.float32(1 / 116)
    middle += np.float32(16 / 116)
    roots = [ab[0] * np.float32(1 / 500), middle, ab[1] * np.float32(-1 / 200)]
    roots[0] += middle
    roots[2] += middle
    np.maximum(roots[2], 0, out=roots[2])
    xyz = []
    for root in roots:
        power = root * root
        power *= root
        is_dark = root <= np.float32(_KNEE)
        root -= np.float32(4 / 29)
        root *= np.float32(3 * _KNEE**2)
        np.copyto(power, root, where=is_dark)
        xyz.append(power)
    planes, part = [], np.empty_like(L)
    for row in _XYZ_TO_RGB * _WHITE:
        plane = xyz[0] * np.float32(row[0])
        for value, weight in zip(xyz[1:], row[1:], strict=True):
            np.multiply(value, np.float32(weight), out=part)
            plane += part
        is_dark = plane <= np.float32(_DARK)
        np.clip(plane, 0, 1, out=plane)
        np.multiply(plane, np.float32(12.92), out=part)
        # the power of 0 takes longer than all others
        np.maximum(plane, np.float32(_DARK), out=plane)
        np.power(plane, np.float32(1 / 2.4), out=plane)
        plane *= np.float32(1.055)
        plane -= np.float32(0.055)
        np.copyto(plane, part, where=is_dark)
        planes.append(plane)
    return planes


def chroma_scale(tags: ColorTags) -> tuple[float, float]:
    """Codes of a color difference of 1, and the code of gray."""
    gray = 2.0 ** (tags.depth - 1)
    return (2.0 * gray - 1 if tags.full_range else 1.75 * gray), gray


def chroma_codes(chroma_plane: np.ndarray, tags: ColorTags) -> np.ndarray:
    """Color differences in [-0.5, 0.5] -> codes, uint8 at 8 bits, else uint16, same shape."""
    span, gray = chroma_scale(tags)
    codes = chroma_plane * np.float32(span)
    codes += np.float32(gray)
    return rounded_chroma(codes, tags)


def rounded_chroma(codes: np.ndarray, tags: ColorTags) -> np.ndarray:
    """Chroma codes, float32, clipped to what color differences can be and rounded.

    Args:
        codes: any shape; overwritten.

    Returns:
        uint8 at 8 bits, else uint16, same shape.
    """
    span, gray = chroma_scale(tags)
    codes += np.float32(0.5)
    least, most = gray + 0.5 - span / 2, min(gray + 0.5 + span / 2, 2.0 * gray - 0.5)
    np.clip(codes, np.float32(least), np.float32(most), out=codes)
    return codes.astype(np.uint8 if tags.depth == 8 else np.uint16)


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
