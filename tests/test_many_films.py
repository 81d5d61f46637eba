"""What the page on many films shows must work."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer.main

from tests.films import FilmSpec, make_film
from tests.reading import read_pictures
from vidcolor import cli

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "many-films.md").read_text()
COMMANDS = sorted(set(re.findall(r"^vidcolor .*$", PAGE, re.M)))


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_parse(line: str) -> None:
    words = shlex.split(line)[1:]
    command = typer.main.get_command(cli.app)
    sub = command.commands[words[0]]  # type: ignore[attr-defined]
    sub.make_context(words[0], words[1:])


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
