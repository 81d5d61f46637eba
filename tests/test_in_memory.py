"""Frames in memory, one image, any frame of a film: colored without a file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

import vidcolor
from tests.films import FilmSpec, make_film
from tests.reading import read_pictures
from vidcolor import (
    GivenColors,
    Guidance,
    Lock,
    RunConfig,
    build,
    colorize_frames,
    colorize_image,
    colorize_video,
    open_film,
)
from vidcolor.color import luma_of_rgb
from vidcolor.components import Parts
from vidcolor.errors import ConfigError, MediaError

CONFIG = RunConfig(work_size=128)


@pytest.fixture(scope="module")
def parts() -> Parts:
    return build(CONFIG)


@pytest.fixture(scope="module")
def sample(samples: Path) -> list[np.ndarray]:
    return read_pictures(samples / "launch.mp4").y[:8]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("rgb", [False, True])
def test_frames_come_out_in_color_with_their_own_luma(
    sample: list[np.ndarray], parts: Parts, dtype: type, rgb: bool
) -> None:
    scale = 1 if dtype is np.uint8 else 257
    gray = [y.astype(dtype) * dtype(scale) for y in sample[:3]]
    given = [np.repeat(y[..., None], 3, axis=2) for y in gray] if rgb else gray
    out = list(colorize_frames(iter(given), CONFIG, parts=parts))
    assert [o.shape for o in out] == [(*y.shape, 3) for y in gray]
    assert all(o.dtype == dtype for o in out)
    for y, o in zip(gray, out, strict=True):
        assert np.ptp(o.astype(int), axis=2).mean() > 2 * scale
        # colors that RGB cannot hold at that luma are clipped
        wrong = np.abs(luma_of_rgb(o).astype(int) - y) / scale
        assert np.median(wrong) <= 0.6


def test_frames_get_the_colors_that_a_film_of_them_gets(tmp_path: Path, parts: Parts) -> None:
    spec = FilmSpec(
        frames=20, cuts=(9,), pix_fmt="gray", codec="ffv1", color_range=2, width=160, height=96
    )
    made = make_film(tmp_path / "film.mkv", spec)
    config = replace(CONFIG, codec="ffv1")
    colorize_video(made.path, tmp_path / "out.mkv", config, parts=parts)
    truth = read_pictures(tmp_path / "out.mkv")
    memory = list(colorize_frames(made.luma, config, parts=parts))
    assert len(memory) == 20
    for n, rgb in enumerate(memory):
        # what RGB cannot hold is clipped, and the film has its own matrix: near, not equal
        y = luma_of_rgb(rgb).astype(float)
        cb = ((rgb[..., 2] - y) / 1.8556 + 128).mean()
        cr = ((rgb[..., 0] - y) / 1.5748 + 128).mean()
        assert abs(cb - truth.u[n].mean()) < 5
        assert abs(cr - truth.v[n].mean()) < 5


@pytest.mark.parametrize(("refiner", "most"), [("recurrent", 40), ("bidirectional", 100)])
def test_frames_are_taken_as_they_come(sample: list[np.ndarray], refiner: str, most: int) -> None:
    """A few ahead, or a shot, of which not more than a unit and what is looked at behind it."""
    config = replace(CONFIG, refiner=refiner, unit_frames=30)
    taken = 0

    def endless() -> Iterator[np.ndarray]:
        nonlocal taken
        while True:
            taken += 1
            yield sample[taken % 4]

    colored = colorize_frames(endless(), config)
    for _ in range(3):
        next(colored)
    colored.close()
    assert taken <= 3 + most


def test_no_frames_give_none() -> None:
    assert list(colorize_frames([])) == []


@pytest.mark.parametrize(
    "frames",
    [
        [np.zeros((8, 8), np.float32)],
        [np.zeros((8, 8, 4), np.uint8)],
        [np.zeros(8, np.uint8)],
        [np.zeros((0, 8), np.uint8)],
        [np.zeros((8, 0, 3), np.uint8)],
        [[[1, 2], [3, 4]]],
        ["film.mp4"],
        [np.zeros((64, 64), np.uint8), np.zeros((64, 64, 4), np.uint8)],
        [np.zeros((64, 64), np.uint8), np.zeros((64, 65), np.uint8)],
        [np.zeros((64, 64), np.uint8), np.zeros((64, 64), np.uint16)],
    ],
)
def test_frames_that_do_not_fit_are_refused(frames: list[np.ndarray], parts: Parts) -> None:
    with pytest.raises(ValueError, match="frame"):
        list(colorize_frames(frames, CONFIG, parts=parts))


@pytest.mark.parametrize("channels", [(), (3,)])
def test_a_caller_may_read_every_frame_into_the_same_memory(
    channels: tuple[int, ...], parts: Parts
) -> None:
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 255, (5, 64, 96, *channels), dtype=np.uint8)

    def read() -> Iterator[np.ndarray]:
        buffer = np.empty_like(frames[0])
        for frame in frames:
            buffer[:] = frame
            yield buffer

    expected = colorize_frames(frames, CONFIG, parts=parts)
    for a, b in zip(expected, colorize_frames(read(), CONFIG, parts=parts), strict=True):
        np.testing.assert_array_equal(a, b)


def test_threads_may_share_the_parts(parts: Parts) -> None:
    rng = np.random.default_rng(0)
    texture = rng.integers(60, 200, (128, 192), dtype=np.uint8)
    frames = [np.roll(texture, 2 * n, axis=1) for n in range(6)]
    expected = list(colorize_frames(frames, CONFIG, parts=parts))

    def again(_: int) -> list[np.ndarray]:
        return list(colorize_frames(frames, CONFIG, parts=parts))

    with ThreadPoolExecutor(4) as threads:
        for found in threads.map(again, range(8)):
            np.testing.assert_array_equal(found, expected)


def test_one_image(sample: list[np.ndarray]) -> None:
    image = sample[0]
    colored = colorize_image(image, CONFIG)
    assert colored.shape == (*image.shape, 3)
    assert np.ptp(colored.astype(int), axis=2).mean() > 2


@pytest.mark.parametrize("rotation", [0, 90])
def test_any_frame_of_a_film(tmp_path: Path, parts: Parts, rotation: int) -> None:
    spec = FilmSpec(
        frames=30,
        cuts=(12,),
        width=160,
        height=96,
        b_frames=2,
        rotation=rotation,
        sample_aspect_ratio=Fraction(2, 1),
    )
    made = make_film(tmp_path / ("film.mp4" if rotation else "film.mkv"), spec)
    with open_film(made.path) as film:
        for number in (13, 0, 29):
            rgb = film.frame(number, CONFIG, short_side=96, parts=parts)
            assert rgb.shape == ((320, 96, 3) if rotation else (96, 320, 3))
            shown = np.ascontiguousarray(np.rot90(made.luma[number], rotation // 90))
            shown = cv2.resize(shown, rgb.shape[1::-1], interpolation=cv2.INTER_AREA)
            other = cv2.resize(
                np.rot90(made.luma[(number + 15) % 30], rotation // 90), shown.shape[::-1]
            )
            like, unlike = (
                np.corrcoef(luma_of_rgb(rgb).ravel(), image.ravel())[0, 1]
                for image in (shown, other)
            )
            assert like > max(0.98, unlike)
        for number in (30, -1):
            with pytest.raises(MediaError):
                film.frame(number, parts=parts)


def test_public_names_are_there() -> None:
    for name in vidcolor.__all__:
        assert getattr(vidcolor, name)
    assert set(vidcolor.__all__) <= set(dir(vidcolor))


def test_the_callers_threads_are_left_alone(sample: list[np.ndarray]) -> None:
    before = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(3)
    cv2.setNumThreads(2)
    try:
        list(colorize_frames(sample[:2], CONFIG))
        assert (torch.get_num_threads(), cv2.getNumThreads()) == (3, 2)
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])


def test_colors_that_are_known(parts: Parts) -> None:
    rng = np.random.default_rng(0)
    texture = rng.integers(90, 170, (64, 96), dtype=np.uint8)
    frames = [np.roll(texture, n, axis=1) for n in range(6)]
    weight = np.zeros((64, 96), np.float32)
    weight[20:44, 30:60] = 1
    known = GivenColors(2, np.full((2, 64, 96), 45, np.float32), weight)
    told = list(colorize_frames(frames, CONFIG, parts=parts, guidance=Guidance((known,))))
    plain = list(colorize_frames(frames, CONFIG, parts=parts))

    def warmth(rgb: np.ndarray) -> float:
        inside = rgb[26:38, 40:50].astype(float)
        return float(inside[..., 0].mean() - inside[..., 2].mean())

    assert warmth(told[2]) > 60
    assert warmth(told[2]) > warmth(plain[2]) + 30
    one = colorize_image(frames[2], CONFIG, guidance=Guidance((replace(known, frame=0),)))
    assert warmth(one) > 60
    with pytest.raises(ValueError, match="counted from 0"):
        GivenColors(-1, np.zeros((2, 4, 4)), np.zeros((4, 4)))
    with pytest.raises(ValueError, match="weight"):
        GivenColors(0, np.zeros((2, 4, 4)), np.zeros((4, 5)))
    for wrong in (np.nan, -0.5, 255):
        with pytest.raises(ValueError, match="frame 3: weights are from 0 to 1"):
            GivenColors(3, np.zeros((2, 4, 4)), np.full((4, 4), wrong))
    with pytest.raises(ValueError, match="frame 3: planes without pixels"):
        GivenColors(3, np.zeros((2, 0, 4)), np.zeros((0, 4)))
    # what is not looked at may be anything
    assert known.ab[0, 0, 0] == 45
    unset = replace(known, ab=np.where(weight > 0, known.ab, np.nan))
    other = list(colorize_frames(frames, CONFIG, parts=parts, guidance=Guidance((unset,))))
    zero = replace(known, ab=np.where(weight > 0, known.ab, 0))
    same = colorize_frames(frames, CONFIG, parts=parts, guidance=Guidance((zero,)))
    np.testing.assert_array_equal(other, list(same))


def test_locks_without_their_colors_are_refused() -> None:
    given = GivenColors(2, np.full((2, 4, 4), 45, np.float32), np.ones((4, 4), np.float32))
    lock = Lock("coat", 2, 0.5, 0.5, 0.1, (45.0, 45.0))
    assert not Guidance((given,), (lock,)).part(0, 2)
    for make, reason in (
        (lambda: Guidance((), (lock,)), "lock 'coat': no colors are given for its frame 2"),
        (lambda: Guidance((given, given)), "frame 2: colors are given twice"),
        (lambda: Guidance(given), "given and locks are tuples"),  # type: ignore[arg-type]
        (lambda: replace(lock, x=1.5), "x and y are from 0 to 1"),
        (lambda: replace(lock, y=math.nan), "x and y are from 0 to 1"),
        (lambda: replace(lock, radius=-1), "radius above 0"),
        (lambda: replace(lock, ab=(math.nan, 0)), "a[*] and b[*] are numbers"),
        (lambda: replace(lock, frame=-1), "counted from 0"),
    ):
        with pytest.raises(ValueError, match=reason):
            make()


def test_arguments_of_another_kind_are_named(tmp_path: Path, parts: Parts) -> None:
    film = make_film(tmp_path / "film.mkv", FilmSpec(frames=3)).path
    with open_film(film) as opened:
        with pytest.raises(ConfigError, match="frame '1' is not a whole number"):
            opened.frame("1", parts=parts)  # type: ignore[arg-type]
        assert opened.frame(np.int64(1), CONFIG, parts=parts).shape[2] == 3  # type: ignore[arg-type]
    given = GivenColors(0, np.zeros((2, 4, 4), np.float32), np.ones((4, 4), np.float32))
    calls = (
        lambda: list(colorize_frames([np.zeros((64, 96), np.uint8)], CONFIG, guidance=given)),  # type: ignore[arg-type]
        lambda: colorize_video(film, tmp_path / "out.mkv", CONFIG, guidance=given),  # type: ignore[arg-type]
    )
    for call in calls:
        with pytest.raises(ConfigError, match="guidance is of type GivenColors"):
            call()
