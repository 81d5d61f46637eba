"""YUV pictures as RGB, for encoders that know nothing else."""

from __future__ import annotations

import cv2
import numpy as np
from av.video.frame import VideoFrame

from ...types import ColorTags

# Kr, Kb of ITU-R BT.601, BT.709 and BT.2020.
_WEIGHTS = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}


class RgbConverter:
    """Turns planes of 4:4:4 pictures into RGB of full range, rounded once (at 16 bits to a code).

    libav's own conversion loses half a percent of white at 16 bits.

    Args:
        pix_fmt: "rgb24" or "rgb48be".
        tags: how the planes' codes are read.
    """

    def __init__(self, pix_fmt: str, tags: ColorTags) -> None:
        self._pix_fmt = pix_fmt
        self._dtype = np.uint8 if pix_fmt == "rgb24" else np.uint16
        top = float(np.iinfo(self._dtype).max)
        step = 2.0 ** (tags.depth - 8)
        black, luma_span, chroma_span = 16 * step, 219 * step, 224 * step
        if tags.full_range:
            black, luma_span, chroma_span = 0.0, 2.0**tags.depth - 1, 2.0**tags.depth - 1
        kr, kb = _WEIGHTS[tags.matrix]
        kg = 1 - kr - kb
        matrix = np.array(
            [
                [1, 0, 2 * (1 - kr)],
                [1, -2 * kb * (1 - kb) / kg, -2 * kr * (1 - kr) / kg],
                [1, 2 * (1 - kb), 0],
            ]
        )
        matrix *= top / np.array([luma_span, chroma_span, chroma_span])
        zero = np.array([black, 128 * step, 128 * step])
        self._matrix = np.column_stack((matrix, -matrix @ zero)).astype(np.float32)

    def convert(self, y: np.ndarray, u: np.ndarray, v: np.ndarray) -> VideoFrame:
        """Codes `(H, W)`, uint8 or uint16 each, as one picture without timestamp."""
        planes = cv2.merge([y, u, v]).astype(np.float32)
        rgb = cv2.transform(planes, self._matrix)
        top = np.iinfo(self._dtype).max
        codes = np.clip(np.rint(rgb), 0, top).astype(self._dtype)
        return VideoFrame.from_ndarray(codes, format=self._pix_fmt)
