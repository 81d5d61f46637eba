"""Key frames of shots whose content is known."""

from __future__ import annotations

from dataclasses import asdict, replace

import cv2
import numpy as np
import pytest

from tests.old_films import scene
from vidcolor.analysis.key_frames import KeyFrameSamples, identifying, sharpness
from vidcolor.analysis.shot import KeyFrame, Shot, read_shots
from vidcolor.geometry import Area
from vidcolor.shots.thumbnail import small_luma, thumbnail_of


def codes(seed: int, time: float = 0.0) -> np.ndarray:
    return np.round(255 * scene(seed, time, 256, 192)).astype(np.uint8)


def chosen(images: list[np.ndarray]) -> tuple[KeyFrame, ...]:
    samples = KeyFrameSamples()
    for number, image in enumerate(images):
        small = small_luma(image)
        samples.add(number, sharpness(small), thumbnail_of(small))
    return samples.finish(0, len(images)).key_frames


def test_a_still_shot_has_one() -> None:
    [key] = chosen([codes(1)] * 20)
    assert key.sharpness == 1


def test_it_is_sharp() -> None:
    images = [cv2.GaussianBlur(codes(1), (0, 0), 4)] * 16
    for i in (3, 7, 11, 15):
        images[i] = codes(1)
    assert chosen(images)[0].frame in (3, 7, 11, 15)


def test_it_is_typical() -> None:
    """Most of the shot shows one scene, three frames of it a flash or something else."""
    images = [codes(1, 0.1 * i) for i in range(20)]
    images[4], images[9], images[15] = codes(2), np.full((192, 256), 235, np.uint8), codes(3)
    assert chosen(images)[0].frame not in (4, 9, 15)


def test_together_they_show_all_of_the_shot() -> None:
    """A pan over three places."""
    images = [codes(seed, 0.05 * i) for seed in (1, 2, 3) for i in range(12)]
    found = chosen(images)
    assert {key.frame // 12 for key in found} == {0, 1, 2}
    assert len(found) <= 4


def test_the_most_typical_comes_first() -> None:
    images = [codes(1)] * 4 + [codes(2)] * 12
    first, second = chosen(images)
    assert first.frame >= 4 > second.frame


def test_flicker_is_no_other_content() -> None:
    rng = np.random.default_rng(0)
    images = [np.clip(codes(1) + rng.uniform(-25, 25), 0, 255).astype(np.uint8) for _ in range(20)]
    assert len(chosen(images)) == 1


def test_a_black_shot_has_one_too() -> None:
    assert len(chosen([np.full((192, 256), 16, np.uint8)] * 8)) == 1


@pytest.mark.parametrize("count", [47, 48, 49, 5000])
def test_a_long_shot_is_sampled_evenly_in_bounded_memory(count: int) -> None:
    still, late = codes(1), codes(2)
    samples = KeyFrameSamples()
    most = 0
    for number in range(count):
        small = small_luma(still if number < count // 2 else late)
        samples.add(number, sharpness(small), thumbnail_of(small))
        most = max(most, len(samples._kept))
    assert most < 48
    found = samples.finish(0, count)
    assert sorted(key.frame >= count // 2 for key in found.key_frames) == [False, True]
    assert samples.finish(0, 10) == ((KeyFrame(5, 1.0),), (), {})


def test_a_long_shot_is_known_by_frames_that_were_examined_and_what_was_given_of_them() -> None:
    samples = KeyFrameSamples()
    small = small_luma(codes(1))
    thumbnail, area = thumbnail_of(small), Area(0, 0, 1, 1)
    for number in range(1000, 1600, 4):
        samples.add(number, sharpness(small), thumbnail, np.full((2, 2), number, np.uint16))
    found = samples.finish(1000, 1600)
    assert len(found.key_frames) == 1
    shot = Shot(0, 1000, 1600, (0, 25), "cut", 0, area, found.key_frames, found.between)
    known = identifying(shot)
    assert known == sorted({found.key_frames[0].frame, *found.between})
    assert np.diff([1000, *known, 1600]).max() <= 180
    assert {n: int(image[0, 0]) for n, image in found.images.items()} == {n: n for n in known}
    # cut in two by hand, each half is known as well
    (half,) = read_shots([asdict(replace(shot, start=1300))])
    assert half.between == tuple(n for n in found.between if n >= 1300)
    assert np.diff([1300, *identifying(half), 1600]).max() <= 180


def test_sharpness_falls_with_blur() -> None:
    values = [sharpness(cv2.GaussianBlur(codes(1), (0, 0), s)) for s in (0.5, 1, 2, 4)]
    assert values == sorted(values, reverse=True)
