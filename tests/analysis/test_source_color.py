"""Films that are partly in color: what keeps its color, and what is colored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tests.old_films import LIVELY, TINTS, Planes, painted, planes_of, scene, write_film
from tests.reading import read_pictures
from vidcolor import RunConfig, colorize_video
from vidcolor.analysis.source_color import OwnColors, mark_own_color
from vidcolor.analysis.tint import ColorLook, look_at

CONFIG = RunConfig(crf=0, work_size=128, preset="ultrafast", keep_color=True, unit_frames=7)


class Examined(NamedTuple):
    shot: int
    look: ColorLook | None


def shot(kind: str, count: int, seed: int) -> list[Planes]:
    if kind == "color":
        return [planes_of(painted(scene(seed, 0.3 * i), LIVELY)) for i in range(count)]
    if kind == "black":
        return [planes_of(np.full((96, 160, 3), 0.01)) for i in range(count)]
    return [planes_of(TINTS[kind](scene(seed, 0.3 * i))) for i in range(count)]


def examined(pictures: list[Planes], shots: list[int]) -> list[Examined]:
    return [Examined(n, look_at(*p, 8)) for n, p in zip(shots, pictures, strict=True)]


def marks(shots: list[tuple[str, int]]) -> list[OwnColors]:
    """Says of every frame of a film of these shots what is known after it."""
    pictures = [p for n, (kind, count) in enumerate(shots) for p in shot(kind, count, n)]
    numbers = [n for n, (_, count) in enumerate(shots) for _ in range(count)]
    found = mark_own_color(examined(pictures, numbers), OwnColors(), keep=True)
    return [state for _, state in found]


def test_every_shot_is_decided_by_itself() -> None:
    kinds = ["gray", "color", "sepia", "color", "night", "dyed"]
    states = marks([(kind, 6) for kind in kinds])
    kept = [state.kept for state in states]
    assert kept == [kind == "color" for kind in kinds for _ in range(6)]


def test_a_single_color_card_in_a_gray_film_is_kept() -> None:
    assert [s.kept for s in marks([("gray", 5), ("color", 1), ("gray", 5)])].count(True) == 1


def test_what_tells_nothing_follows_the_shot_before() -> None:
    assert all(s.kept for s in marks([("color", 4), ("black", 12)]))
    assert not any(s.kept for s in marks([("gray", 4), ("black", 12)]))


def test_within_a_shot_the_word_changes_late_and_once() -> None:
    """A dissolve has no cut: gray frames, then color, all of one shot."""
    pictures = shot("gray", 10, 1) + shot("color", 3, 1) + shot("gray", 9, 1)
    pictures += shot("color", 40, 1)
    items = examined(pictures, [0] * len(pictures))
    kept = [s.kept for _, s in mark_own_color(items, OwnColors(), keep=True)]
    assert not any(kept[:22])
    assert kept == sorted(kept)
    assert any(kept[22:40])


def test_a_value_is_enough_to_go_on_from() -> None:
    pictures = [*shot("gray", 9, 0), *shot("color", 30, 1), *shot("sepia", 9, 2)]
    items = examined(pictures, [0] * 9 + [1] * 30 + [2] * 9)
    whole = [s for _, s in mark_own_color(items, OwnColors(), keep=True)]
    for stop in (4, 8, 9, 20, 38, 45):
        rest = [s for _, s in mark_own_color(items[stop + 1 :], whole[stop], keep=True)]
        assert rest == whole[stop + 1 :]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Planes]]:
    """Six frames each of gray film, color, sepia and color."""
    kinds = ("gray", "color", "sepia", "color")
    pictures = [p for n, kind in enumerate(kinds) for p in shot(kind, 6, n)]
    return write_film(tmp_path_factory.mktemp("mixed") / "film.mkv", pictures), pictures


def test_kept_chroma_is_the_films_own_and_the_rest_is_new(
    mixed: tuple[Path, list[Planes]], tmp_path: Path
) -> None:
    film, pictures = mixed
    result = colorize_video(film, tmp_path / "out.mkv", CONFIG)
    out = read_pictures(tmp_path / "out.mkv")
    for number, (y, u, v) in enumerate(pictures):
        np.testing.assert_array_equal(out.y[number], y)
        same = np.array_equal(out.u[number], u) and np.array_equal(out.v[number], v)
        assert same == (number // 6 in (1, 3)), f"frame {number}"
    [note] = [n for n in result.notes if "kept the color" in n]
    assert note == ("kept the color of 2 passages: 00:00:00.2-00:00:00.5, 00:00:00.8-00:00:01.0")


def test_interrupted_within_a_kept_passage_the_film_is_the_same(
    mixed: tuple[Path, list[Planes]], tmp_path: Path
) -> None:
    film, _ = mixed
    colorize_video(film, tmp_path / "whole.mkv", CONFIG)
    target = tmp_path / "broken.mkv"
    for stop in (9, 16, 23):

        def halt(done: int, total: int | None, stop: int = stop) -> None:
            if done == stop:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            colorize_video(film, target, CONFIG, progress=halt)
    result = colorize_video(film, target, CONFIG)
    assert result.resumed_at == 18
    assert any("kept the color of 2 passages" in note for note in result.notes)
    one, other = read_pictures(tmp_path / "whole.mkv"), read_pictures(target)
    for plane in ("y", "u", "v"):
        for a, b in zip(getattr(one, plane), getattr(other, plane), strict=True):
            np.testing.assert_array_equal(a, b)


def test_without_the_option_a_color_film_is_colored_and_named(
    mixed: tuple[Path, list[Planes]], tmp_path: Path
) -> None:
    _, pictures = mixed
    plain = replace(CONFIG, keep_color=False)
    write_film(tmp_path / "color.mkv", pictures[6:12])
    result = colorize_video(tmp_path / "color.mkv", tmp_path / "out.mkv", plain)
    assert any(n.startswith("the film is in color already (100 %") for n in result.notes)
    out = read_pictures(tmp_path / "out.mkv")
    assert not np.array_equal(out.u[0], pictures[6][1])
    write_film(tmp_path / "gray.mkv", pictures[:6])
    result = colorize_video(tmp_path / "gray.mkv", tmp_path / "out2.mkv", plain)
    assert not any("in color already" in n for n in result.notes)


def test_deeper_film_keeps_its_codes(tmp_path: Path) -> None:
    pictures = [planes_of(painted(scene(1, i), LIVELY), 10) for i in range(3)]
    film = write_film(tmp_path / "film.mkv", pictures, depth=10)
    colorize_video(film, tmp_path / "out.mkv", replace(CONFIG, codec="ffv1"))
    out = read_pictures(tmp_path / "out.mkv")
    for number, (_, u, v) in enumerate(pictures):
        np.testing.assert_array_equal(out.u[number], u)
        np.testing.assert_array_equal(out.v[number], v)
