"""What a person says of colors is found in the finished film, at its place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from tests.films import FilmSpec, make_film
from tests.old_films import planes_of, scene, write_film
from tests.reading import read_pictures
from vidcolor import RunConfig, build, colorize_video, metrics, open_film, registry
from vidcolor.color import planes_to_open_rgb, rgb_to_lab
from vidcolor.components import Parts
from vidcolor.geometry import Geometry, Size
from vidcolor.guidance.guidance import GivenColors, Guidance
from vidcolor.guidance.still_colors import colors_of_still
from vidcolor.pipeline import refine_frames
from vidcolor.preview import make_preview
from vidcolor.stills.choice import Choice
from vidcolor.stills.make import make_stills

CONFIG = RunConfig(work_size=128, flow="dis", device="cpu", crf=0, preset="ultrafast")


FLAT = replace(CONFIG, model="flat")


@pytest.fixture(scope="module")
def parts() -> Parts:
    return build(CONFIG)


@pytest.fixture
def flat() -> Iterator[Parts]:
    """One color everywhere, whatever is said: what differs is what was painted."""
    with registry.registered(registry.Entry("colorizer", "flat", "tests.fuzzing:load", "")):
        yield build(FLAT)


def film_ab(path: Path) -> list[np.ndarray]:
    """a* and b* of every frame `(2, h, w)`, upright, at the size of the luma."""
    with open_film(path) as film:
        info = film.info
    pictures = read_pictures(path)
    found = []
    for y, u, v in zip(pictures.y, pictures.u, pictures.v, strict=True):
        size = (y.shape[1], y.shape[0])
        large = (cv2.resize(p, size, interpolation=cv2.INTER_LINEAR) for p in (u, v))
        rgb = info.geometry.to_upright(planes_to_open_rgb(y, *large, info.tags))
        x = torch.from_numpy(rgb.transpose(2, 0, 1).copy())[None].clamp(0, 1)
        found.append(rgb_to_lab(x)[1][0].numpy())
    return found


def test_a_repainted_still_is_in_the_film(tmp_path: Path, parts: Parts) -> None:
    spec = FilmSpec(frames=18, cuts=(9,), width=192, height=128, pix_fmt="yuv444p")
    made = make_film(tmp_path / "film.mkv", spec)
    stills = tmp_path / "stills"
    make_stills(made.path, stills, CONFIG, Choice(frames="0,8"), parts=parts)
    first, last = sorted(stills.glob("*.png"))
    image = cv2.imread(str(first)).astype(np.float32)
    gray = image[..., :1] * 0 + 110
    image[40:100, 60:140] = gray[40:100, 60:140] * (0.7, 0.9, 1.25)
    cv2.imwrite(str(first), image.astype(np.uint8))
    size = Size(192, 128)
    told = colors_of_still(first, stills / ".proposed" / first.name, Geometry(size), size)
    assert told is not None
    ab, weight = told
    assert (weight == 1).sum() > 3000
    automatic = tmp_path / "automatic.mkv"
    colorize_video(made.path, automatic, CONFIG, parts=parts)
    guided = tmp_path / "guided.mkv"
    colorize_video(made.path, guided, CONFIG, parts=parts, colors=[stills])
    before, after = film_ab(automatic), film_ab(guided)
    inside = np.s_[:, 48:92, 70:130]  # chroma of the patch's edge is blurred

    def distance(a: np.ndarray) -> float:
        L = np.full((1, 44, 60), 50, np.float32)
        pair = (torch.from_numpy(np.concatenate((L, x[inside])))[None] for x in (a, ab))
        return float(metrics.ciede2000(*pair).mean())

    assert distance(before[0]) > 5
    assert distance(after[0]) < 1.5
    # the next shot of the same unit is the same to the last bit
    for n in range(9, 18):
        assert np.array_equal(before[n], after[n])
    assert last.exists()


@pytest.mark.parametrize(("rotation", "corner"), [(90, (1, 1)), (270, (0, 1)), (0, (1, 0))])
def test_a_point_at_a_corner_of_a_rotated_anamorphic_film_lands_there(
    tmp_path: Path, flat: Parts, rotation: int, corner: tuple[int, int]
) -> None:
    spec = FilmSpec(
        frames=4, width=192, height=144, rotation=rotation, sample_aspect_ratio=Fraction(4, 3)
    )
    made = make_film(tmp_path / "film.mp4", spec)
    x, y = corner
    point = {"frame": 2, "x": x, "y": y, "radius": 0.2, "color": "#d02020", "lock": True}
    (tmp_path / "film.colors.json").write_text(json.dumps({"version": 1, "points": [point]}))
    guided, automatic = tmp_path / "guided.mp4", tmp_path / "automatic.mp4"
    result = colorize_video(made.path, guided, FLAT, parts=flat)
    assert any("1 point" in note for note in result.notes)
    (tmp_path / "film.colors.json").unlink()
    colorize_video(made.path, automatic, FLAT, parts=flat)
    change = np.hypot(*(film_ab(guided)[2] - film_ab(automatic)[2]))
    h, w = change.shape
    assert (h > w) == (rotation in (90, 270))
    # distance from the corner in the shown image, whose short side is 144 for every rotation
    shown_w, shown_h = (w * 4 / 3, h) if rotation == 0 else (w, h * 4 / 3)
    ys, xs = np.mgrid[0:h, 0:w] + 0.5
    apart = np.hypot((xs / w - x) * shown_w, (ys / h - y) * shown_h) / 144
    within, beyond = change[apart < 0.18], change[apart > 0.8]
    assert within.mean() > 30
    assert within.mean() > 1.5 * change[(apart > 0.3) & (apart < 0.8)].mean()
    # colors spread over what is like and near, but not to the other corners
    assert beyond.size
    assert beyond.mean() < 1


def test_bars_get_no_color_from_points_beside_them(tmp_path: Path, flat: Parts) -> None:
    """A point in the active area of a film with black bars: colored there, bars stay black."""
    frames = []
    for n in range(10):
        gray = np.zeros((128, 192), np.float32)
        gray[:, 32:160] = 0.2 + 0.6 * scene(1, n / 4, 128, 128)
        frames.append(planes_of(np.repeat(gray[..., None], 3, axis=2)))
    film = write_film(tmp_path / "film.mkv", frames)
    with open_film(film) as opened:
        (shot,) = opened.analyze().shots
    assert (shot.area.left, shot.area.right) == (
        pytest.approx(32, abs=4),
        pytest.approx(160, abs=4),
    )
    point = {"frame": 5, "x": 0.25, "y": 0.5, "radius": 0.08, "color": "#d02020"}
    (tmp_path / "film.colors.json").write_text(json.dumps({"version": 1, "points": [point]}))
    out = tmp_path / "out.mkv"
    colorize_video(film, out, FLAT, parts=flat)
    ab = film_ab(out)[5]
    assert ab[0, 60:68, 44:52].mean() > 20
    assert np.abs(read_pictures(out).v[5][:, :10].astype(int) - 128).max() <= 2


def test_a_preview_takes_the_same_colors(tmp_path: Path, flat: Parts) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=12, width=192, height=128))
    point = {"frame": 4, "x": 0.5, "y": 0.5, "radius": 0.3, "color": "#d02020"}
    far = point | {"frame": 11}
    path = tmp_path / "red.json"
    path.write_text(json.dumps({"version": 1, "points": [point, far]}))
    config = replace(FLAT, start="2", end="8")
    plain = make_preview(made.path, tmp_path, config, parts=flat)
    v_plain = read_pictures(plain.clip).v
    guided = make_preview(made.path, tmp_path, config, parts=flat, colors=[path], overwrite=True)
    assert "colors: 1 entry lies outside of the range, without effect" in guided.notes
    for before, after in zip(v_plain, read_pictures(guided.clip).v, strict=True):
        w = after.shape[1] // 2
        middle = np.s_[24:40, w + 40 : w + 56]
        assert after[middle].mean() > before[middle].mean() + 15


def test_locks_hold_and_say_what_they_reached(tmp_path: Path, flat: Parts) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=20, cuts=(12,), width=192, height=128))
    point = {"frame": 5, "x": 0.6, "y": 0.6, "radius": 0.08, "color": "#b04040", "lock": True}
    (tmp_path / "film.colors.json").write_text(
        json.dumps({"version": 1, "points": [point, point | {"lock": False, "frame": 15}]})
    )
    for strength in (1.0, 0.4):
        config = replace(FLAT, strength=strength, unit_frames=8)
        result = colorize_video(made.path, tmp_path / f"{strength}.mkv", config, parts=flat)
        (lock,) = result.locks
        assert (lock.name, lock.frame) == ("film.colors.json: points 1", 5)
        assert lock.at is not None
        assert lock.at < 1
        assert lock.median is not None
        assert lock.median < 3
        assert 0 <= lock.first <= 5 <= lock.last < 12
        assert (lock.lost_before, lock.lost_after) == (lock.first > 0, lock.last < 11)
        assert lock.text().startswith("lock film.colors.json: points 1 (frame 5): CIEDE2000 ")
    # the same from units that were kept
    again = colorize_video(made.path, tmp_path / "0.4.mkv", config, parts=flat)
    assert again.locks == result.locks
    # a preview says it of the frames that it shows
    part = replace(FLAT, start="3", end="9")
    (shown,) = make_preview(made.path, tmp_path, part, parts=flat).locks
    assert (shown.name, shown.frame) == (lock.name, 5)
    assert shown.at is not None
    assert shown.at < 1
    assert 3 <= shown.first <= 5 <= shown.last < 9
    assert (shown.lost_before, shown.lost_after) == (shown.first > 3, shown.last < 8)


def test_a_point_in_a_dissolve(tmp_path: Path, flat: Parts) -> None:
    """It colors its frame, and not what has replaced its thing when the dissolve is over."""
    frames = []
    for n in range(30):
        share = np.clip((n - 10) / 10, 0, 1)
        gray = 0.2 + 0.5 * ((1 - share) * scene(1, n / 20) + share * scene(2, n / 20))
        frames.append(planes_of(np.repeat(gray[..., None], 3, axis=2)))
    film = write_film(tmp_path / "film.mkv", frames)
    with open_film(film) as opened:
        shots = opened.analyze().shots
    assert len(shots) == 2
    point = {"frame": 13, "x": 0.5, "y": 0.5, "radius": 0.15, "color": "#d02020"}
    path = tmp_path / "point.json"
    path.write_text(json.dumps({"version": 1, "points": [point]}))
    colorize_video(film, tmp_path / "plain.mkv", FLAT, parts=flat)
    colorize_video(film, tmp_path / "told.mkv", FLAT, parts=flat, colors=[path])
    change = [
        np.hypot(*(a - b))
        for a, b in zip(
            film_ab(tmp_path / "told.mkv"), film_ab(tmp_path / "plain.mkv"), strict=True
        )
    ]
    h, w = change[0].shape
    middle = np.s_[h // 2 - 6 : h // 2 + 6, w // 2 - 6 : w // 2 + 6]
    assert change[13][middle].mean() > 20
    assert change[8][middle].mean() > 10
    for n in range(shots[1].start, 30):
        assert change[n].mean() < 0.5


@pytest.mark.parametrize("refiner", ["bidirectional", "recurrent"])
def test_what_is_known_is_handed_on_where_a_unit_ends_within_a_shot(
    tmp_path: Path, refiner: str
) -> None:
    config = replace(CONFIG, refiner=refiner, unit_frames=8)
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=20))
    red = GivenColors(0, np.full((2, 64, 96), 30, np.float32), np.ones((64, 96), np.float32))
    with open_film(made.path) as film:
        shot = film.analyze()
        with film.frames() as frames:
            refined = refine_frames(
                frames, film.info, shot, build(config), config, guidance=Guidance((red,)), end=8
            )
            (last,) = (item for item in refined if item.index == 7)
    assert last.state is not None
    assert last.state.known is not None
    assert last.state.known[0, 0].max() > 10
