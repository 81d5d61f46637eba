"""A file of colors: what it says, and one line for every bad entry."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path

import pytest

from vidcolor.guidance.color_file import color_file_of, read_color_file
from vidcolor.timecode import Timecode
from vidcolor.told.placing import ab_of_rgb

POINT = {"frame": 120, "x": 0.4, "y": 0.5, "color": "#7a1f1f"}


def read(tmp_path: Path, values: object) -> tuple:
    path = tmp_path / "film.colors.json"
    path.write_text(json.dumps(values))
    return read_color_file(path, ab_of_rgb)


def test_all_kinds_of_entries(tmp_path: Path) -> None:
    said, bad = read(
        tmp_path,
        {
            "version": 1,
            "film": "film.mp4",
            "points": [
                POINT | {"lock": True, "note": "the coat is in the museum"},
                {"time": "0:05.5", "x": 0, "y": 1, "color": [50, 20, -30.5], "scope": "film",
                 "except": [4]},
            ],
            "strokes": [
                {"time": "00:00:01:12", "line": [[0, 0], [1, 1]], "radius": 0.1, "color": "#ffffff",
                 "scope": [0, 3]}
            ],
            "stills": [
                {"image": "stills/000120_00-00-05.005.png", "scope": "film", "except": [3]},
                {"image": "coat.png", "frame": 7, "scope": [1]},
            ],
            "references": [
                {"image": "postcard.jpg", "shots": [2]},
                {"image": "b.jpg", "frame": 12},
            ],
        },
    )  # fmt: skip
    assert bad == []
    first, second, stroke = said.marks
    assert (first.place, first.lock, first.scope) == (120, True, "shot")
    assert first.name == "film.colors.json: points 1"
    # as OpenCV converts sRGB 122, 31, 31
    assert first.ab == pytest.approx((39.05, 23.40), abs=0.1)
    assert (second.place, second.ab, second.scope) == (Fraction(11, 2), (20, -30.5), "film")
    assert second.without == (4,)
    assert (stroke.place, stroke.scope) == (Timecode(0, 0, 1, 12), (0, 3))
    assert stroke.line == ((0, 0), (1, 1))
    assert stroke.ab == pytest.approx((0, 0), abs=0.01)
    assert [(s.path, s.place, s.scope, s.without) for s in said.stills] == [
        (tmp_path / "stills" / "000120_00-00-05.005.png", 120, "film", (3,)),
        (tmp_path / "coat.png", 7, (1,), ()),
    ]
    assert said.stills[0].name == "film.colors.json: stills 1"
    assert [(p.path, p.shots, p.place) for p in said.photos] == [
        (tmp_path / "postcard.jpg", (2,), None),
        (tmp_path / "b.jpg", (), 12),
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"frame": -1}, "not a frame number"),
        ({"frame": 1.5}, "not a frame number"),
        ({"frame": True}, "not a frame number"),
        ({"time": "0:05"}, "either 'frame' or 'time'"),
        ({"frame": None}, "not a frame number"),
        ({"x": 1.2}, "x 1.2 is not between 0 and 1"),
        ({"x": "left"}, "not a number"),
        ({"y": None}, "not a number"),
        ({"y": float("nan")}, "not a number"),
        ({"radius": 0}, "radius 0 is not between"),
        ({"radius": 3}, "radius 3 is not between"),
        ({"color": "red"}, "neither #rrggbb nor Lab"),
        ({"color": "#12345"}, "neither #rrggbb nor Lab"),
        ({"color": [50, 200, 0]}, "neither #rrggbb nor Lab"),
        ({"color": [50, 0]}, "neither #rrggbb nor Lab"),
        ({"lock": "yes"}, "neither true nor false"),
        ({"scope": "scene"}, 'neither "shot", "film"'),
        ({"scope": []}, 'neither "shot", "film"'),
        ({"except": [1]}, 'only beside the scope "film"'),
        ({"scope": "film", "except": "shot"}, "not a list of shot numbers"),
        ({"scope": [True]}, 'neither "shot", "film"'),
        ({"colour": "#123456"}, "'colour' is not known"),
        ({"note": 3}, "note: not a text"),
        ({"radius": 10**400}, "radius: too large"),
        ({"color": [50, 10**400, 0]}, "color: too large"),
    ],
)
def test_a_bad_point_is_one_line(tmp_path: Path, change: dict, reason: str) -> None:
    said, bad = read(tmp_path, {"version": 1, "points": [POINT, POINT | change]})
    assert len(said.marks) == 1
    (line,) = bad
    assert line.startswith(f"{tmp_path / 'film.colors.json'}: points 2: ")
    assert reason in line


@pytest.mark.parametrize(
    ("kind", "entry", "reason"),
    [
        ("points", {"frame": 1, "y": 0.5, "color": "#123456"}, "'x' is missing"),
        ("points", {"frame": 1, "x": 0.5, "y": 0.5}, "'color' is missing"),
        ("points", {"x": 0.5, "y": 0.5, "color": "#123456"}, "either 'frame' or 'time'"),
        ("points", {"time": 3, "x": 0, "y": 0, "color": "#123456"}, "not a text"),
        ("points", {"time": "later", "x": 0, "y": 0, "color": "#123456"}, "no time such as"),
        ("points", 3, "not an object"),
        ("strokes", {"frame": 1, "line": [[0, 0]], "color": "#123456"}, "at least two places"),
        ("strokes", {"frame": 1, "line": [[0, 0], [2, 0]], "color": "#123456"}, "x 2 is not"),
        ("strokes", {"frame": 1, "line": [[0, 0], 4], "color": "#123456"}, "is not [x, y]"),
        ("strokes", {"frame": 1, "x": 0.1, "color": "#123456"}, "'x' is not known"),
        ("stills", {"image": "coat.png"}, "neither a frame number nor a time"),
        ("stills", {"frame": 3, "scope": "film"}, "'image' is missing"),
        ("stills", {"image": "3.png", "scope": [1], "except": [2]}, "only beside the scope"),
        ("references", {"image": "a.jpg"}, "'shots', 'frame' or 'time'"),
        ("references", {"image": "a.jpg", "shots": [1], "frame": 2}, "only one of"),
        ("references", {"image": "a.jpg", "shots": "film"}, "not a list of shot numbers"),
        ("references", {"image": "a.jpg", "shots": [-1]}, "shot numbers"),
        ("references", {"image": 3, "shots": [1]}, "not a file name"),
        ("references", {"image": ".", "shots": [1]}, "not a file name"),
        ("stills", {"image": "a\0.png", "frame": 1}, "not a file name"),
        ("stills", {"image": "a\ud800.png", "frame": 1}, "not a file name"),
        ("points", {"time": "9" * 5000, "x": 0, "y": 0, "color": "#123456"}, "not a text such"),
        ("references", {"shots": [1]}, "'image' is missing"),
    ],
)
def test_other_bad_entries(tmp_path: Path, kind: str, entry: object, reason: str) -> None:
    _, bad = read(tmp_path, {"version": 1, kind: [entry]})
    assert len(bad) == 1
    assert f"{kind} 1: " in bad[0]
    assert reason in bad[0]


def test_all_bad_entries_are_found_at_once(tmp_path: Path) -> None:
    _, bad = read(tmp_path, {"version": 1, "points": [{}, POINT, {}], "strokes": 3, "dots": []})
    assert len(bad) == 4


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "not an object"),
        ('{"points": []}', "version None, not 1"),
        ('{"version": 2}', "version 2, not 1"),
        ('{"version": true}', "version True, not 1"),
        ('{"version": 1, "points": [], "points": []}', "'points' is there twice"),
        ('{"version": 1, "points": [{"frame": 5, "frame": 50}]}', "'frame' is there twice"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "film.colors.json"
    path.write_text(text)
    _, bad = read_color_file(path, ab_of_rgb)
    assert len(bad) == 1
    assert reason in bad[0]


def test_where_it_lies() -> None:
    assert color_file_of(Path("/a/movie.one.mp4")) == Path("/a/movie.one.colors.json")


def test_no_file_is_a_crash(tmp_path: Path) -> None:
    rng = random.Random(0)
    values = [None, True, -1, 1e308, "", "a", [], {}, [[]], "9" * 30, 10**30, {"frame": 1}]
    good = {
        "version": 1,
        "points": [POINT],
        "strokes": [{"frame": 1, "line": [[0, 0], [1, 1]], "color": [1, 2, 3], "scope": [1]}],
        "references": [{"image": "a.jpg", "shots": [1]}],
    }
    for _ in range(300):
        broken = json.loads(json.dumps(good))
        entry = rng.choice([broken, *(broken[k][0] for k in ("points", "strokes", "references"))])
        entry[rng.choice([*entry, "extra"])] = rng.choice(values)
        said, bad = read(tmp_path, broken)
        assert all("\n" not in line for line in bad)
        assert len(said.marks) + len(said.photos) + len(bad) >= 1
    path = tmp_path / "film.colors.json"
    for data in (b"\xff\xfe", b"[" * 100_000, b"1" * 10_000, b"\xef\xbb\xbf{}"):
        path.write_bytes(data)
        assert len(read_color_file(path, ab_of_rgb)[1]) == 1


def test_the_documented_example_can_be_used(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "colors.md").read_text()
    path = tmp_path / "film.colors.json"
    path.write_text(text.partition("```json\n")[2].partition("```")[0])
    said, bad = read_color_file(path, ab_of_rgb)
    assert bad == []
    assert (len(said.marks), len(said.photos)) == (3, 1)


def test_the_sample_can_be_used() -> None:
    said, bad = read_color_file(
        Path(__file__).parents[2] / "samples" / "suit.colors.json", ab_of_rgb
    )
    assert bad == []
    assert len(said.marks) == 2
