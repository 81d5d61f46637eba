"""Where chroma samples lie among luma samples. PyAV hides the mark, libav's scaler obeys it."""

from __future__ import annotations

import av
import av.error
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

# Right and down from the first luma sample to the first chroma sample, in luma samples.
_NAMES = {
    (0.0, 0.5): "left",
    (0.5, 0.5): "center",
    (0.0, 0.0): "topleft",
    (0.5, 0.0): "top",
    (0.0, 1.0): "bottomleft",
    (0.5, 1.0): "bottom",
}
_USUAL = "left"
_SLOPE = 4
_SIZE = 48


def read_siting(picture: VideoFrame) -> str:
    """The siting of a decoded 8-bit or deeper 4:2:0 picture; "left" for all other formats.

    A ramp is laid into the chroma of a copy, which is then scaled to 4:4:4: how far the ramp has
    moved tells where the scaler believes the samples to be. What has no mark is taken as
    "center", as libav itself does.
    """
    layout = picture.format
    subsampled = len(layout.components) >= 3 and (
        layout.chroma_width(64),
        layout.chroma_height(64),
    ) == (32, 32)
    if not subsampled or layout.is_rgb or min(picture.width, picture.height) <= _SIZE:
        return _USUAL
    try:
        return _NAMES.get(_offsets(picture), _USUAL)
    except av.error.FFmpegError:  # tags that the scaler knows nothing of
        return _USUAL


def _offsets(picture: VideoFrame) -> tuple[float, float]:
    """How far right and down the first chroma sample lies, in luma samples, by halves."""
    # made small by libav, which keeps the mark; all depths and layouts become one
    ramp = VideoReformatter().reformat(picture, _SIZE, _SIZE, "yuv420p", threads=1)
    ramp.make_writable()
    offsets = []
    for axis in (1, 0):
        _plane(ramp, 1)[:] = np.expand_dims(40 + _SLOPE * np.arange(_SIZE // 2), 1 - axis)
        whole = VideoReformatter().reformat(ramp, format="yuv444p", threads=1)
        wanted = 40 + _SLOPE / 2 * np.expand_dims(np.arange(_SIZE), 1 - axis)
        moved = (wanted - _plane(whole, 1))[8:-8, 8:-8].mean() / (_SLOPE / 2)
        offsets.append(round(2 * float(moved)) / 2)
    return offsets[0], offsets[1]


def _plane(picture: VideoFrame, number: int) -> np.ndarray:
    plane: av.video.plane.VideoPlane = picture.planes[number]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]
