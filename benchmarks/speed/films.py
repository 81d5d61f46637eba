"""Films to measure with: the sample film enlarged, run to and fro; and its plain transcode."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np

SIZES = {
    "240p": (320, 240),
    "480p": (854, 480),
    "1080p": (1920, 1080),
    "2160p": (3840, 2160),
}
"""Width and height."""
FRAMES = {"240p": 360, "480p": 360, "1080p": 240, "2160p": 24}
"""Frames of a film: enough that what a run does once for a film does not weigh much."""
DEEP = "2160p"
"""Films of this size have 10 bits."""
ROOT = Path(__file__).parents[2]
_SAMPLE = ROOT / "samples" / "launch.mp4"


def make_film(path: Path, size: tuple[int, int], frames: int, *, deep: bool = False) -> None:
    """Writes a film as H.264.

    Args:
        path: of the film.
        size: width and height.
        frames: of the film.
        deep: 10 bits instead of 8.
    """
    with av.open(str(_SAMPLE)) as source:
        luma = [np.ascontiguousarray(f.to_ndarray(format="gray")) for f in source.decode(video=0)]
    order = [*range(len(luma)), *range(len(luma) - 2, 0, -1)]
    width, height = size
    pix_fmt, dtype, scale = ("yuv420p10le", np.uint16, 4) if deep else ("yuv420p", np.uint8, 1)
    gray = np.full(2 * ((width + 1) // 2) * ((height + 1) // 2), 128 * scale, dtype)
    with av.open(str(path), "w") as target:
        options = {"crf": "18", "preset": "veryfast"}
        stream = target.add_stream("libx264", rate=24, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        for i in range(frames):
            small = luma[order[i % len(order)]]
            big = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
            planes = np.concatenate((big.ravel().astype(dtype) * dtype(scale), gray))
            frame = av.VideoFrame.from_ndarray(planes.reshape(-1, width), format=pix_fmt)
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))


TRANSCODE = """
import json, sys, time
import av
from benchmarks.speed.memory import peak_mb
source, target, codec, options = sys.argv[1:4] + [json.loads(sys.argv[4])]
began, frames = time.perf_counter(), 0
with av.open(source) as film, av.open(target, "w", format="nut") as made:
    picture = film.streams.video[0]
    picture.thread_type = "AUTO"
    stream = made.add_stream(codec, rate=picture.average_rate, options=options)
    stream.width, stream.height = picture.width, picture.height
    stream.pix_fmt = picture.codec_context.pix_fmt
    for frame in film.decode(picture):
        made.mux(stream.encode(frame))
        frames += 1
    made.mux(stream.encode(None))
seconds = time.perf_counter() - began
found = {"frames_per_second": frames / seconds, "seconds": seconds, "peak_mb": peak_mb()}
print(json.dumps(found))
"""
"""Decodes a film and codes it again: what nobody can be faster than with this encoder."""
