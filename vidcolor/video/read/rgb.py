"""RGB pictures as luma and chroma of the same depth and range: a gray pixel keeps its code.

libav's own conversion goes through the limited range, loses nine tenths of the levels of 16 bits,
and makes white clip.
"""

from __future__ import annotations

import av
import cv2
import numpy as np
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

# Kr, Kb of ITU-R BT.601, BT.709 and BT.2020.
WEIGHTS = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593)}
_FULL = 2


def is_rgb(layout: VideoFormat) -> bool:
    """Whether pictures of this format have no luma of their own: RGB, palettes, Bayer, XYZ."""
    name = layout.name
    return bool(layout.is_rgb or layout.has_palette or layout.is_bayer or name.startswith("xyz"))


def rgb_depth(layout: VideoFormat) -> int:
    """Bits of luma that hold all codes of an RGB format: 8, 9, 10, 12, 14 or 16."""
    bits = max(c.bits for c in layout.components)
    return next((depth for depth in (8, 9, 10, 12, 14) if bits <= depth), 16)


def has_linear_light(layout: VideoFormat) -> bool:
    """Whether codes are light itself, in floating point, as in EXR."""
    return "f16" in layout.name or "f32" in layout.name


def channels(
    picture: VideoFrame, depth: int, size: tuple[int, int], reformatter: VideoReformatter
) -> list[np.ndarray]:
    """Red, green and blue codes `(H, W)` of a picture, uint8 or uint16.

    Args:
        picture: in any RGB format.
        depth: bits of the codes wanted.
        size: (width, height) that it is scaled to.
        reformatter: one for the whole film.
    """
    name = picture.format.name
    fits = (picture.width, picture.height) == size
    if has_linear_light(picture.format) and name.startswith("gbr"):
        planes = [_encoded(plane, depth) for plane in _planar(picture)]
        return planes if fits else [cv2.resize(plane, size) for plane in planes]
    own = rgb_depth(picture.format) == depth and "msb" not in name
    # libav's scaler damages formats with alpha of more than 8 bits: their planes are read directly
    if not (fits and own and name.startswith("gbr")):
        picture = reformatter.reformat(
            picture, *size, format="gbrp" if depth == 8 else f"gbrp{depth}le",
            src_color_range=_FULL, dst_color_range=_FULL, interpolation="BICUBIC", threads=1,
        )  # fmt: skip
    return _planar(picture)


def luma(rgb: list[np.ndarray], matrix: str) -> np.ndarray:
    """Luma codes `(H, W)`, dtype of the channels; where they are equal, the same code."""
    red, green, blue = rgb
    if np.array_equal(red, green) and np.array_equal(green, blue):
        return green
    kr, kb = WEIGHTS[matrix]
    weights = np.array([[kr, 1 - kr - kb, kb]], np.float32)
    mixed = cv2.transform(cv2.merge([p.astype(np.float32) for p in rgb]), weights)
    return np.rint(mixed.reshape(red.shape)).astype(red.dtype)


def chroma(rgb: list[np.ndarray], y: np.ndarray, matrix: str, depth: int) -> list[np.ndarray]:
    """Full-range Cb and Cr codes `(H, W)` of the channels, given their luma."""
    kr, kb = WEIGHTS[matrix]
    top, neutral = 2**depth - 1, 2 ** (depth - 1)
    planes = []
    for plane, weight in ((rgb[2], kb), (rgb[0], kr)):
        difference = (plane.astype(np.float32) - y) / np.float32(2 * (1 - weight))
        planes.append(np.clip(np.rint(difference + neutral), 0, top).astype(y.dtype))
    return planes


def _planar(picture: VideoFrame) -> list[np.ndarray]:
    """Red, green and blue of a planar picture, in the machine's order of bytes."""
    name = picture.format.name
    bits = max(c.bits for c in picture.format.components)
    kind = "f" if has_linear_light(picture.format) else "u"
    order = ">" if name.endswith("be") else "<"
    dtype = np.dtype(f"{order}{kind}{1 if bits <= 8 else 2 if bits <= 16 else 4}")
    planes = []
    for number in (2, 0, 1):  # stored as green, blue, red
        plane: av.video.plane.VideoPlane = picture.planes[number]
        lines = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        codes = lines.view(dtype)[: plane.height, : plane.width]
        planes.append(codes.astype(dtype.newbyteorder("="), copy=not dtype.isnative))
    return planes


def _encoded(light: np.ndarray, depth: int) -> np.ndarray:
    """Linear light -> codes, by the curve of sRGB (IEC 61966-2-1); above 1 is clipped."""
    value = np.clip(np.nan_to_num(light.astype(np.float32)), 0, 1)
    curved = np.where(value <= 0.0031308, 12.92 * value, 1.055 * value ** (1 / 2.4) - 0.055)
    dtype = np.uint8 if depth == 8 else np.uint16
    return np.rint(curved * (2**depth - 1)).astype(dtype)
