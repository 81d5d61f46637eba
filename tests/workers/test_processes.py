"""Worker processes that are kept from film to film, and one that is ended from outside."""

from __future__ import annotations

import multiprocessing
import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from tests.films import FilmSpec, make_film
from vidcolor import RunConfig, colorize_video
from vidcolor.errors import VidcolorError
from vidcolor.workers.processes import Processes, own_device

CONFIG = RunConfig(work_size=128, preset="ultrafast", refiner="none", unit_frames=6)


def test_a_worker_that_is_ended_costs_a_unit_and_the_next_film_goes_on(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mkv", FilmSpec(frames=36, cuts=(12, 24))).path
    colorize_video(film, tmp_path / "whole.mkv", CONFIG)
    before = set(multiprocessing.active_children())
    with closing(Processes(2)) as workers:

        def kill(done: int, total: int | None) -> None:
            if done >= 6:
                for worker in set(multiprocessing.active_children()) - before:
                    os.kill(worker.pid or 0, signal.SIGKILL)

        output = tmp_path / "out.mkv"
        with pytest.raises(VidcolorError, match="ended from outside"):
            colorize_video(film, output, CONFIG, workers=workers, progress=kill)
        colorize_video(film, tmp_path / "other.mkv", CONFIG, workers=workers)
        colorize_video(film, output, CONFIG, workers=workers)
    whole = (tmp_path / "whole.mkv").read_bytes()
    assert output.read_bytes() == (tmp_path / "other.mkv").read_bytes() == whole
    assert set(multiprocessing.active_children()) <= before


def test_a_device_that_was_named_stays() -> None:
    assert own_device("cpu", 5) == "cpu"
    assert own_device("cuda:1", 5) == "cuda:1"
