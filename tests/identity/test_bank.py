"""The bank of a film: what is the same thing, what is not, and that nothing of it is chance."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from tests.identity.scenes import LENGTH, PLACES, key_shot, make_film
from tests.test_cli import vidcolor
from vidcolor import RunConfig, open_film
from vidcolor.analysis.film_analysis import FilmAnalysis
from vidcolor.analysis.key_images import KeyImages
from vidcolor.errors import ConfigError, MediaError, StoppedError
from vidcolor.files import studio_folder
from vidcolor.identity.agreement import Agreement, evidence
from vidcolor.identity.bank import Bank
from vidcolor.identity.film_agreement import film_agreement
from vidcolor.identity.film_questions import NAME as NAME_OF_QUESTIONS
from vidcolor.identity.film_questions import bank_questions, question_text
from vidcolor.identity.key_frames import frames_of, images_at, read_frames
from vidcolor.identity.same import same_thing
from vidcolor.identity.stored import NAME, bank_of
from vidcolor.identity.strength import STRENGTHS
from vidcolor.stills.ask import Place, ask
from vidcolor.workers.workers import NetworkFacts

CONFIG = RunConfig(work_size=128, device="cpu", identity="normal")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, FilmAnalysis]:
    return make_film(tmp_path_factory.mktemp("film") / "film.mkv")


@pytest.fixture(scope="module")
def bank(made: tuple[Path, FilmAnalysis]) -> Bank:
    with open_film(made[0]) as film:
        found = bank_of(film, made[1], CONFIG, "cpu")
    assert found is not None
    return found


def test_things_are_found_again_in_their_own_place_only(bank: Bank) -> None:
    by_shot = dict(zip(bank.shots.tolist(), bank.settings.tolist(), strict=True))
    assert [by_shot[n] for n in range(4)] == list(PLACES)
    places = np.array(PLACES)[bank.shot_of]
    assert len(bank.links) > 20
    assert (places[bank.links[:, 0]] == places[bank.links[:, 1]]).all()
    shots = bank.shot_of
    assert (shots[bank.alike[:, 0]] == shots[bank.alike[:, 1]]).all()
    assert np.allclose(np.bincount(bank.frame_of, bank.means[:, 4]), 1)
    found = bank.region_at(int(bank.frames[1]), *map(float, bank.places[bank.first[1] + 3]))
    assert found == bank.first[1] + 3
    assert bank.region_at(int(bank.frames[1]) + 1, 0.5, 0.5) is None


def test_a_bank_is_the_same_whenever_it_is_made_and_wherever_it_was_kept(
    made: tuple[Path, FilmAnalysis], bank: Bank, tmp_path: Path
) -> None:
    assert Bank.from_bytes(bank.to_bytes()).digest() == bank.digest()
    with pytest.raises(ConfigError, match="no bank"):
        Bank.from_bytes(b"something else")
    with open_film(made[0]) as film:
        kept = bank_of(film, made[1], CONFIG, "cpu", folder=tmp_path)
        assert kept is not None
        assert kept.digest() == bank.digest()
        looked: list[int] = []
        again = bank_of(
            film, made[1], CONFIG, "cpu", folder=tmp_path, progress=lambda n, _: looked.append(n)
        )
        assert again is not None
        assert (again.digest(), looked) == (bank.digest(), [])
        (tmp_path / NAME).write_bytes(b"damaged")
        with pytest.raises(StoppedError):
            bank_of(film, made[1], CONFIG, "cpu", folder=tmp_path, should_stop=lambda: True)


def test_images_that_the_analysis_kept_are_those_of_the_film(
    made: tuple[Path, FilmAnalysis], bank: Bank
) -> None:
    with open_film(made[0]) as film:
        images = images_at(film, CONFIG.work_size)
        analysis = film.analyze(images=images)
        assert analysis == made[1]
        assert all(n in images for n in bank.frames.tolist())
        (read,) = islice(read_frames(film, analysis, [2], None), 1)
        images.keep(2, images.shrink(read.y))
        assert (images[2] == images.shrink(read.y)).all()
        # nothing is read from a film that is not there
        film.path = made[0].with_name("missing.mkv")
        found = bank_of(film, analysis, CONFIG, "cpu", images=images)
        assert found is not None
        assert found.digest() == bank.digest()
        none = KeyImages(images.shrink, most_bytes=0)
        none.keep(2, images[2])
        assert 2 not in none
        with pytest.raises(MediaError):
            next(read_frames(film, analysis, [2], none))
        # coloring needs the memory
        networks = NetworkFacts("cpu", "none", (), {})
        assert film_agreement(film, analysis, CONFIG, networks, images=images) is None
        assert (images.nbytes, 2 in images) == (0, False)


def test_the_bank_of_a_studio_serves_a_run(
    made: tuple[Path, FilmAnalysis], bank: Bank, tmp_path: Path
) -> None:
    path = Path(shutil.copy2(made[0], tmp_path))
    folder = studio_folder(path)
    folder.mkdir()
    (folder / NAME).write_bytes(bank.to_bytes())
    looked: list[int] = []
    with open_film(path) as film:

        def again(analysis: FilmAnalysis, config: RunConfig) -> Bank | None:
            looked.clear()
            return bank_of(film, analysis, config, "cpu", progress=lambda n, _: looked.append(n))

        found = again(made[1], CONFIG)
        assert found is not None
        assert (found.digest(), looked) == (bank.digest(), [])
        other = replace(made[1], source={**made[1].source, "head": "of another film"})
        for analysis, config in ((other, CONFIG), (made[1], replace(CONFIG, work_size=144))):
            assert again(analysis, config) is not None
            assert looked == list(range(1, len(bank.frames) + 1))


def test_one_shot_needs_no_bank(made: tuple[Path, FilmAnalysis], tmp_path: Path) -> None:
    with open_film(made[0]) as film:
        first = made[1].part(0, LENGTH)
        assert bank_of(film, first, CONFIG, "cpu", folder=tmp_path) is None
        assert not any(tmp_path.iterdir())
        bank = bank_of(film, first, CONFIG, "cpu", least_shots=1)
        assert bank is not None
        asked = bank_questions(bank, most=3)
    assert 0 < len(asked) <= 3
    assert {q.shot for q in asked} == {0}


def test_shots_agree_on_what_they_share_and_on_nothing_else(bank: Bank) -> None:
    strength = STRENGTHS["normal"]
    assert strength is not None
    given = Agreement(bank, strength).colors()
    assert [g.frame for g in given] == bank.frames.tolist()
    assert all(0 < g.weight.max() <= strength.weight + 1 / 64 for g in given)
    alone = replace(bank, links=bank.links[:0], sure=bank.sure[:0])
    assert not evidence(alone).any()
    assert Agreement(alone, strength).colors() == ()


def test_a_long_shot_has_key_frames_all_along(made: tuple[Path, FilmAnalysis]) -> None:
    shot = key_shot(0, 0, 1000, (10, 20, 30, 40), made[1].shots[0])
    analysis = FilmAnalysis({}, {}, 0, 1000, (shot,))
    frames = frames_of(analysis)
    numbers = [n for n, _, _ in frames]
    assert numbers[:3] == [10, 20, 30]
    assert np.diff([0, *numbers, 999]).max() <= 120
    assert sum(seconds for _, _, seconds in frames) == pytest.approx(1000 / 24)


def test_where_a_thing_was_found_again(bank: Bank, made: tuple[Path, FilmAnalysis]) -> None:
    frame, places = int(bank.frames[0]), bank.places[: bank.first[1]]
    found = [same_thing(bank, made[1], frame, *map(float, place)) for place in places]
    shots = {one.shot for every in found for one in every}
    assert shots == {2}
    assert all(0.2 <= one.sure <= 1 for every in found for one in every)
    with pytest.raises(ConfigError, match="not compared") as error:
        same_thing(bank, made[1], frame + 1, 0.5, 0.5)
    assert str(frame) in str(error.value.hint)
    with pytest.raises(ConfigError, match="no frame 999"):
        same_thing(bank, made[1], 999, 0.5, 0.5)


def test_questions_and_the_same_thing_on_the_command_line(
    made: tuple[Path, FilmAnalysis], bank: Bank, tmp_path: Path
) -> None:
    place = Place(int(bank.frames[0]), *map(float, bank.places[0]))
    found = ask(made[0], tmp_path / "asked", CONFIG, same_as=place, questions=5)
    values = json.loads((tmp_path / "asked" / NAME_OF_QUESTIONS).read_text())["questions"]
    assert [v["frame"] for v in values] == [q.frame for q in found.questions]
    worths = [v["worth"] for v in values]
    assert worths == sorted(worths, reverse=True)
    assert question_text(found.questions[0]).startswith("worth asking: frame ")
    done = vidcolor("stills", str(made[0]), "--same-as", "3,0.5")
    assert done.returncode == 2
    assert "not FRAME,X,Y" in done.stderr
    assert Place.parse("3,0.5,1") == Place(3, 0.5, 1.0)
