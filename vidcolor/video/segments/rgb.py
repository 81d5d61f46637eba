"""YUV pictures as RGB or as JPEG has them, for encoders that know nothing else."""

from __future__ import annotations

import cv2
import numpy as np
from av.video.frame import VideoFrame

from ...types import ColorTags
from ..read.rgb import WEIGHTS

_TOPS = {"rgb24": 255, "yuvj444p": 255, "gbrp10be": 1023, "gbrp12be": 4095}
_PLANES = {"gbrp10be": (1, 2, 0), "gbrp12be": (1, 2, 0), "yuvj444p": (0, 1, 2)}
"""Which of red, green, blue (or Y, Cb, Cr) each plane of planar formats holds."""


class RgbConverter:
    """Turns planes of 4:4:4 pictures into RGB of full range, rounded once (at 16 bits to a code).

    libav's own conversion loses half a percent of white at 16 bits.

    Args:
        pix_fmt: "rgb24", "rgb48be", "rgb48le", "gbrp10be", "gbrp12be", or "yuvj444p": YCbCr of full
            range by BT.601, as JPEG files have it (JFIF 1.02).
        tags: how the planes' codes are read.
    """

    def __init__(self, pix_fmt: str, tags: ColorTags) -> None:
        self._pix_fmt = pix_fmt
        self._top = _TOPS.get(pix_fmt, 65535)
        self._dtype = np.dtype(np.uint8 if self._top == 255 else np.uint16)
        step = 2.0 ** (tags.depth - 8)
        black, luma_span, chroma_span = 16 * step, 219 * step, 224 * step
        if tags.full_range:
            black, luma_span, chroma_span = 0.0, 2.0**tags.depth - 1, 2.0**tags.depth - 1
        matrix = _to_rgb(tags.matrix) / np.array([luma_span, chroma_span, chroma_span]) * self._top
        offset = -matrix @ np.array([black, 128 * step, 128 * step])
        if pix_fmt == "yuvj444p":
            inverse = np.linalg.inv(_to_rgb("bt601"))
            matrix, offset = inverse @ matrix, inverse @ offset + np.array([0, 128, 128])
        self._matrix = np.column_stack((matrix, offset)).astype(np.float32)

    def convert(self, y: np.ndarray, u: np.ndarray, v: np.ndarray) -> VideoFrame:
        """Codes `(H, W)`, uint8 or uint16 each, as one picture without timestamp."""
        planes = cv2.merge([y, u, v]).astype(np.float32)
        rgb = cv2.transform(planes, self._matrix)
        codes = np.clip(np.rint(rgb), 0, self._top).astype(self._dtype)
        order = _PLANES.get(self._pix_fmt)
        if order is None:
            return VideoFrame.from_ndarray(codes, format=self._pix_fmt)
        picture = VideoFrame(y.shape[1], y.shape[0], self._pix_fmt)
        stored = self._dtype if self._dtype == np.uint8 else np.dtype(">u2")
        for plane, number in zip(picture.planes, order, strict=True):
            rows = np.frombuffer(memoryview(plane), stored)
            rows = rows.reshape(-1, plane.line_size // stored.itemsize)
            rows[: y.shape[0], : y.shape[1]] = codes[..., number]
        return picture


def _to_rgb(matrix: str) -> np.ndarray:
    """Y in [0, 1], Cb and Cr in [-0.5, 0.5] -> RGB in [0, 1]: float64 `(3, 3)`."""
    kr, kb = WEIGHTS[matrix]
    kg = 1 - kr - kb
    return np.array(
        [
            [1, 0, 2 * (1 - kr)],
            [1, -2 * kb * (1 - kb) / kg, -2 * kr * (1 - kr) / kg],
            [1, 2 * (1 - kb), 0],
        ]
    )
