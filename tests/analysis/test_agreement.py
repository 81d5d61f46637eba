"""`probe`, `preview`, `run` and `report` know one list of shots, on ten kinds of film."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.old_films import LIVELY, TINTS, painted, planes_of, scene, telecined, woven, write_film
from vidcolor import preview as preview_module
from vidcolor import unit_runner
from vidcolor.analysis.film_analysis import FilmAnalysis, write_analysis
from vidcolor.components import Parts, build
from vidcolor.config import RunConfig
from vidcolor.film import Film, open_film
from vidcolor.preview import make_preview
from vidcolor.probe.probe import probe
from vidcolor.report.make import make_report
from vidcolor.report.settings import ReportConfig
from vidcolor.run import colorize_video

Gray = list[np.ndarray]
FAST = {
    "refiner": "none", "work_size": 128, "codec": "libx264", "crf": 0, "preset": "ultrafast",
    "device": "cpu",
}  # fmt: skip


def shot(seed: int, count: int = 14, start: int = 0) -> Gray:
    return [scene(seed, 0.3 * (start + i)) for i in range(count)]


def dissolve(one: Gray, other: Gray, length: int) -> Gray:
    shares = [(i + 1) / (length + 1) for i in range(length)]
    mixed = [
        (1 - s) * a + s * b for s, a, b in zip(shares, one[-length:], other[:length], strict=True)
    ]
    return one[:-length] + mixed + other[length:]


def fade(one: Gray, other: Gray, length: int) -> Gray:
    down = [p * (1 - (i + 1) / length) for i, p in enumerate(one[-length:])]
    up = [p * (i + 1) / length for i, p in enumerate(other[:length])]
    return one[:-length] + down + [np.zeros_like(one[0])] * 4 + up + other[length:]


def _save(path: Path, images: Gray, **more: object) -> Path:
    return write_film(path, [planes_of(TINTS["gray"](g)) for g in images], **more)  # type: ignore[arg-type]


def cuts(path: Path) -> Path:
    return _save(path, shot(1) + shot(2) + shot(3))


def dissolves(path: Path) -> Path:
    return _save(path, dissolve(shot(1, 40), shot(2, 40), 14))


def fades(path: Path) -> Path:
    return _save(path, fade(shot(1, 24), shot(2, 24), 8))


def foreign_frame(path: Path) -> Path:
    images = shot(1, 30)
    images[12] = scene(9)
    return _save(path, images)


def flash(path: Path) -> Path:
    images = shot(1) + shot(2)
    images[6] = images[20] = np.ones_like(images[0])
    return _save(path, images)


def damage(path: Path) -> Path:
    _save(path, shot(1, 30) + shot(2, 30), options={"qp": "0", "preset": "ultrafast", "g": "10"})
    data = bytearray(path.read_bytes())
    middle = len(data) // 4
    data[middle : middle + 3000] = np.random.default_rng(0).bytes(3000)
    path.write_bytes(data)
    return path


def own_color(path: Path) -> Path:
    images = shot(1) + shot(2) + shot(3)
    pictures = [
        planes_of(painted(g, LIVELY) if 14 <= i < 28 else TINTS["sepia"](g))
        for i, g in enumerate(images)
    ]
    return write_film(path, pictures)


def fields(path: Path) -> Path:
    images = [woven(lambda t, s=n: scene(s, 0.6 * t), i, "tff") for n in (1, 2) for i in range(16)]
    return _save(path, images, rate=25, interlaced="tff")


def pulldown(path: Path) -> Path:
    return _save(path, telecined(shot(1, 16) + shot(2, 16)))


def borders(path: Path) -> Path:
    images = shot(1) + shot(2) + shot(3)
    for image in images:
        image[:, :8] = image[:, 152:] = 0
    return _save(path, images)


FILMS: dict[Callable[[Path], Path], dict[str, bool]] = {
    cuts: {}, dissolves: {}, fades: {}, foreign_frame: {}, flash: {}, damage: {},
    own_color: {"keep_color": True}, fields: {"deinterlace": True}, pulldown: {}, borders: {},
}  # fmt: skip
KNOWN = {cuts: [14, 28], foreign_frame: [], flash: [14], own_color: [14, 28], fields: [16]}
"""Where shots begin, of films that leave no doubt."""


def bounds(analysis: FilmAnalysis) -> list[tuple[int, int]]:
    return [(s.start, s.end) for s in analysis.shots]


@pytest.fixture(scope="module")
def parts() -> Parts:
    return build(RunConfig(**FAST))  # type: ignore[arg-type]


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[FilmAnalysis]:
    """Analyses made, in order."""
    made: list[FilmAnalysis] = []
    original = Film.analyze

    def analyze(film: Film, *args: object, **more: object) -> FilmAnalysis:
        found = original(film, *args, **more)  # type: ignore[arg-type]
        made.append(found)
        return found

    monkeypatch.setattr(Film, "analyze", analyze)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("make", FILMS, ids=lambda make: make.__name__)
def test_they_agree(
    make: Callable[[Path], Path],
    tmp_path: Path,
    passes: list[FilmAnalysis],
    monkeypatch: pytest.MonkeyPatch,
    parts: Parts,
) -> None:
    path = make(tmp_path / "film.mkv")
    config = RunConfig(**FAST, **FILMS[make])  # type: ignore[arg-type]
    with open_film(path, config.film) as film:
        known = film.analyze()
    if make in KNOWN:
        assert [s.start for s in known.shots[1:]] == KNOWN[make]

    probed = probe(path, tmp_path / "out.mkv", config, quick=True)
    assert probed.analysis == known
    assert probed.to_dict()["looks"]["shots"] == len(known.shots)

    used: list[FilmAnalysis] = []

    def listening(original: Callable[..., object]) -> Callable[..., object]:
        def color_frames(
            frames: object, info: object, analysis: FilmAnalysis, *rest: object, **more: object
        ) -> object:
            used.append(analysis)
            return original(frames, info, analysis, *rest, **more)

        return color_frames

    monkeypatch.setattr(preview_module, "color_frames", listening(preview_module.color_frames))
    make_preview(path, tmp_path, config, parts=parts)
    assert [bounds(a) for a in used] == [bounds(known)]

    result = colorize_video(path, tmp_path / "out.mkv", config, parts=parts)
    assert result.shots == len(known.shots)
    assert [bounds(a) for a in passes] == [bounds(known)] * len(passes)

    settings = ReportConfig(flow="dis", work_size=128, deinterlace=config.deinterlace, device="cpu")
    report = make_report([tmp_path / "out.mkv"], settings, source=path)
    assert [(s.first_frame, s.first_frame + s.frames) for s in report.shots] == bounds(known)


def test_a_file_edited_by_hand_is_what_the_run_uses(tmp_path: Path, parts: Parts) -> None:
    path = cuts(tmp_path / "film.mkv")
    config = RunConfig(**FAST)  # type: ignore[arg-type]
    with open_film(path, config.film) as film:
        values = film.analyze().to_dict()
    values["shots"][0]["end"] = values["shots"][1]["start"] = 10
    edited = FilmAnalysis.from_dict(values)
    write_analysis(edited, tmp_path / "film.json")
    units: list[list[tuple[int, int]]] = []
    planned = unit_runner.plan_units

    def plan_units(analysis: FilmAnalysis, most: int):  # type: ignore[no-untyped-def]
        units.append(bounds(analysis))
        return planned(analysis, most)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unit_runner, "plan_units", plan_units)
        colorize_video(
            path, tmp_path / "out.mkv", config, parts=parts, analysis=tmp_path / "film.json"
        )
    assert units[0] == [(0, 10), (10, 28), (28, 42)]
