"""A film's analysis: given, found with unfinished work, or made by a pass over the film."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from .analysis.film_analysis import FilmAnalysis, read_analysis, write_analysis
from .errors import ConfigError, StoppedError
from .film import Film
from .video.segments.fingerprint import source_mark

if TYPE_CHECKING:
    from .types import Progress
    from .unit_runner import ShouldStop
    from .video.segments.segments import Segments
    from .video.segments.shared import SharedSegments


def analysis_of(
    film: Film,
    segments: Segments | SharedSegments,
    progress: Progress | None,
    should_stop: ShouldStop | None,
) -> FilmAnalysis:
    """The analysis stored with unfinished work, or a new one, stored there."""
    stored = stored_analysis(film, segments)
    if stored is not None:
        return stored

    def show(done: int, total: int | None) -> None:
        if progress is not None:
            progress(done, total)
        if should_stop is not None and should_stop():
            raise StoppedError(
                "stopped while the film was analyzed", hint="the same command begins again"
            )

    found = film.analyze(show)
    write_analysis(found, segments.analysis_path)
    return found


def stored_analysis(film: Film, segments: Segments | SharedSegments) -> FilmAnalysis | None:
    """The analysis stored with earlier work, None where there is none that fits."""
    path = segments.analysis_path
    if not path.exists():
        return None
    try:
        return _fitting(read_analysis(path), film)
    except ConfigError:
        segments.notes.append(f"{path.name} of earlier work does not fit: made again")
        return None


def given_analysis(film: Film, analysis: FilmAnalysis | Path) -> FilmAnalysis:
    if isinstance(analysis, FilmAnalysis):
        return _fitting(analysis, film)
    return _fitting(read_analysis(analysis), film)


def _fitting(analysis: FilmAnalysis, film: Film) -> FilmAnalysis:
    """The same, if it is of this film with these settings.

    Raises:
        ConfigError: it is of another one.
    """
    if dict(analysis.source) != source_mark(film.path):
        raise ConfigError(
            "the analysis is of another film, or the film has changed since",
            hint="make it again with vidcolor probe --analysis",
        )
    settings = asdict(film.settings)
    differing = [k for k in settings if analysis.settings.get(k) != settings[k]]
    if differing:
        raise ConfigError(f"the analysis was made with other settings: {', '.join(differing)}")
    width, height = film.info.geometry.coded
    for shot in analysis.shots:
        left, top, right, bottom = shot.area
        if not (0 <= left < right <= width and 0 <= top < bottom <= height):
            raise ConfigError(
                f"shot {shot.number}: the area {list(shot.area)} is not in {width}x{height}",
                hint="an area is [left, top, right, bottom] in pixels as stored in the file",
            )
    return analysis
