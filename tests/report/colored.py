"""Small films with known colors for the tests of reports, coded without loss."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.films import fill_plane, luma_picture

WIDTH, HEIGHT = 192, 128


def colored_film(
    path: Path,
    chroma: list[tuple[int, int]],
    *,
    cut: int | None = None,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    luma: Callable[[int, np.ndarray], np.ndarray] | None = None,
    broken: int | None = None,
    spot: int = 0,
) -> Path:
    """A film whose every frame has one tint, the codes (u, v) of `chroma`, over a moving picture.

    Args:
        path: to write, .mkv.
        chroma: a pair of codes a frame.
        cut: frame at which another picture begins.
        size: width and height.
        luma: changes the luma of a frame, given its number.
        broken: frame whose coded data is damaged; every frame is then coded by itself.
        spot: side in pixels of a red square in the middle of every frame, 0 = none.
    """
    width, height = size
    rng = np.random.default_rng(0)
    patches = np.kron(
        rng.integers(0, 256, (height // 16 + 1, (width + len(chroma)) // 16 + 1)), np.ones((16, 16))
    )[:height]
    options = {"qp": "0"} | ({} if broken is None else {"g": "1", "slices": "8"})
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=Fraction(24), options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for index, codes in enumerate(chroma):
            frame = av.VideoFrame(width, height, "yuv420p")
            codes_y = luma_picture(index, width, height)
            if cut is not None and index >= cut:
                codes_y = patches[:, index : index + width]
            codes_y = (80 + codes_y // 3).astype(np.uint8)
            if luma is not None:
                codes_y = luma(index, codes_y)
            # Dark and bright ends cannot carry a tint.
            fill_plane(frame.planes[0], codes_y)
            for plane, code in zip(frame.planes[1:], codes, strict=True):
                codes_c = np.full((plane.height, plane.width), code, np.uint8)
                if spot:
                    top, left = (plane.height - spot // 2) // 2, (plane.width - spot // 2) // 2
                    red = 90 if plane is frame.planes[1] else 220
                    codes_c[top : top + spot // 2, left : left + spot // 2] = red
                fill_plane(plane, codes_c)
            frame.pts = index
            out.mux(_damaged(stream.encode(frame), broken))
        out.mux(_damaged(stream.encode(None), broken))
    return path


def _damaged(packets: list[av.Packet], broken: int | None) -> list[av.Packet]:
    """The same with zeros in the second half of the packet of frame `broken`."""
    found = []
    for packet in packets:
        if packet.pts != broken:
            found.append(packet)
            continue
        data = bytearray(bytes(packet))
        data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
        spoiled = av.Packet(bytes(data))
        spoiled.stream, spoiled.time_base = packet.stream, packet.time_base
        spoiled.pts, spoiled.dts, spoiled.is_keyframe = packet.pts, packet.dts, True
        found.append(spoiled)
    return found


def steady(count: int) -> list[tuple[int, int]]:
    """One tint throughout."""
    return [(110, 150)] * count


def flickering(count: int) -> list[tuple[int, int]]:
    """Two tints in turn."""
    return [(110, 150) if index % 2 else (104, 158) for index in range(count)]


def gray(count: int) -> list[tuple[int, int]]:
    """No color."""
    return [(128, 128)] * count
