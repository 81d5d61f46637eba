"""Several films of one source, read frame by frame in lockstep, with the shots of one analysis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..analysis.film_analysis import FilmAnalysis
from ..errors import ConfigError, MediaError
from ..terminal import count as counted
from ..types import Frame, VideoInfo
from ..video.read.source import FrameSource
from .settings import WINDOW


@dataclass(frozen=True, slots=True)
class FrameSet:
    """One moment of all films.

    Attributes:
        index: number of the frame, from 0 at the beginning of what is read.
        seconds: when it is shown, counted from the start of the first film.
        shot: number of the shot, from 0.
        place: number of the frame within its shot, from 0.
        measured: whether it lies in a window that is to be measured.
        frames: the frame of each film, in the films' order.
    """

    index: int
    seconds: float
    shot: int
    place: int
    measured: bool
    frames: tuple[Frame, ...]


def check_alike(infos: Sequence[VideoInfo]) -> None:
    """Raises `MediaError` unless all films' upright frames have the first one's size."""
    first = infos[0]
    w0, h0 = first.geometry.upright
    for info in infos[1:]:
        w, h = info.geometry.upright
        if (w, h) != (w0, h0):
            raise MediaError(
                f"{info.path} is {w}x{h}, {first.path} is {w0}x{h0}",
                hint="films can be compared only if their frames have the same size",
            )


def read_lockstep(
    films: Sequence[FrameSource], luma_of: int, analysis: FilmAnalysis, every: int
) -> Iterator[FrameSet]:
    """Reads all films side by side.

    Args:
        films: at least one, of the same frame size.
        luma_of: number of the film that `analysis` is of; the others may number their frames
            otherwise.
        analysis: of that film, at least of the range that is read.
        every: one window of frames in so many is marked to be measured.

    Raises:
        MediaError: the films are not of the same length.
        ConfigError: the analysis lacks a frame.
    """
    first = films[0].info
    index = place = 0
    first_shot = shot = -1
    while True:
        frames = [next(film, None) for film in films]
        here = [frame for frame in frames if frame is not None]
        if len(here) < len(frames):
            if here:
                raise _lengths_differ(films, frames, index)
            return
        number = _shot_number(analysis, here[luma_of].index)
        first_shot = number if index == 0 else first_shot
        if number - first_shot != shot:
            shot, place = number - first_shot, 0
        seconds = float(here[0].pts * first.time_base - first.start_time)
        measured = place // WINDOW % every == 0
        yield FrameSet(index, seconds, shot, place, measured, tuple(here))
        index, place = index + 1, place + 1


def _shot_number(analysis: FilmAnalysis, frame: int) -> int:
    try:
        return analysis.shot_at(frame).number
    except IndexError as err:
        raise ConfigError(
            f"the analysis does not fit: {err}", hint="make it again with vidcolor probe --analysis"
        ) from err


def _lengths_differ(
    films: Sequence[FrameSource], frames: Sequence[Frame | None], count: int
) -> MediaError:
    short = next(f.info.path for f, frame in zip(films, frames, strict=True) if frame is None)
    long = next(f.info.path for f, frame in zip(films, frames, strict=True) if frame is not None)
    return MediaError(
        f"{short} ends after {counted(count, 'frame')}, {long} is longer",
        hint="films are compared frame by frame; --start and --end take the same part of each",
    )
