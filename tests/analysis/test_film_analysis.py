"""The analysis as JSON: exact there and back, and open to correction by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.films import FilmSpec, make_film
from tests.old_films import LIVELY, TINTS, painted, planes_of, scene, write_film
from vidcolor.analysis.film_analysis import FilmAnalysis, read_analysis, write_analysis
from vidcolor.analysis.shot import KeyFrame
from vidcolor.config import FilmSettings
from vidcolor.errors import ConfigError, MediaError
from vidcolor.film import open_film
from vidcolor.geometry import Area

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> FilmAnalysis:
    """Three shots of 16 frames, the second in color, with black on both sides."""
    pictures = []
    for i in range(48):
        gray = scene(i // 16, 0.3 * i)
        gray[:, :4] = gray[:, 156:] = 0
        rgb = painted(gray, LIVELY) if 16 <= i < 32 else TINTS["gray"](gray)
        pictures.append(planes_of(rgb))
    path = write_film(tmp_path_factory.mktemp("known") / "film.mkv", pictures)
    with open_film(path, FilmSettings(keep_color=True)) as film:
        return film.analyze()


def edited(known: FilmAnalysis, edit: Edit) -> FilmAnalysis:
    values = json.loads(json.dumps(known.to_dict()))
    edit(values)
    return FilmAnalysis.from_dict(values)


def test_there_and_back_nothing_changes(known: FilmAnalysis, tmp_path: Path) -> None:
    assert [(s.start, s.end) for s in known.shots] == [(0, 16), (16, 32), (32, 48)]
    assert [p[:2] for p in known.own_color] == [(16, 31)]
    assert known.cadence is not None
    assert known.source["size"]
    assert edited(known, lambda values: None) == known
    described = replace(known.shots[0], key_frames=(KeyFrame(3, 0.1 + 0.2, (1 / 3, -2.5)),))
    full = replace(
        known, shots=(described, *known.shots[1:]), damaged=(3,), damaged_seconds=(1 / 7,)
    )
    write_analysis(full, tmp_path / "film.json")
    assert read_analysis(tmp_path / "film.json") == full


def test_a_probe_holds_it_as_well(known: FilmAnalysis, tmp_path: Path) -> None:
    path = tmp_path / "probe.json"
    path.write_text(json.dumps({"file": "film.mkv", "analysis": known.to_dict()}))
    assert read_analysis(path) == known


def test_a_cut_is_moved(known: FilmAnalysis) -> None:
    def move(values: dict[str, Any]) -> None:
        values["shots"][0]["end"] = values["shots"][1]["start"] = 20

    moved = edited(known, move)
    assert [(s.start, s.end) for s in moved.shots] == [(0, 20), (20, 32), (32, 48)]
    assert all(s.start <= k.frame < s.end for s in moved.shots for k in s.key_frames)
    assert all(s.key_frames for s in moved.shots)
    assert moved.color_hash() != known.color_hash()


def test_key_frames_that_a_moved_cut_leaves_outside_are_named(
    known: FilmAnalysis, tmp_path: Path
) -> None:
    values = json.loads(json.dumps(known.to_dict()))
    values["shots"][0]["key_frames"] = [{"frame": n} for n in (30, 3, -1)]
    values["shots"][2]["between"] = [20, 40]
    path = tmp_path / "film.shots.json"
    path.write_text(json.dumps(values))
    found = read_analysis(path)
    assert [k.frame for k in found.shots[0].key_frames] == [3]
    assert found.notes == (
        *known.notes,
        "film.shots.json: key frames that are not in their shot were left out: -1, 20, 30",
    )


def test_a_cut_is_added(known: FilmAnalysis) -> None:
    def add(values: dict[str, Any]) -> None:
        values["shots"][1]["end"] = 24
        values["shots"].insert(2, {"start": 24, "end": 32})

    added = edited(known, add)
    assert [(s.number, s.start, s.end) for s in added.shots] == [
        (0, 0, 16), (1, 16, 24), (2, 24, 32), (3, 32, 48)
    ]  # fmt: skip
    new = added.shots[2]
    assert new.opening == "cut"
    assert new.area == known.shots[1].area == Area(4, 0, 156, 96)
    assert new.seconds == pytest.approx((1.0, 32 / 24), abs=0.002)
    assert [24 <= k.frame < 32 for k in new.key_frames] == [True]


def test_a_cut_is_removed(known: FilmAnalysis) -> None:
    def remove(values: dict[str, Any]) -> None:
        values["shots"][0]["end"] = 32
        del values["shots"][1]

    assert [(s.number, s.start, s.end) for s in edited(known, remove).shots] == [
        (0, 0, 32),
        (1, 32, 48),
    ]


def _set(shot: int, **entries: object) -> Edit:
    return lambda values: values["shots"][shot].update(entries)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (_set(1, start=17), "shot 1 starts at frame 17, not 16"),
        (_set(1, start=15), "shot 1 starts at frame 15, not 16"),
        (_set(1, end=16), "shot 1 has no frame"),
        (_set(2, end=50), "shot 2, the last one, ends at frame 50, the film at 48"),
        (_set(1, opening="wipe"), "shot 1: opening 'wipe' is not one of begin, cut"),
        (_set(1, start="x"), "shot 1 cannot be read: start 'x' is not a frame number"),
        (_set(1, start=16.5), "shot 1 cannot be read: start 16.5"),
        (_set(2, area=[5, 0, 5, 10]), r"shot 2: area \[5, 0, 5, 10\]"),
        (_set(2, area=[0, 0, 5]), "shot 2 cannot be read"),
        (_set(2, seconds=1.5), "shot 2 cannot be read"),
        (_set(2, seconds=[]), "shot 2 cannot be read"),
        (_set(2, seconds=[10**400, 0]), "shot 2 cannot be read"),
        (_set(2, area=[float("inf"), 0, 5, 10]), "shot 2 cannot be read"),
        (_set(0, key_frames=[{"sharpness": 1}]), "shot 0: 'frame' is missing"),
        (_set(0, lead="long"), "shot 0 cannot be read"),
        (lambda v: v["shots"][1].pop("end"), "shot 1: 'end' is missing"),
        (lambda v: v["shots"].__setitem__(1, 16), "shot 1 is not an object"),
        (lambda v: v["shots"].pop(1), "shot 1 starts at frame 32, not 16"),
        (lambda v: v.update(shots=[]), "there is no shot"),
        (lambda v: v.pop("frames"), "'frames' is missing"),
        (lambda v: v.update(version=0), "version 0"),
        (lambda v: v.update(own_color=[[1, 2]]), "cannot be read"),
        (lambda v: v.update(damaged=[float("inf")]), "analysis cannot be read"),
    ],
)
def test_bad_edits_are_one_line_that_names_the_shot(
    known: FilmAnalysis, edit: Edit, said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        edited(known, edit)
    assert "\n" not in str(caught.value)


def test_files_that_hold_none(tmp_path: Path) -> None:
    for content, said in ((b"{", "not JSON"), (b"[]", "not an analysis"), (b"\xff", "not JSON")):
        (tmp_path / "a.json").write_bytes(content)
        with pytest.raises(ConfigError, match=said):
            read_analysis(tmp_path / "a.json")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_analysis(tmp_path / "nowhere.json")


def test_a_place_that_cannot_be_written_is_one_line(known: FilmAnalysis, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be written"):
        write_analysis(known, tmp_path / "nowhere" / "a.json")


def test_a_part_has_its_shots_only(known: FilmAnalysis) -> None:
    part = known.part(16, 32)
    assert [(s.number, s.start, s.end) for s in part.shots] == [(1, 16, 32)]
    assert (part.first_frame, part.end) == (16, 32)
    assert part.keeps_color(20)
    assert part.anchor_before(16) == known.anchor_before(16)


def test_one_shot_of_frames_nobody_looked_at(tmp_path: Path) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=4))
    with open_film(made.path) as film:
        whole = FilmAnalysis.one_shot(film.info, 4)
    assert whole.shot_at(3).area == Area(0, 0, 96, 64)
    with pytest.raises(IndexError):
        whole.shot_at(4)
