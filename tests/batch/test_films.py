"""Which films a batch has, and where they are written."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from vidcolor.batch.films import BatchFilm, find_films, without_films
from vidcolor.config import RunConfig
from vidcolor.errors import ConfigError, EntriesError
from vidcolor.purposes import purpose

COMMON = RunConfig(strength=0.7)


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def found(*inputs: Path, output: Path, ending: str | None = None) -> dict[str, BatchFilm]:
    return {film.name: film for film in find_films(inputs, output, COMMON, ending)}


def test_a_tree_is_kept_and_what_is_no_film_is_left_out(tmp_path: Path) -> None:
    put(
        tmp_path,
        *("a.mp4", "1921/b.MKV", "1921/deep/c.wmv", "notes.txt", ".hidden.mp4", ".trash/d.mp4"),
        *("a.mp4.vidcolor/00000.nut", "out/a.mp4", "poster1.jpg"),
    )
    films = found(tmp_path, output=tmp_path / "out")
    assert sorted(films) == ["1921/b.MKV", "1921/deep/c.mkv", "a.mp4"]
    assert films["1921/deep/c.mkv"].source == tmp_path / "1921/deep/c.wmv"
    assert films["a.mp4"].config == COMMON
    assert films["a.mp4"].output(tmp_path / "out") == tmp_path / "out" / "a.mp4"
    assert sorted(found(tmp_path, output=tmp_path / "out", ending=".mov")) == [
        *("1921/b.mov", "1921/deep/c.mov", "a.mov"),
    ]


def test_a_folder_of_numbered_images_is_a_film(tmp_path: Path) -> None:
    for number in range(12):
        path = tmp_path / "scans" / "reel.1" / f"{number:04d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.zeros((8, 8), np.uint8))
    films = found(tmp_path / "scans", output=tmp_path / "out")
    assert list(films) == ["reel.1.mkv"]
    assert films["reel.1.mkv"].source == tmp_path / "scans" / "reel.1"
    few = tmp_path / "few"
    few.mkdir()
    cv2.imwrite(str(few / "1.png"), np.zeros((8, 8), np.uint8))
    assert without_films([tmp_path / "scans", few], list(films.values())) == [few]


def test_several_folders_keep_their_names(tmp_path: Path) -> None:
    put(tmp_path, "one/a.mp4", "two/a.mp4")
    films = found(tmp_path / "one", tmp_path / "two", output=tmp_path / "out")
    assert sorted(films) == ["one/a.mp4", "two/a.mp4"]


def test_patterns(tmp_path: Path) -> None:
    put(tmp_path, "x/1/a.mp4", "x/2/b.mp4", "x/2/c.mkv", "x/d.mp4")
    assert sorted(found(tmp_path / "x/**/*.mp4", output=tmp_path / "out")) == [
        *("1/a.mp4", "2/b.mp4", "d.mp4"),
    ]
    assert sorted(found(tmp_path / "x/2/*", output=tmp_path / "out")) == ["b.mp4", "c.mkv"]
    with pytest.raises(ConfigError, match="no file has such a name"):
        found(tmp_path / "x/*.avi", output=tmp_path / "out")


def test_films_that_would_have_the_same_output(tmp_path: Path) -> None:
    put(tmp_path, "in/a.mkv", "in/a.wmv", "else/a.mkv")
    assert sorted(found(tmp_path / "in", output=tmp_path / "out")) == ["a.mkv", "a.wmv.mkv"]
    with pytest.raises(ConfigError, match="would both be written to a"):
        found(tmp_path / "in/a.mkv", tmp_path / "else/a.mkv", output=tmp_path / "out")
    # the same film, named twice, is one film
    assert len(found(tmp_path / "in", tmp_path / "in/a.mkv", output=tmp_path / "out")) == 2
    with pytest.raises(ConfigError, match="cannot be an input"):
        found(tmp_path / "in", output=tmp_path / "in")
    with pytest.raises(ConfigError, match="cannot write"):
        found(tmp_path / "in", output=tmp_path / "out", ending=".wmv")


def test_a_csv_list_has_settings_of_each_film(tmp_path: Path) -> None:
    (tmp_path / "films.csv").write_text(
        "\ufeffinput, output, work-size, keep_color, start, analysis\n"
        "reels/a.mpg, 1921/first.mkv, 256, yes, 1:20, a.json\n"
        "\n"
        "b.mp4\n",
        encoding="utf-8",
    )
    films = found(tmp_path / "films.csv", output=tmp_path / "out")
    first, second = films["1921/first.mkv"], films["b.mp4"]
    assert first.source == tmp_path / "reels/a.mpg"
    assert first.analysis == tmp_path / "a.json"
    assert first.config == RunConfig(strength=0.7, work_size=256, keep_color=True, start="1:20")
    assert second.config == COMMON


def test_purposes_choose_endings_and_encoders_film_by_film(tmp_path: Path) -> None:
    (tmp_path / "films.csv").write_text(
        "input,output,for,crf\na.mpg,,,\nb.mpg,,edit,\nc.mpg,c.mp4,archive,\nd.mp4,,web,30\n"
    )
    films = find_films([tmp_path / "films.csv"], tmp_path / "out", COMMON, use=purpose("archive"))
    made = {f.name: (f.config.codec, f.config.crf, f.config.depth) for f in films}
    assert made == {
        "a.mkv": ("ffv1", None, None),
        "b.mov": ("prores_ks", None, None),
        "c.mp4": ("ffv1", None, None),  # refused by the plan: the name was given
        "d.mp4": ("libx264", 30, 8),
    }
    (tmp_path / "e.avi").write_bytes(b"")
    one = [tmp_path / "e.avi"]
    [film] = find_films(one, tmp_path / "out", COMMON, use=purpose("web"))
    assert (film.name, film.config.preset) == ("e.mp4", "slow")
    [film] = find_films(one, tmp_path / "out", COMMON, ".mkv", use=purpose("web"))
    assert film.name == "e.mkv"
    [film] = find_films(one, tmp_path / "out", COMMON)
    assert film.name == "e.mkv"
    (tmp_path / "films.csv").write_text("input,output\ne.avi,e.avi\n")
    [film] = find_films([tmp_path / "films.csv"], tmp_path / "out", COMMON)
    assert film.name == "e.avi"


def test_a_json_list(tmp_path: Path) -> None:
    films = ["a.mp4", {"input": "b.mp4", "strength": 1, "crf": 12, "fps": None}]
    (tmp_path / "films.json").write_text(json.dumps(films))
    films = found(tmp_path / "films.json", output=tmp_path / "out")
    assert films["b.mp4"].config == RunConfig(strength=1.0, crf=12)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "input,strength\nx.mp4,3\n", "line 2: --strength 3.0 is outside"),
        ("a.csv", "input,strength\nx.mp4,much\n", "strength: 'much' does not fit"),
        ("a.csv", "input,stregnth\nx.mp4,1\n", "line 1: unknown setting 'stregnth'"),
        ("a.csv", "input;strength\nx.mp4;0.5\ny.mp4;3\n", "line 3: --strength 3.0 is outside"),
        ("a.csv", "input,for\nx.mp4,cinema\n", "--for cinema: no such purpose"),
        ("a.csv", "output\nx.mp4\n", "no input is named"),
        ("a.csv", "input,output\nx.mp4,../y.mp4\n", "is not a name in the folder"),
        ("a.csv", "input\nx.mp4,1,2\n", "more cells than the header"),
        ("a.json", '[{"input": "x.mp4", "keep_color": "maybe"}]', "keep-color: 'maybe'"),
        ("a.json", '{"input": "x.mp4"}', "not a list of films"),
        ("a.json", "[1]", "film 1: neither"),
        ("a.json", "[", "not JSON"),
        ("a.csv", 'input,output\nx.mp4,"y\nz.mp4,w.mp4\n', "not a CSV file"),
        ("a.csv", "input,Input\nx.mp4,y.mp4\n", "unknown setting 'Input'"),
        ("a.csv", "work-size,work_size,input\n128,256,x.mp4\n", "a name is there twice"),
        ("a.json", '[{"input": "x.mp4", "input": "y.mp4"}]', "'input' is there twice"),
        ("a.json", "[" * 100_000, "nested too deep"),
        ("a.json", r'[{"input": "x.mp4", "output": "\ud800.mp4"}]', "cannot be the name of a file"),
        ("a.json", r'[{"input": "x\u0000.mp4"}]', "cannot be the name of a file"),
        ("a.json", '[{"input": "x.mp4", "output": "."}]', "is not a name in the folder"),
    ],
)
def test_a_wrong_list_is_named_with_its_line(
    tmp_path: Path, name: str, text: str, words: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=words) as caught:
        found(tmp_path / name, output=tmp_path / "out")
    assert str(tmp_path / name) in str(caught.value)


def test_a_film_may_have_several_outputs(tmp_path: Path) -> None:
    put(tmp_path, "films/x.mp4", "films/y.mp4")
    path = tmp_path / "a.csv"
    path.write_text("input,output\nfilms/x.mp4,a.mp4\nfilms/x.mp4,b.mkv\nfilms/x.mp4,b.mkv\n")
    assert set(found(path, output=tmp_path / "out")) == {"a.mp4", "b.mkv"}
    # without a name of its own, it is the one that the folder has
    assert set(found(tmp_path / "films", path, output=tmp_path / "out")) == {
        "a.mp4",
        "b.mkv",
        "y.mp4",
    }


def test_an_output_is_no_folder_of_another(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("input,output\na.mp4,x.mp4\nb.mp4,x.mp4/y.mp4\n")
    with pytest.raises(ConfigError, match=r"would be written into x\.mp4"):
        found(path, output=tmp_path / "out")


def test_a_cell_may_have_a_line_break(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('input,output\n"a\nb.mp4",c.mp4\n')
    assert found(path, output=tmp_path / "out")["c.mp4"].source == tmp_path / "a\nb.mp4"


def test_all_that_is_wrong_in_a_list_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("input\tstrength\t\nx.mp4\tmuch\t\ny.mp4\t1\t\nz.mp4\t3\t\n")
    with pytest.raises(EntriesError) as caught:
        found(path, output=tmp_path / "out")
    assert caught.value.lines == (
        f"{path}, line 2: strength: 'much' does not fit",
        f"{path}, line 4: --strength 3.0 is outside 0..2",
    )
    path.write_text("input,Start\nx.mp4,1\ny.mp4,2\n")
    with pytest.raises(ConfigError, match="unknown setting 'Start'") as caught:
        found(path, output=tmp_path / "out")
    assert caught.value.hint == "did you mean: start?"


def test_a_list_in_another_encoding_says_how_to_save_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("input\nfür.mp4\n", encoding="utf-16")
    with pytest.raises(ConfigError, match="not a text in UTF-8") as caught:
        found(path, output=tmp_path / "out")
    assert caught.value.hint == "save it as CSV UTF-8"


def test_a_list_of_a_spreadsheet_may_have_semicolons(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\ufeffinput;strength;\na, b.mp4;0,5;\n")
    films = found(path, output=tmp_path / "out")
    assert films["a, b.mp4"].config == RunConfig(strength=0.5)
