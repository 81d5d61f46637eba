"""Films cut from scenes, and what is measured of their things."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from benchmarks.identity.films import HEIGHT, WIDTH, Change, CutFilm, Scene, make_film
from benchmarks.identity.measure import measure, things
from vidcolor import open_film


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> CutFilm:
    scenes = []
    for number, color in enumerate(((200, 60, 60), (60, 60, 200))):
        rng = np.random.default_rng(number)
        ground = rng.integers(60, 120, (HEIGHT, WIDTH, 1)).repeat(3, 2).astype(np.uint8)
        rgb, masks = [], []
        for k in range(20):
            picture, mask = ground.copy(), np.zeros((HEIGHT, WIDTH), bool)
            mask[60:120, 100 + k : 180 + k] = True
            picture[mask] = color
            rgb.append(picture)
            masks.append(mask)
        scenes.append(Scene(f"scene {number}", rgb, masks))
    return make_film(tmp_path_factory.mktemp("film") / "film.mkv", scenes, 3)


def test_shots_are_mixed_and_in_the_file(film: CutFilm) -> None:
    assert [shot.first for shot in film.shots] == list(range(0, 48, 8))
    scenes = [shot.scene for shot in film.shots]
    assert all(a != b for a, b in pairwise(scenes))
    assert sum(shot.change.mirrored for shot in film.shots) == 2
    with open_film(film.path) as opened, opened.frames() as frames:
        assert sum(1 for _ in frames) == len(film.L) == 48


def test_masks_and_truth_move_together(film: CutFilm) -> None:
    for ab, mask, shot in zip(film.ab, film.masks, np.repeat(film.shots, 8), strict=True):
        inside = ab[:, mask].mean(1)
        assert np.linalg.norm(inside) > 30
        assert (inside[1] > 0) == (shot.scene == 0)
        assert np.linalg.norm(ab[:, ~mask], axis=0).mean() < 5
    half = Change(0, (WIDTH // 2, 0, WIDTH, HEIGHT), mirrored=True)
    ramp = np.tile(np.arange(WIDTH, dtype=np.float32), (HEIGHT, 1))
    assert half.moved(ramp, (4, 2))[0].tolist() == sorted(half.moved(ramp, (4, 2))[0], reverse=True)


def test_what_truth_gray_and_drifting_colors_measure(film: CutFilm) -> None:
    assert [t.name for t in things(film)][:2] == ["scene 0, thing", "scene 0, around"]
    true = np.stack(film.ab)
    found = measure(film, true)
    assert found["error"] == 0
    assert all(t["distance"] == 0 for t in found["things"].values())
    gray = measure(film, np.zeros_like(true))
    assert gray["things"]["scene 0, thing"]["spread"] == 0
    assert gray["apart"]["scene 0, thing | scene 1, thing"] == 0
    drifted = true.copy()
    drifted[film.shots[-1].first :, 0] += 12
    worse = measure(film, drifted)["things"][f"scene {film.shots[-1].scene}, thing"]
    best = found["things"][f"scene {film.shots[-1].scene}, thing"]
    assert worse["spread"] == pytest.approx(12 * 2**0.5 / 3, abs=1 + best["spread"])
    assert worse["matched_spread"] > best["matched_spread"] + 3
