"""`python -m benchmarks identity`: one color for one thing over many shots, and ranked questions.

Films cut from the seven DAVIS sequences and from clips: four separated shots of each scene,
cropped, mirrored, of another exposure and grain, among those of the others. Rows: every shot by
itself, shots that agree, and as a bound each scene colored uncut and unchanged, as one shot. Then a
person who knows the truth answers: the places that are ranked first, or random ones.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import torch

from vidcolor.analysis.film_analysis import FilmAnalysis
from vidcolor.components import Parts, build
from vidcolor.config import RunConfig
from vidcolor.film import Film, open_film
from vidcolor.guidance.guidance import Guidance
from vidcolor.identity.agreement import Agreement
from vidcolor.identity.bank import Bank
from vidcolor.identity.stored import bank_of
from vidcolor.identity.strength import STRENGTHS
from vidcolor.pipeline import refine_frames
from vidcolor.types import Frame

from ..davis.data import gray_info, sequence_names
from ..machine import machine
from ..shots.films import clips_of
from ..store import RUNS, write_json
from . import pages
from .answers import answer_rows
from .cost import SHOTS, measure_cost
from .films import CutFilm, Scene, clip_scene, davis_scene, make_film
from .measure import measure

ONE_SHOT = "uncut, as one shot"
_SHOTS_EACH = 4
_CLIP_SCENES = 12
_LONG_ENOUGH = 60
_HALF = 1
"""Of the scenes of clips, see `shots.films.clips_of`."""
_SHOWN = ("error", "colorfulness")


def evaluate(
    scenes: list[Scene], path: Path, parts: Parts, *, answers: bool = True
) -> dict[str, Any]:
    """All rows of one film."""
    film = make_film(path, scenes, _SHOTS_EACH)
    with open_film(path) as opened:
        analysis = opened.analyze()
        if [s.start for s in analysis.shots] != [s.first for s in film.shots]:
            print(f"{path.name}: {len(analysis.shots)} shots found of {len(film.shots)}")
        bank = bank_of(opened, analysis, RunConfig(), "cpu")
        assert bank is not None

        def error_of(guidance: Guidance) -> float:
            return float(measure(film, colored(opened, analysis, parts, guidance))["error"])

        rows: dict[str, Any] = {}
        for name, strength in STRENGTHS.items():
            agreed = () if strength is None else Agreement(bank, strength).colors()
            rows[name] = measure(film, colored(opened, analysis, parts, Guidance(agreed=agreed)))
            print(name, {k: round(v, 3) for k, v in rows[name].items() if k in _SHOWN}, flush=True)
        rows[ONE_SHOT] = measure(film, uncut(film, parts))
        found = {
            "scenes": len(scenes),
            "shots": len(film.shots),
            "frames": len(film.L),
            "settings": len(set(bank.settings.tolist())),
            "pure": _pure(film, bank),
            "rows": rows,
        }
        normal = STRENGTHS["normal"]
        assert normal is not None
        if answers:
            agreement = Agreement(bank, normal)
            found["answers"] = answer_rows(film, analysis, agreement, error_of)
    return found


def _pure(film: CutFilm, bank: Bank) -> float:
    """Share of the links between shots, by their sureness, that are within one scene."""
    scenes = {frame: shot.scene for shot in film.shots for frame in film.frames(shot)}
    scene = np.array([scenes[int(f)] for f in bank.frames])[bank.frame_of]
    i, j = bank.links.astype(int).T
    sure = bank.sure * (bank.shot_of[i] != bank.shot_of[j])
    return float(sure[scene[i] == scene[j]].sum() / max(float(sure.sum()), 1e-9))


def colored(film: Film, analysis: FilmAnalysis, parts: Parts, guidance: Guidance) -> np.ndarray:
    """Small ab `(T, 2, h, w)` of a film on the color grid, as a run makes it."""
    with film.frames() as frames:
        refined = refine_frames(frames, film.info, analysis, parts, RunConfig(), guidance=guidance)
        return np.concatenate([item.ab.numpy() for item in refined])


def uncut(film: CutFilm, parts: Parts) -> np.ndarray:
    """The same frames with the colors that their scenes have when nothing was cut or changed."""
    each = []
    for scene in film.scenes:
        luma = [cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) for rgb in scene.rgb]
        each.append(_one_shot(luma, parts))
    found = []
    for shot in film.shots:
        for k in range(len(film.frames(shot))):
            planes = each[shot.scene][shot.change.start + k]
            size = (planes.shape[2], planes.shape[1])
            found.append(np.stack([shot.change.moved(p, size) for p in planes]))
    return np.stack(found)


def _one_shot(luma: list[np.ndarray], parts: Parts) -> np.ndarray:
    info = gray_info("scene", luma)
    frames = (Frame(index=i, pts=i, y=y) for i, y in enumerate(luma))
    whole = FilmAnalysis.one_shot(info, len(luma))
    refined = refine_frames(frames, info, whole, parts, RunConfig())
    return np.concatenate([item.ab.numpy() for item in refined])


def clip_scenes(folder: Path, half: int, count: int) -> list[Scene]:
    """Scenes from clips, evenly over those of one half that are long enough."""
    found = [clip_scene(p) for p in clips_of(folder, half)]
    found = [s for s in found if len(s.rgb) >= _LONG_ENOUGH]
    return found[:: max(1, len(found) // count)][:count]


def main(args: list[str]) -> None:
    """Measures all films, prints the tables and writes them with their JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks identity", description=__doc__)
    parser.add_argument(
        "--root", type=Path, default=Path("../shared/data/DAVIS"), help="DAVIS, with its masks"
    )
    parser.add_argument("--clips", type=Path, default=Path("../shared/data/clips"))
    parser.add_argument("--quick", action="store_true", help="two sequences, no clips, no answers")
    parser.add_argument(
        "--cost", action="store_true", help="time alone, of a film of many shots; the rest stays"
    )
    parser.add_argument("--shots", type=int, default=SHOTS, help="of that film [%(default)s]")
    parser.add_argument("--out", type=Path, help="[default: benchmarks/results, or under runs/]")
    options = parser.parse_args(args)
    torch.set_num_threads(1)
    if options.cost:
        out = options.out or Path("benchmarks/results")
        with TemporaryDirectory() as folder:
            _write(out, {"cost": measure_cost(options.clips, Path(folder), options.shots)})
        return
    names = sequence_names(options.root, "2016/val")
    names = names[:2] if options.quick else names
    out = options.out or (RUNS / "results" if options.quick else Path("benchmarks/results"))
    parts = build(RunConfig(device="cpu"))
    films: dict[str, Any] = {}
    with TemporaryDirectory() as folder:
        davis = [davis_scene(options.root, name) for name in names]
        path = Path(folder) / "film.mkv"
        films["DAVIS"] = evaluate(davis, path, parts, answers=not options.quick)
        if not options.quick:
            clips = clip_scenes(options.clips, _HALF, _CLIP_SCENES)
            films["Clips"] = evaluate(clips, path, parts, answers=False)
    _write(out, {"machine": machine(), "films": films})


def _write(out: Path, found: dict[str, Any]) -> None:
    """Results with what was measured before and is not measured now."""
    path = out / "identity.json"
    before = json.loads(path.read_text()) if path.exists() else {}
    results = before | found
    write_json(path, results)
    text = pages.page(results)
    (out / "identity.md").write_text(text)
    print(text)
