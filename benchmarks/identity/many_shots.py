"""A film of many short shots, as archival film is stored: gray, grainy, H.264 at 640x480."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

WIDTH, HEIGHT = 640, 480
_SHORTEST, _LONGEST = 24, 30
_TOGETHER, _PARTS = 12, 3
"""Clips whose shots are mixed, and shots of each."""
_GRAIN, _NOISES = 3.0, 8
_SEED = 17


def write_film(path: Path, clips: list[Path], shots: int) -> tuple[int, int]:
    """Joins parts of clips by cuts: three of each, between them some of other clips.

    Args:
        path: the film to write.
        clips: what it is cut from.
        shots: how many it has at most, each of about a second.

    Returns:
        How many shots and how many frames it has.
    """
    rng = np.random.default_rng(_SEED)
    size = (2 * HEIGHT, 2 * WIDTH)
    noises = [np.round(rng.normal(0, _GRAIN, size)).astype(np.int8) for _ in range(_NOISES)]
    made = frames = 0
    with av.open(str(path), "w") as film:
        track = film.add_stream("libx264", rate=Fraction(24))
        track.width, track.height, track.pix_fmt = WIDTH, HEIGHT, "gray"
        track.options = {"preset": "superfast", "crf": "23", "threads": "2"}
        for shot in _shots(clips, rng):
            if made == shots:
                break
            made += 1
            for image in shot:
                noise = noises[int(rng.integers(_NOISES))]
                top, left = int(rng.integers(HEIGHT)), int(rng.integers(WIDTH))
                grain = noise[top : top + HEIGHT, left : left + WIDTH]
                luma = np.asarray(cv2.add(image, grain, dtype=cv2.CV_8U), np.uint8)
                frame = av.VideoFrame.from_ndarray(luma, format="gray")
                frame.pts, frame.time_base = frames, Fraction(1, 24)
                film.mux(track.encode(frame))
                frames += 1
        film.mux(track.encode(None))
    return made, frames


def _shots(clips: list[Path], rng: np.random.Generator) -> Iterator[Iterable[np.ndarray]]:
    """Images of one shot after the other; the second part of a clip is mirrored."""
    # names tell neighbors, which look alike
    order = rng.permutation(len(clips))
    for first in range(0, len(clips), _TOGETHER):
        scenes = [_lumas(clips[n]) for n in order[first : first + _TOGETHER]]
        for part in range(_PARTS):
            for images in scenes:
                length = int(rng.integers(_SHORTEST, _LONGEST + 1))
                start = max(0, len(images) - length) * part // (_PARTS - 1)
                shown = images[start : start + length]
                yield _cropped(shown, rng.uniform(0.75, 1), rng.uniform(0, 1, 2), part == 1)


def _cropped(
    images: list[np.ndarray], share: float, place: np.ndarray, mirrored: bool
) -> Iterator[np.ndarray]:
    for image in images:
        h, w = image.shape
        height = round(min(h, w * HEIGHT / WIDTH) * share)
        width = round(height * WIDTH / HEIGHT)
        top, left = round(place[0] * (h - height)), round(place[1] * max(0, w - width))
        part = image[top : top + height, left : left + width]
        part = part[:, ::-1] if mirrored else part
        yield np.asarray(cv2.resize(np.ascontiguousarray(part), (WIDTH, HEIGHT)))


def _lumas(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as clip:
        clip.streams.video[0].thread_count = 1
        return [f.to_ndarray(format="gray") for f in clip.decode(video=0)]
