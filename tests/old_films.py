"""Films as archives hand them over: tinted, partly in color, interlaced, telecined, doubled.

Every picture is a function of time or of a photograph-like scene, so that a test knows the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from tests.films import fill_plane
from vidcolor.video.read.fields import FieldMarker

WIDTH, HEIGHT = 160, 96
Planes = tuple[np.ndarray, np.ndarray, np.ndarray]
Tint = Callable[[np.ndarray], np.ndarray]
"""Gray in [0, 1] `(H, W)` -> RGB `(H, W, 3)`, not yet clipped."""

TINTS: dict[str, Tint] = {
    "gray": lambda g: np.repeat(g[..., None], 3, axis=2),
    "sepia": lambda g: g[..., None] * (1.35, 1.2, 0.94),
    "amber": lambda g: g[..., None] * (1.0, 0.75, 0.35),
    "night": lambda g: g[..., None] * (0.45, 0.6, 1.0),
    "toned": lambda g: (
        g[..., None] * (1.0, 0.92, 0.75) + (g * (1 - g))[..., None] * (0.0, 0.1, 0.3)
    ),
    "dyed": lambda g: np.array((0.05, 0.06, 0.12)) + 0.88 * g[..., None] * (0.4, 0.5, 1.0),
    "faded": lambda g: (
        g[..., None]
        * (1 - np.array((0, 0.25, 0.6)) * np.linspace(0.4, 1, g.shape[1])[None, :, None])
    ),
}
"""Ways in which film without color is not gray."""


def scene(seed: int, time: float = 0.0, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """A textured picture in [0, 1] that moves to the left by six pixels a unit of time."""
    rng = np.random.default_rng(seed)
    wide = np.zeros((height, 4 * width), np.float32)
    for size, weight in ((4, 0.5), (16, 0.35), (48, 0.2)):
        noise = rng.standard_normal((max(2, height * size // 192), width * size // 48))
        wide += weight * cv2.resize(
            noise.astype(np.float32), (4 * width, height), interpolation=cv2.INTER_CUBIC
        )
    shift = np.float32([[1, 0, (6.0 * time) % (3 * width)], [0, 1, 0]])
    moved = cv2.warpAffine(
        wide, shift, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    return np.clip(0.45 + 0.28 * moved, 0.02, 0.98)


def painted(gray: np.ndarray, colors: Sequence[tuple[float, float, float]]) -> np.ndarray:
    """A color picture: upright stripes of objects in these colors, RGB `(H, W, 3)`."""
    stripes = np.linspace(0, len(colors) - 1e-6, gray.shape[1]).astype(int)
    return gray[..., None] * np.array(colors)[stripes][None]


LIVELY = ((0.9, 0.4, 0.3), (0.5, 0.9, 0.4), (0.4, 0.6, 1.0), (0.95, 0.8, 0.6))


def planes_of(rgb: np.ndarray, depth: int = 8) -> Planes:
    """4:2:0 codes (BT.601, limited range) of RGB in [0, 1]."""
    red, green, blue = np.clip(rgb, 0, 1).transpose(2, 0, 1).astype(np.float32)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    chroma = ((blue - luma) / 1.772, (red - luma) / 1.402)
    scale, dtype = 2 ** (depth - 8), np.uint8 if depth == 8 else np.uint16
    half = (luma.shape[1] // 2, luma.shape[0] // 2)
    u, v = (
        np.round((128 + 224 * cv2.resize(c, half, interpolation=cv2.INTER_AREA)) * scale)
        for c in chroma
    )
    return np.round((16 + 219 * luma) * scale).astype(dtype), u.astype(dtype), v.astype(dtype)


def woven(pictures: Callable[[float], np.ndarray], frame: int, order: str) -> np.ndarray:
    """An interlaced frame: its two fields are half a frame apart in time."""
    first, second = pictures(float(frame)), pictures(frame + 0.5)
    top, bottom = (first, second) if order == "tff" else (second, first)
    out = top.copy()
    out[1::2] = bottom[1::2]
    return out


def telecined(film: Sequence[np.ndarray]) -> list[np.ndarray]:
    """3:2 pulldown: four film frames become five video frames."""
    frames = []
    for i in range(0, len(film) - 3, 4):
        a, b, c, d = film[i : i + 4]
        for top, bottom in ((a, a), (b, b), (b, c), (c, d), (d, d)):
            frame = top.copy()
            frame[1::2] = bottom[1::2]
            frames.append(frame)
    return frames


def write_film(
    path: Path,
    pictures: Sequence[Planes],
    *,
    rate: Fraction | int = 24,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    interlaced: str | None = None,
    depth: int = 8,
) -> Path:
    """Writes planes of 4:2:0 as a film, without loss unless `options` say otherwise."""
    height, width = pictures[0][0].shape
    settings = dict(
        ({"qp": "0", "preset": "ultrafast"} if codec == "libx264" else {}), **(options or {})
    )
    if interlaced and codec == "libx264":
        settings |= {"flags": "+ilme+ildct", "x264-params": f"{interlaced}=1"}
    marker = FieldMarker(interlaced or "progressive")
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=Fraction(rate), options=settings)
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuv420p" if depth == 8 else f"yuv420p{depth}le"
        stream.codec_context.thread_count = 1
        for number, planes in enumerate(pictures):
            frame = av.VideoFrame(width, height, stream.pix_fmt)
            for plane, codes in zip(frame.planes, planes, strict=True):
                fill_plane(plane, codes)
            frame = marker.mark(frame)
            frame.pts, frame.time_base = number, 1 / Fraction(rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path
