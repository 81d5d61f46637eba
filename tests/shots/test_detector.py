"""The shot detector on films whose transitions are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from vidcolor.shots.detector import (
    LOOK_AHEAD,
    Shot,
    ShotDetector,
    ShotState,
    list_shots,
    mark_shots,
)
from vidcolor.shots.similarity import is_like, mixture, picture_change
from vidcolor.shots.thumbnail import thumbnail
from vidcolor.types import Frame

CLIPS = Path(__file__).resolve().parents[3] / "shared" / "data" / "clips"
SIZE = (96, 128)


def scene(seed: int) -> np.ndarray:
    """A large random picture with structure at all sizes, float32 `(240, 320)` in 0..255."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((240, 320), np.float32)
    for cells in (3, 6, 12, 24, 48):
        noise = rng.normal(size=(cells, cells + cells // 3)).astype(np.float32)
        picture += cv2.resize(noise, (320, 240), interpolation=cv2.INTER_CUBIC) / cells**0.5
    picture -= picture.min()
    return 20 + 215 * picture / picture.max()


def shot(seed: int, frames: int = 20, speed: float = 1.5) -> list[np.ndarray]:
    """A pan over a scene, with a square that goes the other way."""
    ground, front = scene(seed), scene(seed + 1000)
    film = []
    for i in range(frames):
        x, y = 10 + speed * i, 10 + 0.5 * speed * i
        view = cv2.getRectSubPix(ground, SIZE[::-1], (x + 64, y + 48)).copy()
        left = int(80 - speed * i) % 90
        view[30:60, left : left + 30] = front[30:60, 30:60]
        film.append(view)
    return film


def film(*seeds: int, frames: int = 20, speed: float = 1.5) -> list[np.ndarray]:
    return [picture for seed in seeds for picture in shot(seed, frames, speed)]


def frames_of(pictures: list[np.ndarray]) -> list[Frame]:
    whole = [np.clip(p, 0, 255).astype(np.uint8) for p in pictures]
    return [Frame(i, 40 * i, p) for i, p in enumerate(whole)]


def shots(pictures: list[np.ndarray]) -> list[Shot]:
    detector = ShotDetector()
    return list_shots(mark_shots(frames_of(pictures), detector, detector.start()))


def cuts(pictures: list[np.ndarray]) -> list[int]:
    return [found.start for found in shots(pictures)[1:]]


def dissolve(one: list[np.ndarray], other: list[np.ndarray], length: int) -> list[np.ndarray]:
    """The last `length` pictures of `one` mixed with the first of `other`."""
    mixed = []
    for i, (a, b) in enumerate(zip(one[-length:], other[:length], strict=True), start=1):
        share = i / (length + 1)
        mixed.append((1 - share) * a + share * b)
    return one[:-length] + mixed + other[length:]


SEEDS, CUTS = (1, 2, 3, 4, 5, 6), [20, 40, 60, 80, 100]


def test_cuts_are_found_where_they_are() -> None:
    assert cuts(film(*SEEDS)) == CUTS


def test_one_shot_has_no_cut() -> None:
    assert cuts(film(7, frames=60)) == []
    assert cuts([scene(1)[:96, :128]] * 20) == []


def test_fast_motion_is_no_cut() -> None:
    # 8 of 128 pixels a frame
    assert cuts(film(1, 2, 3, frames=12, speed=8)) == [12, 24]


def test_grain_is_no_cut() -> None:
    rng = np.random.default_rng(0)
    assert cuts([p + rng.normal(0, 12, SIZE) for p in film(*SEEDS)]) == CUTS


def test_flicker_of_brightness_and_contrast_is_no_cut() -> None:
    rng = np.random.default_rng(0)
    flicker = [(p - 128) * rng.uniform(0.6, 1) + 128 + rng.uniform(-40, 40) for p in film(*SEEDS)]
    assert cuts(flicker) == CUTS


def test_weave_is_no_cut() -> None:
    rng = np.random.default_rng(0)
    weave = [np.roll(p, rng.integers(-3, 4, 2), (0, 1)) for p in film(*SEEDS)]
    assert cuts(weave) == CUTS


@pytest.mark.parametrize("length", [1, 2])
@pytest.mark.parametrize("level", [0, 255])
def test_flashes_and_black_frames_are_no_cuts(length: int, level: int) -> None:
    pictures = film(*SEEDS)
    for at in (10, 50, 95):
        for i in range(at, at + length):
            pictures[i] = np.full(SIZE, level, np.float32)
    assert cuts(pictures) == CUTS


def test_a_flash_that_leaves_something_is_no_cut() -> None:
    pictures = film(*SEEDS)
    for at in (10, 50, 95):
        pictures[at] = pictures[at] * 1.3 + 60
    assert cuts(pictures) == CUTS


def test_a_scene_after_black_is_a_new_shot() -> None:
    black = [np.full(SIZE, 16, np.float32)] * 10
    assert cuts(film(1) + black + film(2)) == [30]
    assert cuts(film(1) + black + film(1)[10:]) == []


@pytest.mark.parametrize("length", [1, 2, 3])
def test_wrong_pictures_are_no_cuts(length: int) -> None:
    pictures = film(1, 2, frames=30)
    for i in range(length):
        pictures[15 + i] = scene(9)[:96, :128]
    assert cuts(pictures) == [30]


def test_a_wrong_picture_at_a_cut_moves_it_by_one() -> None:
    pictures = film(1, 2, frames=30)
    pictures[30] = scene(9)[:96, :128]
    assert cuts(pictures) == [31]


@pytest.mark.parametrize("length", [12, 16, 20, 24])
@pytest.mark.parametrize("seeds", [(1, 2), (3, 4)])
def test_dissolves_are_found_when_they_end(length: int, seeds: tuple[int, int]) -> None:
    one, other = (shot(seed, frames=50, speed=0.8) for seed in seeds)
    found = shots(dissolve(one, other, length))
    assert [s.opening for s in found] == ["begin", "dissolve"]
    # wholly the new shot from frame 50 on
    assert abs(found[1].start - 50) <= 8
    assert found[1].lead >= length / 2


def test_dissolves_are_found_under_grain_and_flicker() -> None:
    rng = np.random.default_rng(0)
    pictures = dissolve(shot(1, 40, 0.8), dissolve(shot(2, 60, 0.8), shot(3, 40, 0.8), 20), 12)
    worn = [(p - 128) * rng.uniform(0.8, 1) + 128 + rng.normal(0, 5, SIZE) for p in pictures]
    assert [s.opening for s in shots(worn)] == ["begin", "dissolve", "dissolve"]


def test_motion_is_no_dissolve() -> None:
    assert len(shots(film(1, frames=60, speed=2.5))) == 1


def test_a_fade_is_told_from_a_cut() -> None:
    one, other = shot(1, 30), shot(2, 30)
    down = [16 + (p - 16) * (1 - i / 10) for i, p in enumerate(one[20:])]
    up = [16 + (p - 16) * i / 10 for i, p in enumerate(other[:10])]
    black = [np.full(SIZE, 16.0, np.float32)] * 5
    found = shots(one[:20] + down + black + up + other[10:])
    assert [s.opening for s in found] == ["begin", "fade"]
    assert 35 <= found[1].start <= 38
    assert found[1].lead >= 5


def test_shots_cover_the_film() -> None:
    found = shots(film(1, 2, 3))
    assert [(s.number, s.start, s.end) for s in found] == [(0, 0, 20), (1, 20, 40), (2, 40, 60)]
    assert [(s.opening, s.lead) for s in found] == [("begin", 0), ("cut", 0), ("cut", 0)]


def test_shots_have_a_least_length() -> None:
    pictures = film(*range(1, 9), frames=2)
    found = cuts(pictures)
    assert found
    assert all(b - a >= ShotDetector().min_shot_frames for a, b in pairwise([0, *found]))


def arrays(state: ShotState) -> dict[str, np.ndarray]:
    return {field.name: getattr(state, field.name) for field in fields(state)}


def test_state_is_a_value() -> None:
    detector, state = ShotDetector(), ShotDetector().start()
    for picture in film(1)[:5]:
        before = {k: v.copy() for k, v in arrays(state).items()}
        _, following = detector.step(state, thumbnail(picture.astype(np.uint8)))
        for name, value in before.items():
            np.testing.assert_array_equal(arrays(state)[name], value)
        assert following is not state
        state = following


def test_from_a_state_it_goes_on_as_if_nothing_had_been() -> None:
    frames = frames_of(film(1, 2) + dissolve(shot(3, 40, 0.8), shot(4, 30, 0.8), 12))
    detector = ShotDetector()
    whole = list(mark_shots(frames, detector, detector.start()))
    assert whole[-1][0].shot == 3
    for at in (0, 18, 19, 20, 21, 60, 70, 80, len(frames) - 2):
        frame, state = whole[at]
        rest = list(mark_shots(frames[at + 1 :], detector, state, shot=frame.shot))
        assert len(rest) == len(whole) - at - 1
        for (a, one), (b, other) in zip(whole[at + 1 :], rest, strict=True):
            assert (a.index, a.shot) == (b.index, b.shot)
            for name, value in arrays(one).items():
                np.testing.assert_array_equal(arrays(other)[name], value)
                assert arrays(other)[name].dtype == value.dtype


def test_frames_are_held_back_for_a_while_only() -> None:
    asked = 0

    def frames() -> Iterator[Frame]:
        nonlocal asked
        for frame in frames_of(film(1)):
            asked += 1
            yield frame

    detector = ShotDetector()
    for given, _ in enumerate(mark_shots(frames(), detector, detector.start()), start=1):
        assert asked <= given + LOOK_AHEAD


def test_frames_are_marked_with_their_shots() -> None:
    pictures = [p.astype(np.uint8) for p in film(1, 2, 3)]
    frames = [Frame(i, 40 * i, p) for i, p in enumerate(pictures)]
    detector = ShotDetector()
    marked = list(mark_shots(frames, detector, detector.start()))
    assert [f.shot for f, _ in marked] == [0] * 20 + [1] * 20 + [2] * 20
    assert all(f.y is frame.y for (f, _), frame in zip(marked, frames, strict=True))
    # taken up in the middle of a shot
    frame, state = marked[29]
    rest = list(mark_shots(frames[30:], detector, state, shot=frame.shot))
    assert [f.shot for f, _ in rest] == [1] * 10 + [2] * 20


def test_depth_makes_no_difference() -> None:
    picture = scene(1).astype(np.uint8)
    deep = picture.astype(np.uint16) << 2
    assert np.abs(thumbnail(deep, 10).astype(int) - thumbnail(picture)).max() <= 1
    assert thumbnail(deep, 10).dtype == np.uint8


def test_views_with_padding_and_read_only_are_taken() -> None:
    padded = np.zeros((100, 160), np.uint8)
    padded[:, :150] = scene(1)[:100, :150]
    view = padded[:, :150]
    view.flags.writeable = False
    np.testing.assert_array_equal(thumbnail(view), thumbnail(view.copy()))


def test_change_is_small_for_motion_and_large_for_other_pictures() -> None:
    a, b = (thumbnail(p.astype(np.uint8)) for p in shot(1)[:2])
    c = thumbnail(shot(2)[0].astype(np.uint8))
    assert picture_change(a, a) < 0.001
    assert picture_change(b, a) < 0.15
    assert picture_change(c, a) > 0.4


def test_a_mixture_is_told_from_its_parts() -> None:
    a, b = shot(1)[0], shot(2)[0]
    first, second, half = (thumbnail(p.astype(np.uint8)) for p in (a, b, (a + b) / 2))
    both, one = mixture(half, first, second)
    assert both > 0.9
    assert one < 0.8
    assert mixture(first, first, second) == pytest.approx((1, 1), abs=0.02)
    assert mixture(second, first, second) == pytest.approx((1, 1), abs=0.02)
    assert mixture(thumbnail(scene(5).astype(np.uint8)), first, second)[0] < 0.6


@pytest.mark.data
@pytest.mark.skipif(not CLIPS.is_dir(), reason="shared/data/clips is not beside the project")
def test_real_shots_in_random_order() -> None:
    paths = sorted(CLIPS.glob("*.mp4"))
    order = np.random.default_rng(11).permutation(len(paths))[:25]
    pictures, known = [], []
    for path in (paths[i] for i in order):
        known.append(len(pictures))
        with av.open(str(path)) as clip:
            for number, frame in enumerate(clip.decode(video=0)):
                if number == 30:
                    break
                plane = frame.planes[0]
                lines = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
                pictures.append(lines[: frame.height, : frame.width])
    found, truth = set(cuts(pictures)), set(known[1:])
    hits = len(found & truth)
    assert hits / len(found) >= 0.95
    assert hits / len(truth) >= 0.95


def test_a_damaged_frame_is_no_cut_and_hides_none() -> None:
    """Six frames of garbage in a shot, and the first frame of the next shot damaged."""
    noise = [scene(50)[:96, :128]] * 6
    pictures = [*shot(1)[:8], *noise, *shot(1)[14:], noise[0], *shot(2)[1:]]
    damaged = {*range(8, 14), 20}
    frames = [
        Frame(i, i, p.astype(np.uint8), is_damaged=i in damaged) for i, p in enumerate(pictures)
    ]
    detector = ShotDetector()
    shots = [f.shot for f, _ in mark_shots(frames, detector, detector.start())]
    assert shots == [0] * 21 + [1] * 19
    unaware = [Frame(f.index, f.pts, f.y) for f in frames]
    assert [f.shot for f, _ in mark_shots(unaware, detector, detector.start())] != shots


@pytest.mark.parametrize(
    "borders", [(40, 40, 0, 0), (0, 0, 50, 50), (30, 30, 40, 40), (0, 36, 0, 0)]
)
def test_cuts_are_found_between_black_bars(borders: tuple[int, int, int, int]) -> None:
    """Bars are the same in all shots, and their edges are most of the contrast."""
    black = np.full((96, 128), 16, np.float32)
    pictures = [black] * 6 + film(*range(1, 7), frames=10)
    boxed = [cv2.copyMakeBorder(p, *borders, cv2.BORDER_CONSTANT, value=16) for p in pictures]
    detector = ShotDetector()
    found = list_shots(mark_shots(frames_of(boxed), detector, detector.start()))
    assert [s.start for s in found[1:]] == [16, 26, 36, 46, 56]


def test_a_white_flash_lights_no_bars() -> None:
    pictures = film(1, 2, 3, frames=12)
    boxed = [cv2.copyMakeBorder(p, 40, 40, 0, 0, cv2.BORDER_CONSTANT, value=16) for p in pictures]
    boxed[5] = np.full_like(boxed[5], 250)
    detector = ShotDetector()
    found = list_shots(mark_shots(frames_of(boxed), detector, detector.start()))
    assert [s.start for s in found] == [0, 12, 24]


@pytest.mark.parametrize("speed", [0.0, 1.5, 8.0])
def test_alike_means_that_little_changed(speed: float) -> None:
    small = [thumbnail(np.clip(p, 0, 255).astype(np.uint8)) for p in shot(3, 20, speed)]
    strange = thumbnail(np.clip(shot(4)[0], 0, 255).astype(np.uint8))
    for before in [*small[::5], strange]:
        change = picture_change(small[-1], before)
        for most in (0.02, 0.3, 0.5, 0.9):
            assert is_like(small[-1], before, most) == (change <= most)
