"""Painted regions keep their color, wherever they move; everything else is colored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from tests.old_films import HEIGHT, TINTS, WIDTH, Planes, planes_of, scene, write_film
from tests.reading import read_pictures
from vidcolor import RunConfig, build, colorize_video, registry
from vidcolor.components import Parts
from vidcolor.geometry import Area
from vidcolor.preview import make_preview
from vidcolor.stages.kept_regions import hold_regions
from vidcolor.stages.values import WorkFrame
from vidcolor.types import Motion

CONFIG = RunConfig(
    model="flat",
    flow="dis",
    device="cpu",
    crf=0,
    work_size=128,
    preset="ultrafast",
    keep_color=True,
    unit_frames=7,
)
FRAMES = 16


@pytest.fixture(scope="module")
def flat() -> Iterator[Parts]:
    """One color everywhere: what is another one is the film's own."""
    with registry.registered(registry.Entry("colorizer", "flat", "tests.fuzzing:load", "")):
        yield build(CONFIG)


def flag(number: int) -> np.ndarray:
    """Where the flag is: bool `(H, W)`; it moves against the scene."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    left = 20 + 4 * number
    mask[30:62, left : left + 40] = True
    return mask


def waved(tint: str) -> list[Planes]:
    """A flag that moves over a scene that moves, both with texture; pale in two frames."""
    frames = []
    for n in range(FRAMES):
        rgb = np.asarray(TINTS[tint](scene(1, n / 4)), np.float64)
        cloth = np.roll(scene(7), 4 * n, axis=1)[..., None]
        y, u, v = planes_of(np.where(flag(n)[..., None], cloth * (1.0, 0.35, 0.3), rgb))
        if n in (8, 9):
            cloth_there = halved(flag(n), 1, cv2.MORPH_ERODE)
            for plane, tint_code in ((u, np.median(u)), (v, np.median(v))):
                plane[cloth_there] = tint_code + 0.3 * (plane[cloth_there] - tint_code)
        frames.append((y, u, v))
    return frames


def halved(mask: np.ndarray, window: int, kind: int) -> np.ndarray:
    grown = cv2.morphologyEx(mask.astype(np.uint8), kind, np.ones((window, window), np.uint8))
    return cv2.resize(grown, (WIDTH // 2, HEIGHT // 2), interpolation=cv2.INTER_AREA) > 0


@pytest.mark.parametrize("tint", ["gray", "sepia"])
def test_a_flag_keeps_its_color_and_the_rest_is_colored(
    tmp_path: Path, flat: Parts, tint: str
) -> None:
    pictures = waved(tint)
    film = write_film(tmp_path / "film.mkv", pictures)
    kept, plain = tmp_path / "kept.mkv", tmp_path / "plain.mkv"
    result = colorize_video(film, kept, CONFIG, parts=flat)
    assert any(n.startswith("kept the color of regions in 1 passage") for n in result.notes)
    result = colorize_video(film, plain, replace(CONFIG, keep_color=False), parts=flat)
    assert any("--keep-color keeps them" in n for n in result.notes)
    with_flag, without = read_pictures(kept), read_pictures(plain)
    for n, (y, u, v) in enumerate(pictures):
        np.testing.assert_array_equal(with_flag.y[n], y)
        inside = halved(flag(n), 9, cv2.MORPH_ERODE)
        outside = ~halved(flag(n), 25, cv2.MORPH_DILATE)
        for own, new, kept_plane in zip(
            (u, v), (without.u[n], without.v[n]), (with_flag.u[n], with_flag.v[n]), strict=True
        ):
            far = np.abs(kept_plane[inside].astype(int) - own[inside])
            assert far.mean() <= 1.5, f"frame {n}"
            change = np.abs(kept_plane[outside].astype(int) - new[outside])
            assert change.max() <= 4
            assert change.mean() < 0.05
        # the flag is nowhere but where it is
        assert not np.array_equal(without.v[n][inside], v[inside])


def test_stopped_and_resumed_it_is_the_same(tmp_path: Path, flat: Parts) -> None:
    film = write_film(tmp_path / "film.mkv", waved("gray"))
    colorize_video(film, tmp_path / "whole.mkv", CONFIG, parts=flat)

    def halt(done: int, total: int | None) -> None:
        if done == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        colorize_video(film, tmp_path / "parts.mkv", CONFIG, parts=flat, progress=halt)
    result = colorize_video(film, tmp_path / "parts.mkv", CONFIG, parts=flat)
    assert result.resumed_at
    assert (tmp_path / "whole.mkv").read_bytes() == (tmp_path / "parts.mkv").read_bytes()


def test_a_preview_shows_the_flag_on_both_sides(tmp_path: Path, flat: Parts) -> None:
    film = write_film(tmp_path / "film.mkv", waved("gray"))
    config = replace(CONFIG, start="2", end="4")
    made = make_preview(film, tmp_path, config, parts=flat)
    v = read_pictures(made.clip).v[0]
    inside = halved(flag(2), 13, cv2.MORPH_ERODE)
    before, after = v[:, : WIDTH // 2], v[:, WIDTH // 2 :]
    assert before[inside].mean() > 150
    assert after[inside].mean() == pytest.approx(before[inside].mean(), abs=3)
    assert before[5, -5] == pytest.approx(128, abs=2)


def region(strength: float, left: int) -> torch.Tensor:
    beside = torch.zeros(1, 1, 40, 60)
    beside[..., 10:20, left : left + 10] = strength
    return beside


def items(strengths: list[float]) -> list[WorkFrame]:
    """Frames of a region that moves two pixels to the right a frame."""
    motion = Motion(
        torch.tensor([-2.0, 0]).view(1, 2, 1, 1).expand(1, 2, 40, 60), torch.ones(1, 1, 40, 60)
    )
    return [
        WorkFrame(
            n,
            torch.zeros(1, 1, 80, 120),
            Area(0, 0, 120, 80),
            starts_shot=n == 0,
            beside_tint=region(strength, 10 + 2 * n),
            motion=motion if n else None,
        )
        for n, strength in enumerate(strengths)
    ]


def test_a_region_is_followed_where_its_color_is_weak() -> None:
    held = list(hold_regions(items([20, 6, 6, 6]), None))
    for n, item in enumerate(held):
        assert item.regions is not None
        assert item.regions[..., 12:18, 12 + 2 * n : 18 + 2 * n].min() > 0.9
        assert item.regions[..., 30:, :].max() == 0
    alone = list(hold_regions(items([6, 6]), None))
    assert all(item.regions is not None and item.regions.max() == 0 for item in alone)


def test_a_region_without_color_fades_and_ends_with_its_shot() -> None:
    held = list(hold_regions(items([20, 0, 0]), None))
    levels = [float(i.regions.max()) for i in held if i.regions is not None]
    assert levels == pytest.approx([1, 0.75, 0.5625], abs=1e-3)
    cut = items([20, 0])
    cut[1] = replace(cut[1], starts_shot=True)
    last = list(hold_regions(cut, None))[1].regions
    assert last is not None
    assert last.max() == 0
