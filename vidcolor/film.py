"""A film, opened with the settings that decide which frames it has, and analyzed before coloring.

with open_film("movie.mp4", FilmSettings(start="1:00")) as film:
    analysis = film.analyze()
    for frame in film.frames(): ...
"""

from __future__ import annotations

import operator
from collections.abc import Generator, Iterable
from contextlib import ExitStack, closing
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from .analysis.analyze import analyze
from .analysis.field_order import FIELD_FRAMES, FIELD_PLACES, measured_order
from .analysis.film_analysis import FilmAnalysis
from .analysis.source_color import LOOK_EVERY
from .config import FilmSettings, RunConfig
from .errors import ConfigError, MediaError
from .prefetch import frames_ahead, prefetch
from .types import Frame, Progress, VideoInfo
from .video.read.folder import is_picture_folder
from .video.read.frame_index import FrameIndex, index_film
from .video.read.sampling import sampled_frames
from .video.read.source import FrameSource
from .video.segments.fingerprint import source_mark

if TYPE_CHECKING:
    import numpy as np

    from .analysis.key_images import KeyImages
    from .analysis.small_film import SmallFilm
    from .components import Parts


class Film:
    """A film's frames as its settings have them. Open with `open_film`; a context manager.

    Attributes:
        path: the file, or the folder of images.
        settings: what decides which frames it has.
        info: what is known of the video track; `frame_count` is of the range.
        fields: measured order of fields, where the settings ask for it and the file does not say.
    """

    def __init__(self, path: Path, settings: FilmSettings) -> None:
        self.path, self.settings = path, settings
        self.fields = _measured_fields(path, settings)
        self._unread: FrameSource | None = self._open()
        self.info: VideoInfo = self._unread.info

    def __enter__(self) -> Film:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file; frames already handed out stay valid."""
        if self._unread is not None:
            self._unread.close()

    def frames(self) -> FrameSource:
        """All frames of the range, from its first on; a context manager.

        The film's own chroma is given as often as the analysis examines it.
        """
        if self._unread is not None:
            source, self._unread = self._unread, None
            return source
        return self._open()

    def analyze(
        self,
        progress: Progress | None = None,
        images: KeyImages | None = None,
        small: SmallFilm | None = None,
    ) -> FilmAnalysis:
        """One pass over all frames; see `FilmAnalysis`.

        Args:
            progress: called after every frame.
            images: where small images of key frames are kept.
            small: keeps the frames at the working size.

        Raises:
            MediaError: the film cannot be read, or holds no frame.
        """
        keep = self.settings.keep_color
        ahead = frames_ahead(self.info)
        with ExitStack() as threads:
            source = threads.enter_context(self.frames())
            frames = threads.enter_context(closing(prefetch(source, ahead)))
            if small is not None:
                frames = threads.enter_context(closing(prefetch(small.kept(frames), ahead)))
            found = analyze(frames, self.info, keep_color=keep, progress=progress, images=images)
            return replace(
                found,
                source=source_mark(self.path),
                settings=asdict(self.settings),
                fields=self.fields,
                is_intact=source.is_intact,
                notes=tuple(source.notes),
                warnings=tuple(source.warnings),
                damaged_seconds=tuple(source.damaged),
            )

    def frame(
        self,
        number: int,
        config: RunConfig | None = None,
        *,
        short_side: int = 360,
        parts: Parts | None = None,
    ) -> np.ndarray:
        """Any frame in color, at preview size: upright, in square pixels.

        It is colored by itself, without the frames around it.

        Args:
            number: of the frame in the film.
            config: settings of coloring.
            short_side: of the result in pixels; rounded to a multiple of 8.
            parts: networks that the caller keeps loaded, see `components.build`.

        Returns:
            uint8 RGB `(h, w, 3)`.

        Raises:
            ConfigError: `number` is no whole number. MediaError: there is no such frame.
        """
        from .in_memory import color_still

        try:
            number = operator.index(number)
        except TypeError as err:
            raise ConfigError(f"frame {number!r} is not a whole number") from err
        if number < 0:
            raise MediaError(f"frame {number}: frames are counted from 0")
        with FrameSource(
            self.path,
            number,
            number + 1,
            rate=self.settings.rate,
            deinterlace=self.settings.deinterlace,
            measured_fields=self.fields,
        ) as source:
            found = next(source)
        config = config or RunConfig()
        return color_still(found, self.info, config, short_side=short_side, parts=parts)

    @cached_property
    def index(self) -> FrameIndex:
        """When each frame of the whole film is shown; needs one pass over the file's packets."""
        return index_film(self.path, self.settings.rate)

    def _open(self) -> FrameSource:
        start, end = self.settings.positions()
        return FrameSource(
            self.path,
            start,
            end,
            rate=self.settings.rate,
            chroma_every=1 if self.settings.keep_color else LOOK_EVERY,
            deinterlace=self.settings.deinterlace,
            measured_fields=self.fields,
        )


def open_film(path: Path | str, settings: FilmSettings | None = None) -> Film:
    """Opens a film with the settings that decide which frames it has.

    Raises:
        ConfigError: the settings contradict themselves.
        MediaError: the file cannot be read, has no frames, or the range holds none.
    """
    return Film(Path(path), settings or FilmSettings())


def read_range(
    path: Path, settings: FilmSettings, analysis: FilmAnalysis, start: int, end: int
) -> FrameSource:
    """Frames `start` to `end` (exclusive), read from the nearest place that allows it.

    Chroma is given where passages may keep their own color.

    Args:
        path, settings: of the film.
        analysis: of the film, or of its part that has these frames.
        start, end: numbers in the film.

    Raises:
        MediaError: the file cannot be read.
    """
    anchor = analysis.anchor_before(start)
    return FrameSource(
        path,
        settings.positions()[0] if anchor is None else None,
        end,
        start,
        anchor=anchor,
        rate=settings.rate,
        # of all frames: units after the first may be read from the same source
        chroma_every=int(settings.keep_color),
        deinterlace=settings.deinterlace,
        measured_fields=analysis.fields,
    )


def frames_at(
    path: Path, settings: FilmSettings, analysis: FilmAnalysis, numbers: Iterable[int]
) -> Generator[Frame, None, None]:
    """Single frames of a film.

    Args:
        path, settings, analysis: see `read_range`.
        numbers: of the frames, increasing.

    Raises:
        MediaError: the film cannot be read, or ends before one of them.
    """
    # every opening of a folder looks at all of its images
    may_jump = not is_picture_folder(path)
    source: FrameSource | None = None
    following = 0
    try:
        for number in numbers:
            anchor = analysis.anchor_before(number)
            is_nearer = may_jump and anchor is not None and anchor.frame > following
            if source is None or is_nearer:
                if source is not None:
                    source.close()
                source = read_range(path, settings, analysis, number, analysis.end)
            frame = next((f for f in source if f.index >= number), None)
            if frame is None:
                raise MediaError(f"{path}: frame {number} is not there any more")
            following = number + 1
            yield frame
    finally:
        if source is not None:
            source.close()


def _measured_fields(path: Path, settings: FilmSettings) -> str:
    """The order of fields where it is asked for and the file does not mark it."""
    if not settings.deinterlace:
        return "progressive"
    with FrameSource(path, rate=settings.rate) as source:
        info = source.info
    if info.field_order != "progressive":
        return info.field_order
    places = [(k / FIELD_PLACES, FIELD_FRAMES) for k in range(FIELD_PLACES)]
    luma = ((seen.place, seen.frame.y) for seen in sampled_frames(path, info, places))
    return measured_order(luma, info.tags.depth)
