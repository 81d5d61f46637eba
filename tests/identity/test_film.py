"""A film whose shots agree: nearer to each other, the same by whatever way it is made."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.identity.scenes import HEIGHT, LENGTH, PLACES, WIDTH, make_film
from vidcolor import RunConfig, colorize_video
from vidcolor.analysis.film_analysis import FilmAnalysis
from vidcolor.components import Parts, build
from vidcolor.dry_run import dry_run
from vidcolor.errors import ConfigError, StoppedError
from vidcolor.film import open_film
from vidcolor.guidance.guidance import Guidance
from vidcolor.identity.agreement import Agreement
from vidcolor.identity.stored import NAME, bank_of
from vidcolor.identity.strength import STRENGTHS
from vidcolor.pipeline import refine_frames
from vidcolor.shards.color_share import color_share
from vidcolor.shards.share import Shard
from vidcolor.told.current_guidance import CurrentGuidance
from vidcolor.told.told_colors import ToldColors
from vidcolor.video.segments.segments import work_folder
from vidcolor.workers.here import Here

CONFIG = RunConfig(
    work_size=128, device="cpu", identity="normal", preset="ultrafast", unit_frames=4
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, FilmAnalysis]:
    return make_film(tmp_path_factory.mktemp("film") / "film.mkv")


@pytest.fixture(scope="module")
def parts() -> Parts:
    return build(CONFIG)


@pytest.fixture(scope="module")
def whole(made: tuple[Path, FilmAnalysis], parts: Parts) -> bytes:
    output = made[0].with_name("whole.mkv")
    colorize_video(made[0], output, CONFIG, parts=parts)
    return output.read_bytes()


def small_colors(made: tuple[Path, FilmAnalysis], parts: Parts, guidance: Guidance) -> np.ndarray:
    with open_film(made[0]) as film, film.frames() as frames:
        items = list(refine_frames(frames, film.info, made[1], parts, CONFIG, guidance=guidance))
    return np.concatenate([item.ab.numpy() for item in items])


def test_the_same_place_has_nearer_colors(made: tuple[Path, FilmAnalysis], parts: Parts) -> None:
    with open_film(made[0]) as film:
        bank = bank_of(film, made[1], CONFIG, "cpu")
    strength = STRENGTHS["normal"]
    assert bank is not None
    assert strength is not None
    apart = []
    for guidance in (Guidance(), Guidance(agreed=Agreement(bank, strength).colors())):
        ab = small_colors(made, parts, guidance).mean((2, 3))
        shots = ab.reshape(len(PLACES), LENGTH, 2).mean(1)
        apart.append((np.linalg.norm(shots[0] - shots[2]), np.linalg.norm(shots[1] - shots[3])))
    off, normal = np.array(apart).sum(1)
    assert off > 1
    assert normal < 0.7 * off


def test_stopped_shared_and_whole_films_are_the_same(
    made: tuple[Path, FilmAnalysis], parts: Parts, whole: bytes, tmp_path: Path
) -> None:
    colorize_video(made[0], tmp_path / "off.mkv", replace(CONFIG, identity="off"), parts=parts)
    assert (tmp_path / "off.mkv").read_bytes() != whole
    output = tmp_path / "out.mkv"
    with pytest.raises(StoppedError):
        colorize_video(
            made[0],
            output,
            CONFIG,
            parts=parts,
            should_stop=lambda: any(work_folder(output).glob("*.nut")),
        )
    assert (work_folder(output) / NAME).exists()
    planned = dry_run(made[0], output, CONFIG)
    assert [unit.is_kept for unit in planned.units][:2] == [True, False]
    looked: list[int] = []
    result = colorize_video(
        made[0], output, CONFIG, parts=parts, identity_progress=lambda n, _: looked.append(n)
    )
    assert result.resumed_at == 4
    assert looked == []
    assert output.read_bytes() == whole
    assert sorted(tmp_path.iterdir()) == [tmp_path / "off.mkv", output]
    colorize_video(made[0], tmp_path / "two.mkv", CONFIG, jobs=2)
    assert (tmp_path / "two.mkv").read_bytes() == whole
    for number in (2, 1):
        color_share(made[0], tmp_path / "shared.mkv", CONFIG, Shard(number, 2), Here(parts))
    assert (tmp_path / "shared.mkv").read_bytes() == whole


def test_unknown_strength() -> None:
    with pytest.raises(ConfigError, match="off, normal, strong"):
        RunConfig(identity="very")


def test_points_and_stills_of_a_file_count_in_the_shots_they_name(
    made: tuple[Path, FilmAnalysis], tmp_path: Path
) -> None:
    path, analysis = made
    with open_film(path) as film:
        bank = bank_of(film, analysis, CONFIG, "cpu")
        strength = STRENGTHS["normal"]
        assert bank is not None
        assert strength is not None
        agreement = Agreement(bank, strength)
        plain = {g.frame: g for g in agreement.colors()}
        x, y = (float(v) for v in bank.places[0])
        point = {"frame": int(bank.frames[0]), "x": x, "y": y, "color": "#c81e1e"}

        # what lies under the still's opaque half is repainted, and all red
        painted = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
        painted[:, : WIDTH // 2] = (30, 30, 200, 255)
        assert cv2.imwrite(str(tmp_path / f"{point['frame']}.png"), painted)
        still = {"image": f"{point['frame']}.png"}

        def changed(more: dict[str, object], kind: str = "points") -> set[int]:
            file = tmp_path / "a.colors.json"
            entry = (point if kind == "points" else still) | more
            file.write_text(json.dumps({"version": 1, kind: [entry]}))
            told = ToldColors([file], film, CONFIG.work_size)
            given = CurrentGuidance(told, analysis, agreement).all
            assert {analysis.shot_at(g.frame).number for g in given.given} == {0}
            others = [g for g in given.agreed if (g.ab != plain[g.frame].ab).any()]
            return {analysis.shot_at(g.frame).number for g in others}

        assert changed({}) == set()
        assert changed({"scope": "film"}) == {0, 2}
        assert changed({"scope": [2]}) == {0, 2}
        assert changed({"scope": "film", "except": [2]}) == {0}
        assert changed({}, "stills") == set()
        assert changed({"scope": "film"}, "stills") == {0, 2}
        assert changed({"scope": "film", "except": [2]}, "stills") == {0}
