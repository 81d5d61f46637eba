"""A preview shows what a run makes, with every option that changes the image."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.films import FilmSpec, make_film
from tests.old_films import LIVELY, painted, planes_of, scene, write_film
from tests.reading import read_pictures
from vidcolor import RunConfig, colorize_video, open_film
from vidcolor.errors import ConfigError
from vidcolor.preview import make_preview

CONFIG = RunConfig(work_size=128, preset="ultrafast")


def halves(path: Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Red-difference planes of the left and the right half of a preview's clip."""
    planes = read_pictures(path).v
    width = planes[0].shape[1] // 2
    return [p[:, :width] for p in planes], [p[:, width:] for p in planes]


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Ten gray frames, ten in color, ten gray ones: a shot each."""
    gray = [planes_of(np.repeat(scene(1, i / 4)[..., None], 3, axis=2)) for i in range(10)]
    color = [planes_of(painted(scene(2, i / 4), LIVELY)) for i in range(10)]
    last = [planes_of(np.repeat(scene(3, i / 4)[..., None], 3, axis=2)) for i in range(10)]
    return write_film(tmp_path / "film.mkv", gray + color + last)


@pytest.mark.parametrize("keep", [True, False])
def test_color_that_is_kept_is_shown_as_kept(tmp_path: Path, mixed: Path, keep: bool) -> None:
    config = replace(CONFIG, keep_color=keep)
    result = make_preview(mixed, tmp_path, config)
    before, after = halves(result.clip)
    source = read_pictures(mixed).v
    near = [np.abs(after[n].astype(int) - source[n]).mean() < 3 for n in range(30)]
    assert near[10:20] == [keep] * 10
    gray = [np.abs(plane.astype(int) - 128).mean() < 1 for plane in before]
    assert gray == [not (keep and 10 <= n < 20) for n in range(30)]


def test_a_preview_is_what_the_run_makes(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=20, cuts=(9,), width=160, height=96))
    config = replace(CONFIG, start="3", end="17")
    seen: list[int] = []
    result = make_preview(
        made.path, tmp_path, config, analysis_progress=lambda done, total: seen.append(done)
    )
    assert result.frames == 14
    assert seen == list(range(1, 15))
    colorize_video(made.path, tmp_path / "run.mkv", replace(config, crf=0))
    run = read_pictures(tmp_path / "run.mkv").v
    # the preview's encoder rounds
    for shown, truth in zip(halves(result.clip)[1], run, strict=True):
        assert np.abs(shown.astype(int) - truth).mean() < 2


def test_a_preview_uses_corrected_cuts(tmp_path: Path, mixed: Path) -> None:
    config = replace(CONFIG, refiner="none", keep_color=True)
    with open_film(mixed, config.film) as film:
        found = film.analyze()
    one_shot = replace(found, shots=(replace(found.shots[0], end=30),), own_color=())
    part = replace(config, start="8", end="12")
    result = make_preview(mixed, tmp_path, part, analysis=one_shot)
    assert result.frames == 4
    # nothing keeps its color, as the analysis says
    assert all(np.abs(p.astype(int) - 128).mean() < 1 for p in halves(result.clip)[0])
    with pytest.raises(ConfigError, match="other settings: keep_color"):
        make_preview(mixed, tmp_path / "b", replace(part, keep_color=False), analysis=one_shot)


def test_interlaced_film_is_shown_deinterlaced(tmp_path: Path) -> None:
    spec = FilmSpec(frames=12, interlaced="tff", width=160, height=96)
    made = make_film(tmp_path / "film.mkv", spec)
    notes = make_preview(made.path, tmp_path, replace(CONFIG, deinterlace=True)).notes
    assert any("deinterlaced (tff" in note for note in notes)
    with pytest.raises(ConfigError, match="exists"):
        make_preview(made.path, tmp_path, CONFIG)


def test_without_a_range_each_of_the_first_shots_is_shown(tmp_path: Path) -> None:
    black = [planes_of(np.full((96, 160, 3), 0.02))] * 50
    shots = [
        [planes_of(np.repeat(scene(k, i / 4)[..., None], 3, axis=2)) for i in range(14)]
        for k in (1, 2, 3)
    ]
    height, width = shots[0][0][0].shape
    black = [planes_of(np.full((height, width, 3), 0.02))] * 40
    film = write_film(tmp_path / "film.mkv", [*black, *shots[0], *shots[1], *shots[2]])
    result = make_preview(film, tmp_path / "new" / "folder", CONFIG, tour=True)
    assert result.frames == 18
    assert result.sheet.parent == tmp_path / "new" / "folder"
    shown = read_pictures(result.clip).y
    assert len(shown) == 18
    assert min(float(np.std(plane)) for plane in shown) > 5  # none is black
    before = [plane[:, :width].astype(float) for plane in shown]
    changes = [np.abs(a - b).mean() for a, b in itertools.pairwise(before)]
    assert sorted(np.argsort(changes)[-2:]) == [5, 11]  # a shot after every six frames


@pytest.mark.parametrize("pix_fmt", ["gray16le", "yuv420p12le", "gbrp16le"])
def test_previews_of_any_depth(tmp_path: Path, pix_fmt: str) -> None:
    spec = FilmSpec(frames=6, width=160, height=96, codec="ffv1", pix_fmt=pix_fmt)
    made = make_film(tmp_path / "film.mkv", spec)
    result = make_preview(made.path, tmp_path, CONFIG)
    assert result.frames == 6
    assert read_pictures(result.clip).y[0].dtype == np.uint8
