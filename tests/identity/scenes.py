"""A film of four shots of two places: each place is seen twice, the second time from elsewhere."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from vidcolor.analysis.film_analysis import FilmAnalysis, Shot
from vidcolor.analysis.shot import KeyFrame
from vidcolor.film import open_film

LENGTH, WIDTH, HEIGHT = 6, 192, 128
PLACES = (0, 1, 0, 1)


def place(number: int) -> np.ndarray:
    """A picture with things in it, uint8 `(192, 288)`."""
    rng = np.random.default_rng(number)
    picture = np.full((192, 288), 60 + 90 * number, np.uint8)
    cv2.randn(noise := np.zeros((24, 36), np.float32), 0, 30)
    picture = picture + cv2.resize(noise, (288, 192), interpolation=cv2.INTER_CUBIC)
    for _ in range(14):
        x, y, size = int(rng.integers(288)), int(rng.integers(192)), int(rng.integers(12, 40))
        shade = int(rng.integers(20, 235))
        if number:
            cv2.circle(picture, (x, y), size, shade, -1)
        else:
            cv2.rectangle(picture, (x - size, y - size // 2), (x + size, y + size // 2), shade, -1)
            cv2.line(picture, (x - size, y), (x + size, y), 255 - shade, 3)
    return np.clip(picture, 0, 255).astype(np.uint8)


def make_film(path: Path) -> tuple[Path, FilmAnalysis]:
    """The film, and its analysis with one key frame a shot."""
    cv2.setRNGSeed(1)
    places = [place(0), place(1)]
    with av.open(str(path), "w") as film:
        track = film.add_stream("ffv1", rate=Fraction(24))
        track.width, track.height, track.pix_fmt = WIDTH, HEIGHT, "gray"
        for number in range(len(PLACES) * LENGTH):
            shot, k = divmod(number, LENGTH)
            left, top = (10 + k, 8) if shot < 2 else (60 - k, 40)
            part = places[PLACES[shot]][top : top + HEIGHT, left : left + WIDTH]
            part = part if shot < 2 else (20 + 0.8 * part[:, ::-1]).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(part), format="gray")
            frame.pts, frame.time_base = number, Fraction(1, 24)
            film.mux(track.encode(frame))
        film.mux(track.encode(None))
    with open_film(path) as opened:
        found = opened.analyze()
    assert [s.start for s in found.shots] == [k * LENGTH for k in range(len(PLACES))]
    return path, found


def key_shot(number: int, start: int, end: int, key_frames: tuple[int, ...], shot: Shot) -> Shot:
    """A shot like another one, with other frames."""
    keys = tuple(KeyFrame(n, 1.0) for n in key_frames)
    return Shot(number, start, end, (start / 24, end / 24), "cut", 0, shot.area, keys)
