"""Stills of a film: which frames, what is written, what is left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.films import FilmSpec, MadeFilm, make_film
from vidcolor import RunConfig, build
from vidcolor.analysis.film_analysis import FilmAnalysis
from vidcolor.analysis.shot import KeyFrame, Shot
from vidcolor.components import Parts
from vidcolor.errors import ConfigError, MediaError
from vidcolor.film import open_film
from vidcolor.geometry import Area
from vidcolor.preview import make_preview
from vidcolor.stills.choice import Choice, choose
from vidcolor.stills.make import make_stills
from vidcolor.stills.table import read_table
from vidcolor.video.read.frame_index import FrameIndex

CONFIG = RunConfig(work_size=128, refiner="none", device="cpu")


@pytest.fixture(scope="module")
def parts() -> Parts:
    return build(CONFIG)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> MadeFilm:
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    return make_film(path, FilmSpec(frames=40, cuts=(25,), width=192, height=128))


def test_stills_of_key_frames(tmp_path: Path, film: MadeFilm, parts: Parts) -> None:
    seen: list[int] = []
    result = make_stills(
        film.path, tmp_path / "a", CONFIG, parts=parts, progress=lambda done, _: seen.append(done)
    )
    with open_film(film.path) as opened:
        keys = [k.frame for shot in opened.analyze().shots for k in shot.key_frames]
        assert sorted(row.frame for row in result.stills) == sorted(keys)
        for row in result.stills:
            image = cv2.imread(str(result.folder / row.still))
            assert image.shape == (128, 192, 3)
            expected = opened.frame(row.frame, CONFIG, short_side=128, parts=parts)
            assert np.array_equal(image[..., ::-1], expected)
    assert seen == list(range(1, len(keys) + 1))
    assert {row.shot for row in result.stills} == {0, 1}
    worth = [row.unsure * row.seconds for row in result.stills]
    assert worth == sorted(worth, reverse=True)
    assert sum(row.seconds for row in result.stills) == pytest.approx(40 / 24, abs=0.01)
    assert list(read_table(result.folder)) == [row.still for row in result.stills]


def test_first_and_last_frame_and_nothing_is_overwritten(
    tmp_path: Path, film: MadeFilm, parts: Parts
) -> None:
    folder = tmp_path / "a"
    first = make_stills(film.path, folder, CONFIG, Choice(frames="0,39"), parts=parts)
    assert [p.name for p in sorted(folder.glob("*.png"))] == [
        "000000_00-00-00.000.png",
        "000039_00-00-01.625.png",
    ]
    assert {r.timecode for r in first.stills} == {"00:00:00.000", "00:00:01.625"}
    mine = folder / "000000_00-00-00.000.png"
    proposed = folder / ".proposed" / mine.name
    assert mine.read_bytes() == proposed.read_bytes()
    mine.write_bytes(b"repainted")
    again = make_stills(film.path, folder, CONFIG, Choice(frames="0,1.0s"), parts=parts)
    assert (again.written, again.kept) == (1, 1)
    assert mine.read_bytes() == b"repainted"
    assert {row.frame for row in read_table(folder).values()} == {0, 24, 39}
    replaced = make_stills(
        film.path, folder, CONFIG, Choice(frames="0"), parts=parts, overwrite=True
    )
    assert (replaced.written, replaced.kept) == (1, 0)
    assert mine.read_bytes() == proposed.read_bytes()


def test_frames_that_are_not_there_are_told_before_the_analysis(
    tmp_path: Path, film: MadeFilm
) -> None:
    analyzed: list[int] = []
    for frames, reason in (
        ("3,40", "frame 40: the film's last one is 39"),
        ("scan_0003.png", "not a folder of images"),
    ):
        with pytest.raises(ConfigError, match=reason):
            make_stills(
                film.path,
                tmp_path / "a",
                CONFIG,
                Choice(frames=frames),
                analysis_progress=lambda done, total: analyzed.append(done),
            )
    assert not analyzed
    assert not (tmp_path / "a").exists()


def test_a_folder_is_of_one_film(tmp_path: Path, film: MadeFilm, parts: Parts) -> None:
    make_stills(film.path, tmp_path / "a", CONFIG, Choice(frames="0"), parts=parts)
    other = make_film(tmp_path / "other.mkv", FilmSpec(frames=4))
    with pytest.raises(ConfigError, match=r"holds stills of film\.mkv"):
        make_stills(other.path, tmp_path / "a", CONFIG, parts=parts)
    namesake = tmp_path / "b" / film.path.name
    namesake.parent.mkdir()
    other.path.rename(namesake)
    with pytest.raises(ConfigError, match=r"holds stills of another film of the name film\.mkv"):
        make_stills(namesake, tmp_path / "a", CONFIG, Choice(frames="0"), parts=parts)
    other = make_film(tmp_path / "other.mkv", FilmSpec(frames=4))
    # of a version that did not note how large the film is
    (tmp_path / "a" / ".proposed" / "film.txt").write_text(f"{namesake.name}\n")
    make_stills(namesake, tmp_path / "a", CONFIG, Choice(frames="1"), parts=parts)
    namesake.unlink()
    with pytest.raises(MediaError, match="no such file"):
        make_stills(namesake, tmp_path / "a", CONFIG, parts=parts)
    odd = film.path.with_name("two\nlines \u2028.mkv")
    odd.write_bytes(film.path.read_bytes())
    for frame in ("0", "1"):
        found = make_stills(odd, tmp_path / "c", CONFIG, Choice(frames=frame), parts=parts)
        assert (found.written, found.kept) == (1, 0)
    with pytest.raises(ConfigError, match="is a folder here, not a file"):
        make_stills(other.path, other.path, CONFIG, parts=parts)


def test_rotated_anamorphic_film_stands_upright(tmp_path: Path, parts: Parts) -> None:
    spec = FilmSpec(
        frames=3, width=144, height=128, rotation=90, sample_aspect_ratio=Fraction(16, 9)
    )
    made = make_film(tmp_path / "film.mp4", spec)
    result = make_stills(made.path, tmp_path / "a", CONFIG, Choice(frames="1"), parts=parts)
    image = cv2.imread(str(result.folder / result.stills[0].still))
    # 256x128 as shown, turned by a quarter
    assert image.shape == (256, 128, 3)


def analysis(*shots: tuple[int, int, Sequence[int]]) -> FilmAnalysis:
    made = tuple(
        Shot(n, start, end, (start / 24, end / 24), "cut" if n else "begin", 0, Area(0, 0, 64, 48),
             tuple(KeyFrame(k, 1.0) for k in keys))
        for n, (start, end, keys) in enumerate(shots)
    )  # fmt: skip
    return FilmAnalysis({}, {}, made[0].start, made[-1].end - made[0].start, made)


def chosen(choice: Choice, known: FilmAnalysis) -> list[tuple[int, int, float]]:
    index = FrameIndex(np.arange(known.end), Fraction(1, 24), Fraction(0))
    names = [f"scan{n + 7}.png" for n in range(known.end)]
    found = choose(choice, known, Fraction(24), lambda: index, lambda i: names.index(i.name))
    return [(c.frame, c.shot, c.seconds * 24) for c in found]


def test_choices() -> None:
    known = analysis((0, 100, [70, 10]), (100, 200, [150]))
    assert chosen(Choice(), known) == [
        (10, 0, pytest.approx(40.5)),
        (70, 0, pytest.approx(59.5)),
        (150, 1, pytest.approx(100)),
    ]
    assert [c[0] for c in chosen(Choice(shots="1"), known)] == [150]
    assert [c[0] for c in chosen(Choice(every="2s"), known)] == [0, 48, 96, 100, 148, 196]
    assert [c[0] for c in chosen(Choice(every="40", shots="1"), known)] == [100, 140, 180]
    assert [c[0] for c in chosen(Choice(frames="199,0,1.0s,0"), known)] == [0, 24, 199]
    assert [c[0] for c in chosen(Choice(frames="scan9.png, 7"), known)] == [2, 7]
    own = replace(known, own_color=((0, 99, 0.0, 4.0),))
    with_names = FilmAnalysis.from_dict(own.to_dict())
    assert [c[0] for c in chosen(Choice(), with_names)] == [150]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"shots": "x"}, "is no shot"),
        ({"shots": "5-3"}, "is no shot"),
        ({"shots": "9"}, "there is no shot 9; the last one is 0"),
        ({"frames": "100"}, "--frames: frame 100: the film's last one is 99"),
        ({"frames": "3,0:05"}, "00:00:05.000: the film's last frame is shown at 00:00:04.125"),
        ({"frames": "soon"}, "cannot read the position"),
        ({"frames": "10:00:00:05"}, "cannot read the position"),
        ({"every": "0"}, "more than 0"),
        ({"every": "2s", "frames": "1"}, "exclude each other"),
    ],
)
def test_choices_that_do_not_fit(values: dict, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        chosen(Choice(**values), analysis((0, 100, [5])))


def test_what_is_refused_leaves_no_folder(tmp_path: Path, film: MadeFilm, parts: Parts) -> None:
    stills, looks = tmp_path / "stills", tmp_path / "looks"
    with pytest.raises(ConfigError, match="no shot 9"):
        make_stills(film.path, stills, CONFIG, Choice(shots="9"), parts=parts)
    (tmp_path / "bad.json").write_text("[]")
    with pytest.raises(ConfigError, match="not an object"):
        make_preview(film.path, looks, CONFIG, parts=parts, colors=[tmp_path / "bad.json"])
    assert [path.name for path in tmp_path.iterdir()] == ["bad.json"]


def test_stills_of_a_film_of_four_lines(tmp_path: Path, parts: Parts) -> None:
    made = make_film(tmp_path / "film.mkv", FilmSpec(frames=4, width=400, height=4, codec="ffv1"))
    result = make_stills(made.path, tmp_path / "stills", CONFIG, parts=parts)
    assert result.written >= 1
    assert cv2.imread(str(tmp_path / "stills" / result.stills[0].still)).shape == (8, 32, 3)
