"""Writes stills of a film in color, and keeps beside them what was proposed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..components import Parts, build
from ..errors import ConfigError, MediaError
from ..files import size_of, write_whole
from ..film import frames_at, open_film
from ..guidance.places_in_time import still_name
from ..guidance.stills_folder import PROPOSED
from ..in_memory import color_still
from ..known_film import given_analysis
from ..pipeline import colorize_batches, to_lightness
from ..video.plan.place import check_can_write, check_means_folder
from ..video.read.folder import image_number
from .choice import Choice, Chosen, asked_frames, choose
from .table import Row, read_table, worst_first, write_table

if TYPE_CHECKING:
    from ..analysis.film_analysis import FilmAnalysis
    from ..config import RunConfig
    from ..types import Frame, Progress, VideoInfo

_SMALLEST = 64
_FILM_NAME, _BYTES = "film.txt", " bytes"


@dataclass(frozen=True, slots=True)
class StillsResult:
    """What was made.

    Attributes:
        folder: where the stills are.
        stills: all that were asked for, the one that is worth the most work first.
        written: how many of them were written now.
        kept: how many were there already and were left as they are.
        notes: what a person should know, one line each.
    """

    folder: Path
    stills: tuple[Row, ...]
    written: int
    kept: int
    notes: tuple[str, ...]


def make_stills(
    source: Path,
    folder: Path,
    config: RunConfig,
    choice: Choice | None = None,
    *,
    short_side: int = 480,
    overwrite: bool = False,
    parts: Parts | None = None,
    analysis: FilmAnalysis | Path | None = None,
    progress: Progress | None = None,
    analysis_progress: Progress | None = None,
) -> StillsResult:
    """Writes frames of a film in color as PNG files, and `stills.csv`.

    Each frame is colored by itself. A still that is there already is left as it is.

    Args:
        source: the film.
        folder: made where missing.
        config: settings of coloring.
        choice: which frames, None = the key frames of every shot.
        short_side: of the stills in pixels, not more than the film's own.
        overwrite: replace stills that are there.
        parts: networks that the caller keeps loaded; None = built here.
        analysis: of the film, or a JSON file of one; None = made by a pass over the film.
        progress: called after every still.
        analysis_progress: called after every analyzed frame.

    Raises:
        ConfigError: the choice does not fit the film, or the folder is of another film.
        MediaError: `source` cannot be read or `folder` not be written to.
    """
    if short_side < _SMALLEST:
        raise ConfigError(f"--size {short_side}: at least {_SMALLEST}")
    _check(folder, source)
    with open_film(source, config.film) as film:
        info, choice = film.info, choice or Choice()
        places = (info.rate, lambda: film.index, partial(image_number, source))
        if choice.frames is not None:
            asked_frames(choice, range(len(film.index)), *places)
        if analysis is None:
            known = film.analyze(analysis_progress)
        else:
            known = given_analysis(film, analysis)
        chosen = choose(choice, known, *places)
        parts = parts or build(replace(config, refiner="none"))
        _prepare(folder, source)
        side = min(short_side, min(info.geometry.working_size(min(info.geometry.upright))))
        earlier = read_table(folder)
        rows: list[Row] = []
        written = 0
        frames = frames_at(source, config.film, known, [c.frame for c in chosen])
        with closing(frames):
            for done, (one, frame) in enumerate(zip(chosen, frames, strict=True), start=1):
                seconds = frame.pts * info.time_base - info.start_time
                name = still_name(frame.index, seconds) + ".png"
                is_new = overwrite or not (folder / name).exists()
                if is_new:
                    area = known.shot_at(frame.index).area
                    rgb = color_still(frame, info, config, short_side=side, parts=parts, area=area)
                    _write(rgb, folder / PROPOSED / name)
                    _write(rgb, folder / name)
                    written += 1
                before = earlier.get(name)
                unsure = (
                    _unsure(frame, info, known, parts, config)
                    if is_new or before is None
                    else before.unsure
                )
                rows.append(_row(name, one, seconds, unsure))
                if progress is not None:
                    progress(done, len(chosen))
    others = [r for n, r in earlier.items() if (folder / n).exists()]
    write_table({r.still: r for r in (*others, *rows)}.values(), folder)
    notes = (*parts.notes, *known.notes, *known.warnings)
    return StillsResult(folder, tuple(worst_first(rows)), written, len(rows) - written, notes)


def _check(folder: Path, source: Path) -> None:
    """Refuses a folder that is none, cannot be written to, or holds stills of another film."""
    check_means_folder(folder)
    check_can_write(folder)
    film = folder / PROPOSED / _FILM_NAME
    try:
        noted = os.fsdecode(film.read_bytes()).strip() if film.exists() else source.name
    except OSError as err:
        raise MediaError(f"{film}: cannot be read ({err.strerror})") from err
    # earlier versions noted the name alone
    name, _, size = noted.rpartition("\n") if noted.endswith(_BYTES) else (noted, "", "")
    if name != source.name:
        raise ConfigError(f"{folder}: holds stills of {name}", hint="give another folder")
    if size and source.exists() and size != _size_line(source):
        raise ConfigError(
            f"{folder}: holds stills of another film of the name {source.name}",
            hint="give another folder",
        )


def _prepare(folder: Path, source: Path) -> None:
    """Makes the folder, which says whose stills it holds."""
    try:
        (folder / PROPOSED).mkdir(parents=True, exist_ok=True)
        film = f"{source.name}\n{_size_line(source)}\n"
        write_whole(folder / PROPOSED / _FILM_NAME, os.fsencode(film))
    except OSError as err:
        raise MediaError(f"{folder}: cannot be written to ({err.strerror})") from err


def _size_line(source: Path) -> str:
    return f"{size_of(source)}{_BYTES}"


def _unsure(
    frame: Frame, info: VideoInfo, analysis: FilmAnalysis, parts: Parts, config: RunConfig
) -> float:
    """What the colorizer's confidence lacks to 1, mean over the active area."""
    size = info.geometry.working_size(config.work_size)
    work = to_lightness([frame], info, analysis, size, parts.device)
    (item,) = colorize_batches(work, parts.colorizer, 1)
    assert item.coloring is not None
    left, top, right, bottom = item.area
    return 1 - float(item.coloring.confidence[..., top:bottom, left:right].mean())


def _row(name: str, one: Chosen, seconds: Fraction, unsure: float) -> Row:
    clock = still_name(0, seconds).partition("_")[2].replace("-", ":")
    return Row(name, one.shot, one.frame, clock, round(unsure, 4), round(one.seconds, 3))


def _write(rgb: np.ndarray, path: Path) -> None:
    codes: Sequence[int] = (cv2.IMWRITE_PNG_COMPRESSION, 6)
    data = cv2.imencode(".png", rgb[..., ::-1], codes)[1].tobytes()
    try:
        write_whole(path, data)
    except OSError as err:
        raise MediaError(f"{path}: cannot be written ({err.strerror})") from err
