"""Photographs and points color what is like them in other frames, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.old_films import planes_of, write_film
from tests.reading import read_pictures
from vidcolor import FilmAnalysis, FilmSettings, open_film
from vidcolor.errors import EntriesError
from vidcolor.guidance.guidance import Guidance
from vidcolor.told.told_colors import ToldColors


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Path:
    """Shots of 10, 10 and 14 frames: an astronaut, a cat, the astronaut again a little later."""
    y = read_pictures(samples / "launch.mp4").y
    chosen = (*y[60:70], *read_pictures(samples / "cat.mp4").y[:10], *y[94:108])
    frames = [cv2.resize(p, (320, 240), interpolation=cv2.INTER_AREA) / 255 for p in chosen]
    planes = [planes_of(np.repeat(f[..., None], 3, axis=2)) for f in frames]
    return write_film(tmp_path_factory.mktemp("film") / "film.mkv", planes)


@pytest.fixture(scope="module")
def known(film: Path) -> FilmAnalysis:
    with open_film(film) as opened:
        found = opened.analyze()
    assert [(s.start, s.end) for s in found.shots] == [(0, 10), (10, 20), (20, 34)]
    return found


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Path:
    """The astronaut, blue above and orange below."""
    gray = read_pictures(samples / "launch.mp4").y[106].astype(np.float32)
    bgr = np.repeat(gray[..., None], 3, axis=2)
    half = len(gray) // 2
    bgr[:half] *= (1, 0.8, 0.55)
    bgr[half:] *= (0.55, 0.8, 1)
    path = tmp_path_factory.mktemp("photo") / "photo.png"
    assert cv2.imwrite(str(path), bgr.astype(np.uint8))
    return path


def told(
    film: Path, known: FilmAnalysis, folder: Path, **kinds: list[dict]
) -> tuple[Guidance, tuple[str, ...]]:
    path = folder / "a.json"
    path.write_text(json.dumps({"version": 1} | kinds))
    with open_film(film, FilmSettings(**known.settings)) as opened:
        colors = ToldColors([path], opened, 192)
        return colors.guidance(known), colors.notes


def test_a_photograph_colors_what_is_like_it(
    tmp_path: Path, film: Path, known: FilmAnalysis, photo: Path
) -> None:
    guidance, notes = told(film, known, tmp_path, references=[{"image": str(photo), "shots": [0]}])
    assert [g.frame for g in guidance.given] == sorted(k.frame for k in known.shots[0].key_frames)
    for given in guidance.given:
        half = given.weight.shape[0] // 2
        assert given.weight.mean() > 0.2
        assert given.weight.max() < 0.95
        above, below = (
            float((given.ab[1, part] * given.weight[part]).sum() / given.weight[part].sum())
            for part in (slice(0, half), slice(half, None))
        )
        assert above < -8 < 8 < below
    assert not any("nothing in its shot" in note for note in notes)


def test_a_photograph_of_something_else_says_nothing(
    tmp_path: Path, film: Path, known: FilmAnalysis, photo: Path
) -> None:
    guidance, notes = told(film, known, tmp_path, references=[{"image": str(photo), "frame": 12}])
    assert not guidance
    assert notes[-1] == "colors: a.json: references 1: nothing in its shot is surely like it"


def test_a_point_counts_in_other_shots(tmp_path: Path, film: Path, known: FilmAnalysis) -> None:
    point = {"frame": 5, "x": 0.3, "y": 0.6, "radius": 0.05, "color": "#a02020"}
    here, _ = told(film, known, tmp_path, points=[point])
    assert [g.frame for g in here.given] == [5]
    there, _ = told(film, known, tmp_path, points=[point | {"scope": "film"}])
    astronaut = {5} | {k.frame for k in known.shots[2].key_frames}
    assert {g.frame for g in there.given} == astronaut
    chosen, _ = told(film, known, tmp_path, points=[point | {"scope": [1, 2]}])
    assert chosen.digest() == there.digest()
    (first,) = here.given
    color = first.ab[:, first.weight > 0][:, :1]
    for given in there.given:
        where = given.weight > 0.2
        assert where.any()
        assert np.abs(given.ab[:, where] - color).max() < 0.2
        # about as high in the image
        assert abs(np.nonzero(where)[0].mean() / where.shape[0] - 0.6) < 0.1
        assert given.frame == 5 or given.weight.max() < 0.95


def test_shots_that_are_not_there(tmp_path: Path, film: Path, known: FilmAnalysis) -> None:
    point = {"frame": 5, "x": 0.3, "y": 0.6, "color": "#a02020", "scope": [2, 3]}
    with pytest.raises(EntriesError, match="points 1: shot 3: the film's last one is 2"):
        told(film, known, tmp_path, points=[point])


def test_a_still_is_found_again_where_its_shot_goes_on(
    tmp_path: Path, film: Path, known: FilmAnalysis
) -> None:
    still = painted(film, tmp_path / "frame000020.png")
    guidance = stills_of(film, known, tmp_path)
    assert [g.frame for g in guidance.given] == [20, 24, 28, 32, 33]
    last = guidance.given[-1]
    half = last.weight.shape[0] // 2
    above, below = last.weight[:half], last.weight[half:]
    assert above.mean() > 0.2
    assert last.weight.max() < 0.95
    assert float((last.ab[1, :half] * above).sum() / above.sum()) < -8
    # nothing was said of what is below
    assert below[20:].mean() < 0.5 * above.mean()
    still.unlink()
    assert not stills_of(film, known, tmp_path).given


def painted(film: Path, path: Path) -> Path:
    """Frame 20, blue above and transparent below."""
    gray = read_pictures(film).y[20].astype(np.float32)
    image = np.repeat(gray[..., None], 4, axis=2)
    image[..., :3] *= (1, 0.8, 0.55)
    image[: len(gray) // 2, :, 3] = 255
    image[len(gray) // 2 :, :, 3] = 0
    assert cv2.imwrite(str(path), image.astype(np.uint8))
    return path


def test_a_still_counts_in_other_shots(tmp_path: Path, film: Path, known: FilmAnalysis) -> None:
    still = painted(film, tmp_path / "20.png")
    alone = stills_of(film, known, tmp_path)
    entry = {"image": still.name, "scope": "film"}
    (tmp_path / "colors.json").write_text(json.dumps({"version": 1, "stills": [entry]}))
    # of the shots with an astronaut; the cat is nothing like it
    first = {k.frame for k in known.shots[0].key_frames}
    everywhere = {g.frame: g for g in stills_of(film, known, tmp_path).given}
    assert set(everywhere) == first | {g.frame for g in alone.given}
    for number in first:
        given = everywhere[number]
        half = given.weight.shape[0] // 2
        above, below = given.weight[:half], given.weight[half:]
        assert above.mean() > 0.2
        assert given.weight.max() < 0.95
        assert float((given.ab[1, :half] * above).sum() / above.sum()) < -8
        assert below[20:].mean() < 0.5 * above.mean()
    entry |= {"except": [0]}
    (tmp_path / "colors.json").write_text(json.dumps({"version": 1, "stills": [entry]}))
    assert stills_of(film, known, tmp_path).digest() == alone.digest()


def stills_of(film: Path, known: FilmAnalysis, folder: Path) -> Guidance:
    with open_film(film, FilmSettings(**known.settings)) as opened:
        return ToldColors([folder], opened, 192).guidance(known)


def test_a_point_is_found_again_where_its_shot_goes_on(
    tmp_path: Path, film: Path, known: FilmAnalysis
) -> None:
    point = {"frame": 20, "x": 0.3, "y": 0.6, "radius": 0.05, "color": "#a02020"}
    guidance, _ = told(film, known, tmp_path, points=[point])
    first, last, _ = guidance.given
    assert last.frame == 32
    where = last.weight > 0.1
    assert last.weight.max() < 0.5
    assert np.abs(last.ab[:, where] - first.ab[:, first.weight > 0][:, :1]).max() < 0.3
    assert abs(np.nonzero(where)[0].mean() / where.shape[0] - 0.6) < 0.15


def test_shots_of_a_part_are_found_by_their_numbers(
    tmp_path: Path, film: Path, known: FilmAnalysis
) -> None:
    point = {"frame": 20, "x": 0.3, "y": 0.6, "radius": 0.05, "color": "#a02020", "scope": "film"}
    whole, _ = told(film, known, tmp_path, points=[point])
    part, _ = told(film, known.part(10, 34), tmp_path, points=[point])
    assert part.digest() == whole.part(10, 34).digest()
    assert len(part.given) > 1
