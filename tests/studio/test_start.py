"""What cannot work is said before the page is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.films import FilmSpec, make_film
from vidcolor.config import RunConfig
from vidcolor.errors import VidcolorError
from vidcolor.studio.studio import Studio


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("out", "no ending"),
        ("film.mkv", "the output is the input"),
        ("gone/out.mkv", "gone"),
    ],
)
def test_an_output_that_cannot_be_written(tmp_path: Path, output: str, reason: str) -> None:
    film = make_film(tmp_path / "film.mkv", FilmSpec(frames=2)).path
    with pytest.raises(VidcolorError, match=reason):
        Studio(film, tmp_path / output, RunConfig(device="cpu"))
    assert list(tmp_path.iterdir()) == [film]
