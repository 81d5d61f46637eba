"""What the page on many films shows must work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.documents import commands_in, parse_command
from tests.films import FilmSpec, make_film
from tests.reading import read_pictures

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "many-films.md").read_text()
COMMANDS = commands_in(PAGE)


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_parse(line: str) -> None:
    parse_command(line)


def test_a_film_goes_from_and_to_an_object_store(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=3))
    store = fsspec.filesystem("memory")
    store.pipe_file("/archive/film.mkv", made.path.read_bytes())
    (tmp_path / "scratch").mkdir()
    [snippet] = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    snippet = snippet.replace("s3://", "memory://").replace("/scratch", str(tmp_path / "scratch"))
    exec(compile(snippet, "many-films.md", "exec"), {})
    (tmp_path / "back.mkv").write_bytes(store.cat_file("/colored/film.mkv"))
    assert len(read_pictures(tmp_path / "back.mkv").y) == 3
    assert list((tmp_path / "scratch").iterdir()) == []
