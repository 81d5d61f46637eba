"""Changes of colors and cuts, as functions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vidcolor.analysis.film_analysis import FilmAnalysis
from vidcolor.analysis.shot import KeyFrame, Shot
from vidcolor.errors import ConfigError
from vidcolor.geometry import Area
from vidcolor.studio.changes import changed, check, read_values, written
from vidcolor.studio.cuts import edited, renumbered
from vidcolor.studio.places import Places
from vidcolor.studio.project import ConflictError, Project, State, placed, told

POINT = {"frame": 3, "x": 0.5, "y": 0.5, "color": "#aa3020"}


def film(*starts: int, end: int = 60) -> FilmAnalysis:
    ends = [*starts[1:], end]
    shots = tuple(
        Shot(
            n,
            a,
            b,
            (a / 25, b / 25),
            "cut" if n else "begin",
            0,
            Area(0, 0, 8, 8),
            (KeyFrame(a, 1.0),),
        )
        for n, (a, b) in enumerate(zip(starts, ends, strict=True))
    )
    return FilmAnalysis({}, {}, 0, end, shots)


def test_entries_are_added_replaced_and_removed() -> None:
    values, what = changed({"version": 1}, {"do": "add", "kind": "points", "entry": POINT})
    assert (values["points"], what) == ([POINT], "point added")
    other = POINT | {"lock": True}
    values, _ = changed(values, {"do": "replace", "kind": "points", "index": 0, "entry": other})
    assert values["points"] == [other]
    check(values, Path("a.colors.json"))
    assert read_values(written(values)) == values
    values, _ = changed(values, {"do": "remove", "kind": "points", "index": 0})
    assert values["points"] == []
    still = {"image": "3.png", "scope": "film", "except": [1]}
    values, what = changed(
        {"version": 1, "stills": [still]},
        {"do": "scope", "kind": "stills", "index": 0, "scope": "shot"},
    )
    assert (values["stills"], what) == ([{"image": "3.png"}], "scope of still changed")
    values, _ = changed(values, {"do": "done", "shot": 2, "is": True})
    check(values, Path("a.colors.json"))
    assert values["done"] == [2]


@pytest.mark.parametrize(
    "change",
    [
        {"do": "add", "kind": "version", "entry": POINT},
        {"do": "add", "kind": "points"},
        {"do": "remove", "kind": "points", "index": 0},
        {"do": "remove", "kind": "points", "index": -1},
        {"do": "remove", "kind": "points", "index": True},
        {"do": "paint", "kind": "points", "index": 0},
        {"do": "done", "shot": "1", "is": True},
        {"do": "scope", "kind": "stills", "index": 0, "scope": "film"},
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        changed({"version": 1}, change)


def test_cuts_move_and_all_numbers_of_shots_follow() -> None:
    before = film(0, 20, 40)
    values = {
        "version": 1,
        "points": [POINT | {"scope": [0, 1, 2]}, POINT | {"scope": "film", "except": [2]}],
        "stills": [{"image": "3.png", "scope": [0, 2]}],
        "references": [{"image": "a.jpg", "shots": [1]}],
        "done": [2],
    }
    after, rename, what = edited(before, {"do": "add", "frame": 30})
    assert [(s.start, s.end) for s in after.shots] == [(0, 20), (20, 30), (30, 40), (40, 60)]
    assert after.shots[2].seconds == pytest.approx((1.2, 1.6))
    assert what == "cut at 30 added"
    new = renumbered(values, rename, 3)
    assert new["points"][0]["scope"] == [0, 1, 3]
    assert new["points"][1]["except"] == [3]
    assert new["stills"][0]["scope"] == [0, 3]
    assert (new["references"][0]["shots"], new["done"]) == ([1], [3])
    after, rename, _ = edited(before, {"do": "remove", "frame": 20})
    assert [(s.start, s.end) for s in after.shots] == [(0, 40), (40, 60)]
    assert [k.frame for k in after.shots[0].key_frames] == [0, 20]
    new = renumbered(values, rename, 3)
    assert (new["points"][0]["scope"], new["references"][0]["shots"]) == ([0, 1], [0])
    after, _, _ = edited(before, {"do": "move", "frame": 20, "to": 25})
    assert [s.start for s in after.shots] == [0, 25, 40]
    for wrong in (
        {"do": "add", "frame": 20},
        {"do": "add", "frame": 60},
        {"do": "remove", "frame": 0},
        {"do": "move", "frame": 20, "to": 40},
        {"do": "move", "frame": 20, "to": 0},
    ):
        with pytest.raises(ValueError, match="cut"):
            edited(before, wrong)


def test_a_project_writes_what_run_reads(tmp_path: Path) -> None:
    places = Places(tmp_path / "movie.mp4")
    places.shots.write_text(json.dumps(film(0, 20, 40).to_dict()))
    project = Project(places)
    first = project.state()
    project.change(first.version, {"do": "add", "kind": "points", "entry": POINT})
    second = project.state()
    assert [i["shot"] for i in placed(second)] == [0]
    marks = told(first), told(second)
    assert [n for n in range(3) if marks[0][n] != marks[1][n]] == [0]
    with pytest.raises(ConflictError):
        project.change(first.version, {"do": "done", "shot": 0, "is": True})
    for wrong, why in (({"frame": 60}, "last one is 59"), ({"x": 2}, "not between 0 and 1")):
        add = {"do": "add", "kind": "points", "entry": POINT | wrong}
        with pytest.raises(ValueError, match=why):
            project.change(second.version, add)
    project.cut(second.version, {"do": "add", "frame": 3})
    assert [i["shot"] for i in placed(project.state())] == [1]
    assert project.undo(project.state().version)
    assert project.state().version == second.version
    (tmp_path / "movie.colors.json").write_text("{")
    broken = project.state()
    assert broken.problem is not None
    assert project.undo(broken.version)
    assert placed(project.state())[0]["entry"] == POINT


def test_a_repainted_image_is_another_state(tmp_path: Path) -> None:
    places = Places(tmp_path / "movie.mp4")
    places.shots.write_text(json.dumps(film(0, 20, 40).to_dict()))
    values = {
        "version": 1,
        "points": [POINT],
        "stills": [{"image": "a/25.png"}],
        "references": [{"image": "postcard.jpg", "shots": [2]}],
    }
    places.colors.write_text(json.dumps(values))
    still, photo = tmp_path / "a" / "25.png", tmp_path / "postcard.jpg"
    still.parent.mkdir()
    for image in (still, photo):
        image.write_bytes(b"image")
    project = Project(places)
    state = project.state()
    assert project.state() is state
    for image, shot in ((still, 1), (photo, 2)):
        image.write_bytes(b"repainted")
        before, state = state, project.state()
        assert state.version != before.version
        assert [n for n in range(3) if told(state)[n] != told(before)[n]] == [shot]
    photo.unlink()
    assert project.state().version != state.version
    project.change(project.state().version, {"do": "remove", "kind": "points", "index": 0})
    assert project.before().images == project.state().images


def test_entries_belong_to_the_shots_of_their_frames(tmp_path: Path) -> None:
    place = {name: value for name, value in POINT.items() if name != "frame"}
    values = {
        "version": 1,
        "points": [place | {"time": "1.0s"}, place | {"time": "00:00:02:05"}],
        "stills": [{"image": "a/000045_00-00-01.800.png", "scope": [0]}, {"image": "21.png"}],
        "references": [{"image": "45.png", "shots": [1]}],
    }
    # minutes of time codes count too
    long = [place | {"time": "00:01:00:00"}]
    before = State("1", {"version": 1}, film(0, 20, 40))
    state = State("2", values, before.analysis)
    assert [i["shot"] for i in placed(state)] == [1, 2, 2, 1, None]
    assert [i["at"] for i in placed(state)][2:] == [45, 21, None]
    only = State("3", {"version": 1, "stills": values["stills"][:1]}, before.analysis)
    assert [n for n in range(3) if told(before)[n] != told(only)[n]] == [0, 2]
    assert placed(State("4", {"points": long}, film(0, 1000, end=2000)))[0]["shot"] == 1


@pytest.mark.parametrize("broken", [b"", b"{broken", b"[]", b"null", b"5", None])
def test_an_analysis_that_cannot_be_used_changes_nothing(
    tmp_path: Path, broken: bytes | None
) -> None:
    places = Places(tmp_path / "movie.mp4")
    places.shots.write_text(json.dumps(film(0, 20, 40).to_dict()))
    project = Project(places)
    project.change(project.state().version, {"do": "add", "kind": "points", "entry": POINT})
    good = project.state()
    if broken is None:
        places.shots.unlink()
    else:
        places.shots.write_bytes(broken)
    state = project.state()
    assert state.problem is not None
    assert "movie.shots.json" in state.problem
    assert "mend it" in state.problem
    assert state.version != good.version
    assert (state.analysis, state.values) == (good.analysis, good.values)
    done = {"do": "done", "shot": 0, "is": True}
    for refused in (
        lambda: project.change(state.version, done),
        lambda: project.cut(state.version, {"do": "add", "frame": 3}),
        lambda: project.undo(state.version),
        lambda: project.redo(state.version),
    ):
        with pytest.raises(ValueError, match="mend it"):
            refused()
    assert (places.shots.read_bytes() if broken is not None else None) == broken
    with pytest.raises(ConfigError, match=r"movie\.shots\.json"):
        Project(places)
    # an editor writes the rest
    places.shots.write_text(json.dumps(film(0, 25, 40).to_dict()))
    for opened in (project, Project(places)):
        state = opened.state()
        assert state.problem is None
        assert [shot.start for shot in state.analysis.shots] == [0, 25, 40]
    assert project.undo(project.state().version)
    assert [shot.start for shot in project.state().analysis.shots] == [0, 20, 40]
    assert project.state().problem is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"version": 1, "points": [], "points": []}', "'points' is there twice"),
        ('{"version": 1, "done": null}', "done"),
        ('{"version": 1, "done": 5}', "done"),
        ('{"version": 1, "done": ["x"]}', "done"),
        ('{"version": 1, "points": null}', "points"),
        ('{"version": 1, "points": 5}', "points"),
    ],
)
def test_colors_that_cannot_be_used_are_left_as_they_are(
    tmp_path: Path, text: str, reason: str
) -> None:
    places = Places(tmp_path / "movie.mp4")
    places.shots.write_text(json.dumps(film(0, 20, 40).to_dict()))
    project = Project(places)
    places.colors.write_text(text)
    state = project.state()
    assert reason in (state.problem or "")
    for change in (
        {"do": "done", "shot": 0, "is": True},
        {"do": "add", "kind": "points", "entry": POINT},
    ):
        with pytest.raises(ValueError, match=reason):
            project.change(state.version, change)
    assert places.colors.read_text() == text


def test_entries_without_a_place_in_the_film_are_told(tmp_path: Path) -> None:
    places = Places(tmp_path / "movie.mp4")
    places.shots.write_text(json.dumps(film(0, 20, 40).to_dict()))
    values = {
        "version": 1,
        "points": [POINT | {"scope": [0, 99]}, POINT | {"frame": 999}],
        "stills": [{"image": "3.png", "scope": "film", "except": [4]}],
        "references": [{"image": "card.jpg", "shots": [2, 3]}],
    }
    places.colors.write_text(json.dumps(values))
    (tmp_path / "3.png").write_bytes(b"image")
    project = Project(places)
    state = project.state()
    assert (state.problem or "").split("; ") == [
        "points 1: shot 99: the film's last one is 2",
        "points 2: frame 999: the film's last one is 59",
        "stills 1: shot 4: the film's last one is 2",
        "references 1: shot 3: the film's last one is 2",
        "references 1: card.jpg: no such file",
    ]
    assert len(placed(state)) == 4
    # what is wrong can be taken away
    project.change(state.version, {"do": "remove", "kind": "points", "index": 1})
    assert "999" not in (project.state().problem or "")
