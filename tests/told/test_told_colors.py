"""What files say of a film's colors, on the frames and at the places that they mean."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.films import FilmSpec, make_film
from vidcolor import FilmAnalysis, FilmSettings, RunConfig, open_film
from vidcolor.errors import ConfigError, EntriesError
from vidcolor.guidance.guidance import Guidance
from vidcolor.pipeline import to_lightness
from vidcolor.stills.choice import Choice
from vidcolor.stills.make import make_stills
from vidcolor.told.told_colors import ToldColors, color_files

CONFIG = RunConfig(work_size=128, refiner="none", device="cpu")
POINT = {"frame": 3, "x": 0.5, "y": 0.5, "color": "#a02828"}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    spec = FilmSpec(frames=24, cuts=(12,), width=192, height=128)
    return make_film(tmp_path_factory.mktemp("film") / "film.mkv", spec).path


@pytest.fixture(scope="module")
def known(film: Path) -> FilmAnalysis:
    with open_film(film) as opened:
        return opened.analyze()


def write(path: Path, **kinds: Sequence[dict]) -> Path:
    path.write_text(json.dumps({"version": 1} | kinds))
    return path


def told(
    film: Path,
    paths: Sequence[Path],
    known: FilmAnalysis,
    settings: FilmSettings | None = None,
) -> tuple[Guidance, tuple[str, ...]]:
    with open_film(film, settings) as opened:
        colors = ToldColors(paths, opened, CONFIG.work_size)
        colors.check(known)
        return colors.guidance(known), colors.notes


def paint(path: Path, rgb: tuple[int, int, int] = (160, 40, 40)) -> None:
    """A patch in the middle, as an image editor would leave it."""
    image = cv2.imread(str(path))
    h, w = image.shape[:2]
    image[h // 4 : h // 2, w // 4 : w // 2] = rgb[::-1]
    assert cv2.imwrite(str(path), image)


def by_hand(guidance: Guidance) -> list[int]:
    """Frames with something that is certain; what is found by likeness never is."""
    return [g.frame for g in guidance.given if g.weight.max() == 1]


def test_stills_come_back(tmp_path: Path, film: Path, known: FilmAnalysis) -> None:
    make_stills(film, tmp_path / "a", CONFIG, Choice(frames="0,12,23"), analysis=known)
    untouched, notes = told(film, [tmp_path / "a"], known)
    assert not untouched
    assert untouched.digest() == ""
    assert any("3 stills not repainted" in note for note in notes)
    for number in (0, 23):
        # Nothing like it is in the film.
        paint(next((tmp_path / "a").glob(f"{number:06d}*.png")), (255, 0, 255))
    guidance, notes = told(film, [tmp_path / "a"], known)
    assert by_hand(guidance) == [0, 23]
    for given in (g for g in guidance.given if g.frame in (0, 23)):
        assert given.weight.shape == (128, 192)
        assert (given.weight[36:60, 52:92] == 1).all()
        assert (given.weight[80:] == 0.5).all()
    assert notes[0] == "colors from a: 2 repainted stills"
    # stills that say nothing are no entries without effect
    for settings in (FilmSettings(start="13"), FilmSettings(start="13", end="24")):
        with open_film(film, settings) as opened:
            part = opened.analyze()
        _, notes = told(film, [tmp_path / "a"], part, settings)
        assert notes[-1] == "colors: 1 entry lies outside of the range, without effect"


def test_a_folder_that_says_nothing_is_named(
    tmp_path: Path, film: Path, known: FilmAnalysis
) -> None:
    assert told(film, [tmp_path], known)[1] == (f"colors from {tmp_path.name}: none",)
    assert told(film, [], known)[1] == ()


def test_names_of_every_kind(tmp_path: Path, film: Path, known: FilmAnalysis) -> None:
    image = np.full((64, 96, 3), (40, 40, 160), np.uint8)
    for name in ("ref_000002.png", "00-00-00.500.jpg", "00_00_00_20.webp", "frame-7.tif"):
        assert cv2.imwrite(str(tmp_path / name), image)
    (tmp_path / "readme.txt").write_text("not a still")
    (tmp_path / "work.psd").write_bytes(b"8BPS")
    guidance, _ = told(film, [tmp_path], known)
    assert by_hand(guidance) == [2, 7, 12, 20]


def test_times_of_a_film_with_variable_rate(tmp_path: Path) -> None:
    ticks = [0, 10, 30, 31, 80, 90]
    spec = FilmSpec(frames=6, time_base=Fraction(1, 100), rate=25, pts=ticks)
    made = make_film(tmp_path / "film.mkv", spec)
    entry = {"x": 0.5, "y": 0.5, "color": "#a02828"}
    times = ["0.1s", "0.31s", "0.32s", "0:00.8"]
    path = write(tmp_path / "film.colors.json", points=[entry | {"time": t} for t in times])
    with open_film(made.path) as opened:
        known = opened.analyze()
    guidance, _ = told(made.path, [path], known)
    assert by_hand(guidance) == [1, 3, 4]


def test_points_over_stills(tmp_path: Path, film: Path, known: FilmAnalysis) -> None:
    cv2.imwrite(str(tmp_path / "3.png"), np.full((64, 96, 3), (160, 40, 40), np.uint8))
    path = write(tmp_path / "colors.json", points=[POINT | {"lock": True}, POINT | {"frame": 9}])
    guidance, notes = told(film, [tmp_path], known)
    assert by_hand(guidance) == [3, 9]
    first = next(g for g in guidance.given if g.frame == 3)
    assert (first.weight == 1).all()
    assert first.ab[0, 64, 96] > 30 > 0 > first.ab[1, 0, 0]
    (lock,) = guidance.locks
    assert (lock.name, lock.frame) == ("colors.json: points 1", 3)
    assert notes[0].endswith("1 repainted still, 2 points")
    assert told(film, [path], known)[0].digest() != guidance.digest()


def test_the_file_beside_the_film(tmp_path: Path, film: Path) -> None:
    movie = tmp_path / "movie.mkv"
    movie.write_bytes(film.read_bytes())
    assert color_files(movie, ()) == ()
    beside = write(tmp_path / "movie.colors.json")
    other = write(tmp_path / "other.json")
    assert color_files(movie, ()) == (beside,)
    assert color_files(movie, (tmp_path,)) == (beside, tmp_path)
    assert color_files(movie, (other,)) == (other,)
    with pytest.raises(ConfigError, match="no such file"):
        color_files(movie, (tmp_path / "none",))
    (tmp_path / "3.png").write_bytes(b"")
    with pytest.raises(ConfigError, match="an image"):
        color_files(movie, (tmp_path / "3.png",))


def test_everything_that_is_wrong_is_said_at_once(
    tmp_path: Path, film: Path, known: FilmAnalysis
) -> None:
    write(
        tmp_path / "colors.json",
        points=[POINT | {"x": 3}, POINT, POINT | {"time": "0:00:00:40", "frame": 1}],
        references=[{"image": "none.jpg", "shots": [0]}],
    )
    (tmp_path / "4.png").write_bytes(b"no image")
    cv2.imwrite(str(tmp_path / "market.png"), np.zeros((4, 6, 3), np.uint8))
    cv2.imwrite(str(tmp_path / "5.png"), np.full((90, 90, 3), (9, 9, 99), np.uint8))
    cv2.imwrite(str(tmp_path / "shot-1.png"), np.full((9, 9, 3), 90, np.uint8))
    with pytest.raises(EntriesError) as caught:
        told(film, [tmp_path], known)
    lines = caught.value.lines
    assert len(lines) == 7
    assert f"{tmp_path}/shot-1.png: a gray image says nothing of colors" in lines
    for part in ("points 1: x 3", "points 3: ", "none.jpg: cannot be read", "4.png: cannot",
                 "market.png: its name", "5.png: 90x90"):  # fmt: skip
        assert sum(part in line for line in lines) == 1, part


def test_what_lies_behind_the_end_is_found_before_the_analysis(tmp_path: Path, film: Path) -> None:
    places = [{"time": "1.0s"}, {"time": "0:00:01:00"}, {"frame": 24}, {"time": "0.95s"}]
    place = {name: value for name, value in POINT.items() if name != "frame"}
    points = [place | p for p in places]
    path = write(tmp_path / "a.json", points=[*points, POINT | {"x": 3, "scope": [7]}])
    with open_film(film) as opened, pytest.raises(EntriesError) as caught:
        ToldColors([path], opened, CONFIG.work_size).check()
    assert [line.partition(": ")[2] for line in caught.value.lines] == [
        "points 5: x 3 is not between 0 and 1",
        "points 1: 00:00:01.000: the film's last frame is shown at 00:00:00.958",
        "points 2: 00:00:01:00: the film's last frame is 00:00:00:23",
        "points 3: frame 24: the film's last one is 23",
    ]


def test_two_stills_of_a_frame(tmp_path: Path, film: Path, known: FilmAnalysis) -> None:
    image = np.full((64, 96, 3), (40, 40, 160), np.uint8)
    for name in ("3.png", "frame-3.jpg"):
        cv2.imwrite(str(tmp_path / name), image)
    with pytest.raises(EntriesError, match=r"frame 3 is in 3\.png too"):
        told(film, [tmp_path], known)


def test_frames_and_shots_that_are_not_there(
    tmp_path: Path, film: Path, known: FilmAnalysis
) -> None:
    cv2.imwrite(str(tmp_path / "photo.png"), np.full((64, 96, 3), (40, 40, 160), np.uint8))
    references = [
        {"image": "photo.png", "shots": [1, 2]},
        {"image": "photo.png", "frame": 24},
        # nor is the image
        {"image": "gone.png", "shots": [3]},
    ]
    path = write(tmp_path / "a.json", points=[POINT | {"frame": 24}], references=references)
    with pytest.raises(EntriesError) as caught:
        told(film, [path], known)
    assert [line.partition(": ")[2] for line in caught.value.lines] == [
        "references 3: gone.png: cannot be read (No such file or directory)",
        "points 1: frame 24: the film's last one is 23",
        "references 2: frame 24: the film's last one is 23",
        "references 1: shot 2: the film's last one is 1",
        "references 3: shot 3: the film's last one is 1",
    ]


def test_a_still_that_is_not_there_and_its_scope_are_told_together(
    tmp_path: Path, film: Path, known: FilmAnalysis
) -> None:
    stills = [
        {"image": "gone.png", "frame": 3, "scope": [7]},
        {"image": "gone.png", "frame": 30, "scope": "film", "except": [0, 8]},
    ]
    with pytest.raises(EntriesError) as caught:
        told(film, [write(tmp_path / "a.json", stills=stills)], known)
    assert [line.partition(": ")[2] for line in caught.value.lines] == [
        "stills 1: gone.png: cannot be read (No such file or directory)",
        "stills 2: gone.png: cannot be read (No such file or directory)",
        "stills 2: frame 30: the film's last one is 23",
        "stills 1: shot 7: the film's last one is 1",
        "stills 2: shot 8: the film's last one is 1",
    ]


def test_a_range_leaves_out_what_lies_outside(tmp_path: Path, film: Path) -> None:
    settings = FilmSettings(start="6", end="20")
    path = write(tmp_path / "a.json", points=[POINT, POINT | {"frame": 10}, POINT | {"frame": 99}])
    with open_film(film, settings) as opened:
        known = opened.analyze()
    guidance, notes = told(film, [path], known, settings)
    assert by_hand(guidance) == [10]
    assert notes[-1] == "colors: 2 entries lie outside of the range, without effect"
    # numbers of shots are those of the whole film
    write(path, points=[POINT | {"frame": 10, "scope": [1]}])
    guidance, notes = told(film, [path], known, settings)
    assert by_hand(guidance) == [10]
    assert notes[-1] == "colors: 1 entry counts in fewer shots: others are not in the range"
    # an entry is told of once
    write(path, points=[POINT | {"frame": 99, "scope": [1]}])
    guidance, notes = told(film, [path], known, settings)
    assert not guidance
    assert notes[-1] == "colors: 1 entry lies outside of the range, without effect"


def test_photographs_belong_to_shots(tmp_path: Path, film: Path, known: FilmAnalysis) -> None:
    image = np.full((300, 400, 3), (40, 40, 160), np.uint8)
    for name in ("shot-0001 market.jpg", "card.png"):
        cv2.imwrite(str(tmp_path / name), image)
    folder = tmp_path / "stills"
    folder.mkdir()
    (tmp_path / "shot-0001 market.jpg").rename(folder / "shot-0001 market.jpg")
    write(folder / "colors.json", references=[{"image": "../card.png", "frame": 5}])
    _, notes = told(film, [folder], known)
    # a photograph of one color is like nothing
    assert notes == (
        "colors from stills: 2 photographs",
        "colors: colors.json: references 1: nothing in its shot is surely like it",
        "colors: shot-0001 market.jpg: nothing in its shot is surely like it",
    )


def test_edits_are_noticed(tmp_path: Path, film: Path, known: FilmAnalysis) -> None:
    path = write(tmp_path / "a.json", points=[POINT])
    with open_film(film) as opened:
        colors = ToldColors([path, tmp_path], opened, CONFIG.work_size)
        before = colors.guidance(known).digest()
        assert not colors.has_changed()
        write(path, points=[POINT | {"color": "#2828a0"}])
        assert colors.has_changed()
        assert colors.guidance(known).digest() != before
        assert not colors.has_changed()
        cv2.imwrite(str(tmp_path / "2.png"), np.full((64, 96, 3), (40, 40, 160), np.uint8))
        assert colors.has_changed()


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("aspect", [Fraction(1), Fraction(16, 9)])
def test_a_point_at_a_corner_lands_there(tmp_path: Path, rotation: int, aspect: Fraction) -> None:
    """The brightest place of the upright image is the one that the point colors."""
    spec = FilmSpec(
        frames=2, width=160, height=128, rotation=rotation, sample_aspect_ratio=aspect,
        pix_fmt="yuv420p",
    )  # fmt: skip
    made = make_film(tmp_path / "film.mp4", spec)
    with open_film(made.path) as opened:
        known = opened.analyze()
        info = opened.info
        size = info.geometry.working_size(CONFIG.work_size)
        with opened.frames() as frames:
            first = next(frames)
        marked = np.full_like(first.y, 60)
        marked[-24:, -30:] = 235  # the stored lower right corner
        (item,) = to_lightness([replace(first, y=marked)], info, known, size, "cpu")
        bright = item.L[0, 0].numpy() > 60
        corners = {(x, y): bright[-y, -x] for x in (0, 1) for y in (0, 1)}
        (corner,) = [c for c, is_bright in corners.items() if is_bright]
        x, y = corner
        point = POINT | {"frame": 0, "x": x, "y": y, "radius": 0.1}
        path = write(tmp_path / "a.json", points=[point])
        colors = ToldColors([path], opened, CONFIG.work_size)
        (given,) = (g for g in colors.guidance(known).given if g.frame == 0)
    assert given.weight.shape == bright.shape
    assert given.weight.any()
    assert bright[given.weight > 0].all()
