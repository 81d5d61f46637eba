"""The active area on films whose borders are known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.films import FilmSpec, make_film
from tests.old_films import planes_of, scene, write_film
from vidcolor.analysis.active_area import AreaSamples, Side, Sides, areas
from vidcolor.film import open_film
from vidcolor.geometry import Area, Size

WIDTH, HEIGHT = 160, 96
WHOLE = Area(0, 0, WIDTH, HEIGHT)


def bordered(image: np.ndarray, area: Area) -> np.ndarray:
    """The part of an image in [0, 1] that lies in `area`, on black."""
    out = np.zeros_like(image)
    rows, columns = slice(area.top, area.bottom), slice(area.left, area.right)
    out[rows, columns] = image[rows, columns]
    return out


def found(tmp_path: Path, images: list[np.ndarray], depth: int = 8) -> list[Area]:
    """The areas of a film of these gray images in [0, 1]."""
    pictures = [planes_of(np.repeat(g[..., None], 3, axis=2), depth) for g in images]
    codec = "libx264" if depth == 8 else "ffv1"
    path = write_film(tmp_path / "film.mkv", pictures, codec=codec, depth=depth)
    with open_film(path) as film:
        return [shot.area for shot in film.analyze().shots]


def told(*shots: list[np.ndarray]) -> list[Area]:
    """The areas of shots of these gray images in [0, 1], without looking for cuts."""
    size = Size(WIDTH, HEIGHT)
    samples = AreaSamples(size, 8, full_range=True)
    sides = []
    for images in shots:
        for image in images:
            samples.add(np.round(255 * image).astype(np.uint8))
        sides.append(samples.finish())
    return list(areas(sides, size))


def pan(seed: int, count: int, change: Callable[[np.ndarray], np.ndarray]) -> list[np.ndarray]:
    return [change(scene(seed, 0.3 * i)) for i in range(count)]


@pytest.mark.parametrize(
    "area",
    [
        WHOLE,
        Area(20, 0, 140, 96),
        Area(0, 12, 160, 84),
        Area(21, 13, 139, 83),
        Area(7, 0, 152, 96),
        Area(2, 0, 157, 95),
    ],
)
@pytest.mark.parametrize("depth", [8, 10])
def test_boxes_are_found_to_the_pixel(tmp_path: Path, area: Area, depth: int) -> None:
    assert found(tmp_path, pan(1, 24, lambda g: bordered(g, area)), depth) == [area]


def frame_line(rng: np.random.Generator, roughness: float = 2.0) -> np.ndarray:
    """Mask in [0, 1] of a scanned film frame: rounded corners, ragged edges, 24:136 by 6:90."""
    mask = np.zeros((HEIGHT, WIDTH), np.float32)
    rounded = np.zeros_like(mask)
    cv2.rectangle(rounded, (24 + 8, 6), (135 - 8, 89), 1, -1)
    cv2.rectangle(rounded, (24, 6 + 8), (135, 89 - 8), 1, -1)
    for x in (32, 127):
        for y in (14, 81):
            cv2.circle(rounded, (x, y), 8, 1, -1)
    bays = np.abs(rng.normal(0, roughness, (HEIGHT, 2))).astype(int)
    for y in range(HEIGHT):
        left, right = 24 + bays[y, 0], 136 - bays[y, 1]
        mask[y, left:right] = rounded[y, left:right]
    return cv2.GaussianBlur(mask, (3, 3), 0)


def test_the_frame_line_of_scanned_film(tmp_path: Path) -> None:
    """Rounded and ragged, moved by weave, with grain, and a sign on the black beside it."""
    rng = np.random.default_rng(0)
    mask = frame_line(rng)

    def scanned(image: np.ndarray) -> np.ndarray:
        weave = np.float32([[1, 0, rng.normal(0, 0.5)], [0, 1, rng.normal(0, 0.5)]])
        moved = cv2.warpAffine((0.15 + 0.8 * image) * mask, weave, (WIDTH, HEIGHT))
        moved = moved + rng.normal(0, 0.008, moved.shape)
        moved[70:75, 4:20] = 0.5
        return np.clip(moved, 0, 1)

    [area] = found(tmp_path, pan(2, 40, scanned))
    # never inside the image, at most a ragged edge outside of where it is full
    assert 21 <= area.left <= 26
    assert 4 <= area.top <= 8
    assert 134 <= area.right <= 139
    assert 88 <= area.bottom <= 92


def test_dark_scenes_do_not_shrink_it(tmp_path: Path) -> None:
    """A lamp at night, a person in the dark, a title, an iris, a vignette: no borders."""

    def lamp(image: np.ndarray) -> np.ndarray:
        out = 0.02 * image
        out[40:60, 60:90] = 0.8
        return out

    def person(image: np.ndarray) -> np.ndarray:
        out = np.zeros_like(image)
        cv2.ellipse(out, (80, 30), (12, 16), 0, 0, 360, 0.6, -1)
        cv2.ellipse(out, (80, 90), (35, 45), 0, 0, 360, 0.4, -1)
        return out * (0.5 + image)

    def title(image: np.ndarray) -> np.ndarray:
        out = np.zeros(image.shape, np.uint8)
        for line in range(3):
            cv2.putText(out, "and then", (30, 30 + 20 * line), 0, 0.6, 230, 2)
        return out / 255

    def iris(image: np.ndarray) -> np.ndarray:
        mask = np.zeros_like(image)
        cv2.circle(mask, (80, 48), 40, 1, -1)
        return (0.2 + 0.8 * image) * mask

    for change in (lamp, person, title, iris):
        assert found(tmp_path, pan(3, 16, change)) == [WHOLE], change.__name__


def test_a_dark_shot_takes_the_borders_of_those_around_it() -> None:
    area = Area(20, 0, 140, 96)
    lit = pan(1, 16, lambda g: bordered(g, area))
    dark = pan(5, 16, lambda g: bordered(np.where(g > 0.75, g, 0.01), area))
    assert told(lit, dark, lit) == [area] * 3
    assert told(dark, lit) == [area] * 2
    assert told(dark) == [WHOLE]


def test_a_dark_shot_with_something_in_the_border_keeps_it() -> None:
    area = Area(20, 0, 140, 96)

    def window(image: np.ndarray) -> np.ndarray:
        out = bordered(np.where(image > 0.75, image, 0.01), area)
        out[30:44, 0:30] = 0.7
        return out

    first, second = told(pan(1, 16, lambda g: bordered(g, area)), pan(5, 16, window))
    assert first == area
    assert (second.left, second.right) == (0, 140)


def test_a_white_flash_does_not_light_the_borders(tmp_path: Path) -> None:
    area = Area(20, 0, 140, 96)
    images = pan(1, 32, lambda g: bordered(g, area))
    for i in (15, 16, 17):
        images[i] = np.ones_like(images[i])
    assert found(tmp_path, images) == [area]


def test_an_image_that_comes_late_is_not_cut() -> None:
    """The sides are black most of the time: a light goes on there for a quarter of the shot."""
    images = pan(1, 48, lambda g: bordered(g, Area(20, 0, 140, 96)))
    for i in range(30, 42):
        images[i] = scene(1, 0.3 * i)
    assert told(images[::4]) == [WHOLE]


def test_each_shot_has_its_own_area(tmp_path: Path) -> None:
    boxes = [Area(20, 0, 140, 96), WHOLE, Area(0, 12, 160, 84)]
    images = [g for n, box in enumerate(boxes) for g in pan(n, 16, lambda g, b=box: bordered(g, b))]
    assert found(tmp_path, images) == boxes


def test_areas_lie_in_coded_pixels(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=6, rotation=90))
    with open_film(made.path) as film:
        shots = film.analyze().shots
    assert [s.area for s in shots] == [Area(0, 0, 96, 64)]


def test_an_undecided_side_takes_the_smaller_neighbor() -> None:
    def sides(left: int | None, dark: int) -> Sides:
        return Sides(Side(left, dark), *(Side(0, 0),) * 3)

    size = Size(WIDTH, HEIGHT)
    told = [sides(20, 20), sides(None, 60), sides(8, 8), sides(None, 5), sides(None, 8)]
    assert [a.left for a in areas(told, size)] == [20, 8, 8, 0, 8]
    assert [a.left for a in areas([sides(None, 160)], size)] == [0]


def test_samples_start_anew_with_each_shot() -> None:
    samples = AreaSamples(Size(WIDTH, HEIGHT), 8, full_range=True)
    bright, black = np.full((HEIGHT, WIDTH), 200, np.uint8), np.zeros((HEIGHT, WIDTH), np.uint8)
    for _ in range(6):
        samples.add(bright)
    assert samples.finish().left == Side(0, 0)
    for _ in range(6):
        samples.add(black)
    assert samples.finish().left == Side(None, WIDTH)


def test_limited_range_black_is_no_light() -> None:
    codes = np.full((HEIGHT, WIDTH), 16, np.uint8)
    codes[:, 30:] = 200
    for full_range, border in ((False, 30), (True, 0)):
        samples = AreaSamples(Size(WIDTH, HEIGHT), 8, full_range=full_range)
        for _ in range(6):
            samples.add(codes)
        assert samples.finish().left.border == border
