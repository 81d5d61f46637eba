"""What a batch will take, before it is begun: frames, time and disk, measured on a few films."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ..components import Parts
from ..errors import VidcolorError
from ..files import size_of
from ..film import open_film
from ..known_film import given_analysis
from ..probe.speed import measure_speed
from ..told.current_guidance import what_is_told
from ..video.plan.plan import plan_output

if TYPE_CHECKING:
    from ..film import Film
    from ..types import VideoInfo
    from .films import BatchFilm

_MEASURED = 3
"""Films that are measured: one of each of the most frequent frame sizes."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a film will take.

    Attributes:
        film: the film.
        frames: in it, by its header; None where that says nothing.
        seconds: of work on this machine; None where it cannot be said.
        bytes: of the finished film; while it is put together, as many again are needed.
        error: why it cannot be colored, None where it can.
    """

    film: BatchFilm
    frames: int | None = None
    seconds: float | None = None
    bytes: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class _Rate:
    """Measured on a film of some frame size, of a million pixels of a frame."""

    seconds: float
    bytes: float


def estimate(films: Sequence[BatchFilm], parts_of: Callable[[BatchFilm], Parts]) -> list[Estimate]:
    """Looks into every film; colors about 50 frames of up to three of them.

    A film of another frame size than the measured ones is taken to cost as much by pixel as the
    next in size, and sound is taken to be copied: the result says how long and how large about.

    Args:
        films: of the batch.
        parts_of: the networks for a film.
    """
    opened: list[tuple[BatchFilm, VideoInfo | None, str | None]] = []
    for film in films:
        try:
            with open_film(film.source, film.config.film) as known:
                _check(film, known, parts_of)
                opened.append((film, known.info, None))
        except VidcolorError as err:
            opened.append((film, None, str(err)))
    rates = _measured([(f, i) for f, i, _ in opened if i is not None], parts_of)
    return [
        Estimate(film, error=error) if info is None else _estimate(film, info, rates)
        for film, info, error in opened
    ]


def _measured(
    films: Sequence[tuple[BatchFilm, VideoInfo]], parts_of: Callable[[BatchFilm], Parts]
) -> dict[int, _Rate]:
    """Rates by pixels of a frame."""
    by_size: dict[int, list[tuple[BatchFilm, VideoInfo]]] = {}
    for film, info in films:
        by_size.setdefault(_pixels(info), []).append((film, info))
    usual = sorted(by_size, key=lambda size: -len(by_size[size]))[:_MEASURED]
    rates = {}
    for size in usual:
        for film, info in by_size[size]:
            rate = _rate(film, info, parts_of)
            if rate is not None:
                rates[size] = rate
                break
    return rates


def _rate(film: BatchFilm, info: VideoInfo, parts_of: Callable[[BatchFilm], Parts]) -> _Rate | None:
    config = film.config
    try:
        with TemporaryDirectory(prefix="vidcolor-") as folder:
            plan = plan_output(info, Path(folder) / Path(film.name).name, config.encode)
            speed = measure_speed(info.path, info, plan, parts_of(film), config)
    except VidcolorError:
        return None
    if speed is None:
        return None
    millions = _pixels(info) / 1e6
    return _Rate(speed.seconds_per_frame / millions, speed.bytes_per_frame / millions)


def _check(film: BatchFilm, opened: Film, parts_of: Callable[[BatchFilm], Parts]) -> None:
    """Raises what a run would say before its work."""
    with TemporaryDirectory(prefix="vidcolor-") as folder:
        plan_output(opened.info, Path(folder) / Path(film.name).name, film.config.encode)
    known = None if film.analysis is None else given_analysis(opened, film.analysis)
    what_is_told(opened, film.config, film.given_colors, analysis=known)
    parts_of(film)


def _estimate(film: BatchFilm, info: VideoInfo, rates: dict[int, _Rate]) -> Estimate:
    if info.frame_count is None or not rates:
        return Estimate(film, info.frame_count)
    pixels = _pixels(info)
    near = min(rates, key=lambda size: abs(size - pixels))
    work = info.frame_count * pixels / 1e6
    rate = rates[near]
    return Estimate(film, info.frame_count, work * rate.seconds, round(work * rate.bytes))


def _pixels(info: VideoInfo) -> int:
    return info.width * info.height


def source_bytes(films: Sequence[BatchFilm]) -> dict[str, int]:
    """Bytes of every film's source, by the name of its output; 0 where it is missing."""
    sizes = {}
    for film in films:
        try:
            sizes[film.name] = size_of(film.source)
        except OSError:
            sizes[film.name] = 0
    return sizes
