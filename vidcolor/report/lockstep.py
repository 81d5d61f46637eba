"""Several films of one source, read frame by frame in step, with the shots of the source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..errors import MediaError
from ..shots.detector import ShotDetector, thumbnail
from ..types import Frame, VideoInfo
from ..video.read.source import FrameSource
from .settings import WINDOW


@dataclass(frozen=True, slots=True)
class Step:
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


def upright_size(info: VideoInfo) -> tuple[int, int]:
    """Width and height of the pictures as they are shown, in the file's pixels."""
    size = (info.width, info.height)
    return size[::-1] if info.rotation % 180 else size


def check_alike(films: Sequence[FrameSource]) -> None:
    """Raises `MediaError` unless all films' pictures have the first one's size."""
    first = films[0].info
    for film in films[1:]:
        if upright_size(film.info) != upright_size(first):
            (w, h), (w0, h0) = upright_size(film.info), upright_size(first)
            raise MediaError(
                f"{film.info.path} is {w}x{h}, {first.path} is {w0}x{h0}",
                hint="films can be set beside each other only where their pictures are the same",
            )


def read_in_step(films: Sequence[FrameSource], luma_of: int, every: int) -> Iterator[Step]:
    """Reads all films side by side.

    Args:
        films: at least one, of the same picture size.
        luma_of: number of the film whose luma tells the shots.
        every: one window of frames in so many is marked to be measured.

    Raises:
        MediaError: the films are not of the same length.
    """
    first = films[0].info
    depth = films[luma_of].info.tags.depth
    detector = ShotDetector()
    state = detector.start()
    index = shot = place = 0
    while True:
        frames = [next(film, None) for film in films]
        here = [frame for frame in frames if frame is not None]
        if len(here) < len(frames):
            if here:
                raise _lengths_differ(films, frames, index)
            return
        is_cut, state = detector.step(state, thumbnail(here[luma_of].y, depth))
        if is_cut:
            shot, place = shot + 1, 0
        seconds = float(here[0].pts * first.time_base - first.start_time)
        measured = place // WINDOW % every == 0
        yield Step(index, seconds, shot, place, measured, tuple(here))
        index, place = index + 1, place + 1


def _lengths_differ(
    films: Sequence[FrameSource], frames: Sequence[Frame | None], count: int
) -> MediaError:
    short = next(f.info.path for f, frame in zip(films, frames, strict=True) if frame is None)
    long = next(f.info.path for f, frame in zip(films, frames, strict=True) if frame is not None)
    return MediaError(
        f"{short} ends after {count} frames, {long} goes on",
        hint="films can be set beside each other only frame by frame; --start and --end take the "
        "same part of each",
    )
