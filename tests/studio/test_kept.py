"""Images that the next server shows before its networks are loaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.films import FilmSpec, make_film
from vidcolor.analysis.film_analysis import write_analysis
from vidcolor.config import RunConfig
from vidcolor.film import open_film
from vidcolor.studio.kept import KeptImages
from vidcolor.studio.places import Places
from vidcolor.studio.project import Project, told
from vidcolor.studio.studio import NotReadyError, Studio

JPEG = b"\xff\xd8an image\xff\xd9"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    film = make_film(tmp_path / "film.mkv", FilmSpec(frames=4)).path
    places = Places(film)
    with open_film(film) as source:
        write_analysis(source.analyze(), places.shots)
    return Project(places)


def test_what_was_made_before_is_there_without_networks(project: Project) -> None:
    film, config = project.places.film, RunConfig(device="cpu")
    studio = Studio(film, film.with_name("out.mkv"), config)
    try:
        state = studio.project.state()
        studio.kept.put(state, "after", 2, told(state)[0], JPEG)
    finally:
        studio.close()
    # a server that has not begun to load anything
    studio = Studio(film, film.with_name("out.mkv"), config)
    try:
        state = studio.project.state()
        assert studio.image(state, 2, "after", is_played=False) == (JPEG, True, False)
        for frame, kind in ((2, "thumb"), (1, "after")):
            with pytest.raises(NotReadyError):
                studio.image(state, frame, kind, is_played=False)
        point = {"frame": 1, "x": 0.5, "y": 0.5, "color": "#d02020"}
        change = {"do": "add", "kind": "points", "entry": point}
        studio.project.change(state.version, change)
        with pytest.raises(NotReadyError):
            studio.image(studio.project.state(), 2, "after", is_played=False)
        studio.project.undo(studio.project.state().version)
        assert studio.image(studio.project.state(), 2, "after", is_played=False)[0] == JPEG
    finally:
        studio.close()


def test_an_image_of_other_settings_or_another_film_is_none(project: Project) -> None:
    film, config, state = project.places.film, RunConfig(), project.state()
    folder = project.places.images
    KeptImages(folder, film, config).put(state, "after", 0, "look", JPEG)
    assert KeptImages(folder, film, config).get(state, "after", 0, "look") == JPEG
    other = replace(config, strength=0.5)
    assert KeptImages(folder, film, other).get(state, "after", 0, "look") is None
    film.write_bytes(film.read_bytes() + b"more")
    assert KeptImages(folder, film, config).get(state, "after", 0, "look") is None


def test_another_film_under_the_name_is_told_and_its_images_are_not_kept(project: Project) -> None:
    film, config = project.places.film, RunConfig(device="cpu")
    studio = Studio(film, film.with_name("out.mkv"), config)
    try:
        state = studio.project.state()
        before = studio.pulse()
        assert studio.view()["problem"] is None
        data = film.read_bytes()
        film.rename(film.with_name("aside.mkv"))
        film.write_bytes(data + b"another")
        assert "another file" in studio.view()["problem"]
        assert studio.pulse() != before
        studio.kept.put(state, "after", 2, told(state)[0], JPEG)
        film.with_name("aside.mkv").replace(film)
        assert studio.view()["problem"] is None
        assert studio.kept.get(state, "after", 2, told(state)[0]) is None
    finally:
        studio.close()


def test_an_image_that_a_crash_cut_off_is_none(project: Project) -> None:
    kept, state = (
        KeptImages(project.places.images, project.places.film, RunConfig()),
        project.state(),
    )
    kept.put(state, "after", 0, "look", JPEG[:-1])
    assert kept.get(state, "after", 0, "look") is None


def test_few_bytes_are_kept(project: Project) -> None:
    folder, state = project.places.images, project.state()
    kept = KeptImages(folder, project.places.film, RunConfig(), most=10 * len(JPEG))
    for number in range(30):
        kept.put(state, "after", 0, f"look {number}", JPEG)
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 10 * len(JPEG)
    assert kept.get(state, "after", 0, "look 29") == JPEG


def test_a_folder_that_cannot_be_written_to_is_no_error(project: Project) -> None:
    project.places.images.write_bytes(b"no folder")
    kept = KeptImages(project.places.images, project.places.film, RunConfig())
    state = project.state()
    kept.put(state, "after", 0, "look", JPEG)
    assert kept.get(state, "after", 0, "look") is None
