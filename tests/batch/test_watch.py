"""A drop folder: a film is taken once it has stopped growing."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from vidcolor.batch.films import BatchFilm, find_films
from vidcolor.batch.watch import Settled, watch
from vidcolor.config import RunConfig
from vidcolor.errors import ConfigError


def test_a_film_that_grows_is_not_taken(tmp_path: Path) -> None:
    film = BatchFilm(tmp_path / "a.mp4", "a.mp4")
    settled = Settled(seconds=10)
    assert settled.ready([film], 0) == []
    for second in range(1, 60):
        film.source.write_bytes(bytes(second))
        assert settled.ready([film], second) == []
    assert settled.ready([film], 68) == []
    assert settled.ready([film], 69.5) == [film]
    assert settled.ready([film], 200) == []
    film.source.write_bytes(b"another film of that name")
    assert settled.ready([film], 201) == []
    assert settled.ready([film], 212) == [film]


def test_films_appear_while_the_folder_is_watched(tmp_path: Path) -> None:
    taken: list[str] = []

    def find() -> list[BatchFilm]:
        if not (tmp_path / "in").exists():
            raise ConfigError("no such folder")
        return find_films([tmp_path / "in"], tmp_path / "out", RunConfig())

    def copy() -> None:
        (tmp_path / "in").mkdir()
        with (tmp_path / "in" / "a.mp4").open("wb") as file:
            for _ in range(8):
                file.write(b"x" * 100)
                file.flush()
                time.sleep(0.3)

    copying = threading.Thread(target=copy)
    copying.start()
    deadline = time.monotonic() + 30
    stopped = lambda: bool(taken) or time.monotonic() > deadline  # noqa: E731
    for film in watch(find, stopped, Settled(seconds=1)):
        assert film.source.stat().st_size == 800
        taken.append(film.name)
    copying.join()
    assert taken == ["a.mp4"]
