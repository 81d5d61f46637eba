"""A film's analysis: given, found with unfinished work, or made by a pass over the film."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .analysis.film_analysis import FilmAnalysis, read_analysis, write_analysis
from .errors import ConfigError
from .film import Film
from .stopping import stoppable_progress
from .video.segments.fingerprint import is_mark_of
from .video.segments.work import ANALYSIS

if TYPE_CHECKING:
    from .analysis.key_images import KeyImages
    from .analysis.small_film import SmallFilm
    from .stopping import ShouldStop
    from .types import Progress
    from .video.segments.work import Work


def analysis_of(
    film: Film,
    segments: Work,
    progress: Progress | None,
    should_stop: ShouldStop | None,
    images: KeyImages | None = None,
    small: SmallFilm | None = None,
) -> FilmAnalysis:
    """The analysis stored with unfinished work, or a new one, stored there.

    Args:
        film, segments: the film, and where its work lies.
        progress, should_stop: as for `colorize_video`.
        images: where a new one keeps small images of key frames.
        small: where it keeps all frames for the networks.
    """
    path = segments.analysis_path
    stored = _stored(path, film)
    if stored is not None:
        return stored

    if path.exists():
        segments.notes.append(f"{path.name} of earlier work does not fit: made again")
    seen = stoppable_progress(progress, should_stop, "the film was analyzed")
    found = film.analyze(seen, images, small)
    write_analysis(found, path)
    return found


def known_before(
    film: Film, analysis: FilmAnalysis | Path | str | None, folder: Path
) -> FilmAnalysis | None:
    """The analysis before any work: one that the caller brings, or one of earlier work.

    Args:
        film, analysis: see `given_analysis`.
        folder: of unfinished work.

    Raises:
        ConfigError: see `given_analysis`.
    """
    if analysis is not None:
        return given_analysis(film, analysis)
    return _stored(folder / ANALYSIS, film)


def _stored(path: Path, film: Film) -> FilmAnalysis | None:
    try:
        return _fitting(read_analysis(path), film)
    except ConfigError:
        return None


def given_analysis(film: Film, analysis: FilmAnalysis | Path | str) -> FilmAnalysis:
    """An analysis that the caller brings, or a file of one.

    Raises:
        ConfigError: it cannot be read, or is of another film or made with other settings.
    """
    return _fitting(_read(analysis), film)


def with_shots_of(found: FilmAnalysis, analysis: FilmAnalysis | Path, film: Film) -> FilmAnalysis:
    """What was found of a range of a film, with the shots of an analysis of more of it.

    Raises:
        ConfigError: it cannot be read, is of another film or made with other settings, or lacks
            the range.
    """
    given = _fitting(_read(analysis), film, but=("start", "end"))
    if given.first_frame > found.first_frame or given.end < found.end:
        raise ConfigError(
            f"the analysis has frames {given.first_frame}:{given.end}, "
            f"not {found.first_frame}:{found.end}"
        )
    part = given.part(found.first_frame, found.end)
    return replace(
        found,
        first_frame=part.first_frame,
        frames=part.frames,
        shots=part.shots,
        own_color=part.own_color,
        painted=part.painted,
    )


def _read(analysis: FilmAnalysis | Path | str) -> FilmAnalysis:
    return analysis if isinstance(analysis, FilmAnalysis) else read_analysis(Path(analysis))


def _fitting(analysis: FilmAnalysis, film: Film, but: Sequence[str] = ()) -> FilmAnalysis:
    """The same, if it is of this film with these settings, `but` some that may differ.

    Raises:
        ConfigError: it is of another one.
    """
    if not is_mark_of(analysis.source, film.path):
        raise ConfigError(
            "the analysis is of another film, or the film has changed since",
            hint="make it again with vidcolor probe --analysis",
        )
    settings = asdict(film.settings)
    differing = [k for k in settings if k not in but and analysis.settings.get(k) != settings[k]]
    if differing:
        raise ConfigError(
            f"the analysis was made with other settings: {', '.join(differing)}",
            hint="make it again with vidcolor probe --analysis and the same options",
        )
    width, height = film.info.geometry.coded
    for shot in analysis.shots:
        left, top, right, bottom = shot.area
        if not (0 <= left < right <= width and 0 <= top < bottom <= height):
            raise ConfigError(
                f"shot {shot.number}: the area {list(shot.area)} is not in {width}x{height}",
                hint="an area is [left, top, right, bottom] in pixels as stored in the file",
            )
    return analysis
