"""A report from films: the way through, top to bottom."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import __version__
from ..analysis.film_analysis import FilmAnalysis
from ..errors import ConfigError, MediaError
from ..files import write_whole
from ..geometry import Size
from ..pages import page_bytes
from ..types import Progress
from .figures import film_figures, timeline_figures
from .moments import Moment, Moments
from .output import check_output
from .page import draw_page
from .reference import load_reference
from .series import FilmSeries, MeasuredShot, Timeline
from .settings import WINDOW, ReportConfig
from .shots import ShotList
from .slices import TimeSlice
from .stream import choose_flows, measure_films, open_films
from .verdict import Finding, Verdict, compare_films, judge_film, judge_shot
from .views import Thumbs, View, Views

_MOST = 6
_MOMENTS = 6
_VIEW_SIDE, _MOMENT_SIDE, _THUMB_SIDE = 400, 240, 112


@dataclass(frozen=True, slots=True)
class FilmReport:
    """What was found in one colored film.

    Attributes:
        name: its file's name, or a longer one where two are the same.
        series: its numbers over time.
        means: over all measured frames.
        shot_means: over each shot.
        verdicts: on each shot.
        whole: on the film.
        moments: its worst, worst first.
        slice_: its time slice.
    """

    name: str
    series: FilmSeries
    means: dict[str, float]
    shot_means: list[dict[str, float]]
    verdicts: list[Verdict]
    whole: Verdict
    moments: list[Moment]
    slice_: TimeSlice


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a page shows.

    Attributes:
        films: each colored film.
        source, truth: names of these files, None where not given.
        size: of the frames as shown.
        rate: frames per second, 0 where unknown.
        frames, seconds: length of the films.
        every: one window of frames in so many was measured.
        flow: names of the optical flows, near and far.
        measured_size: of the measured frames.
        timeline: when the measured frames are.
        shots: of the source.
        comparison: who is better at what; empty for a single film.
        views, thumbs: frames to look at.
        truth_slice: of the true film.
        notes: what was found damaged or odd.
    """

    films: list[FilmReport]
    source: str | None
    truth: str | None
    size: Size
    rate: float
    frames: int
    seconds: float
    every: int
    flow: tuple[str, str]
    measured_size: Size
    timeline: Timeline
    shots: list[MeasuredShot]
    comparison: list[Finding]
    views: list[View]
    thumbs: Thumbs
    truth_slice: TimeSlice | None
    notes: list[str]

    def figures(self) -> dict[str, Any]:
        """All numbers as plain values, ready for JSON."""
        reference = load_reference()
        return {
            "vidcolor": __version__,
            "source": self.source,
            "truth": self.truth,
            "frames": self.frames,
            "measured_frames": len(self.timeline.frame),
            "sampling": {"window": WINDOW, "every": self.every},
            "flow": {"near": self.flow[0], "far": self.flow[1]},
            "measured_size": {
                "height": self.measured_size.height,
                "width": self.measured_size.width,
            },
            "reference": {"clips": reference.clips, "frames": reference.frames},
            "notes": self.notes,
            "comparison": [{"title": f.title, "evidence": f.evidence} for f in self.comparison],
            "timeline": timeline_figures(self.timeline),
            "films": [
                film_figures(
                    film.name,
                    film.series,
                    self.shots,
                    film.shot_means,
                    film.verdicts,
                    film.whole,
                    [(m.index, m.seconds, m.change) for m in film.moments],
                )
                for film in self.films
            ],
        }


def make_report(
    colored: Sequence[Path],
    config: ReportConfig,
    *,
    source: Path | None = None,
    truth: Path | None = None,
    source_config: ReportConfig | None = None,
    analysis: FilmAnalysis | None = None,
    progress: Progress | None = None,
    analysis_progress: Progress | None = None,
) -> Report:
    """Measures colored films, looks for their worst moments, and judges them.

    Args:
        colored: one film, or several of the same source to compare.
        config: settings.
        source: the film they were made from; flow and shots come from it, else from the first
            film's own luma.
        truth: the same film in its true colors, where there is one.
        source_config: settings for the source where its range is another one.
        analysis: of the source, of the first film where no source is given: a run's own gives
            the run's shots; None = made by a pass over that film.
        progress: called after every measured frame.
        analysis_progress: called after every analyzed frame.

    Raises:
        ConfigError, PluginError, WeightsError: the settings cannot be met.
        MediaError: a film cannot be read, or they differ in size or length.
    """
    if not 1 <= len(colored) <= _MOST:
        raise ConfigError(f"{len(colored)} films: a report compares up to {_MOST}")
    with ExitStack() as stack:
        films = open_films(
            stack, colored, source, truth, config, source_config, analysis, analysis_progress
        )
        flows = choose_flows(config)
        first, count = films.infos[0], films.cast.colored
        moment_size = first.geometry.working_size(_MOMENT_SIDE)
        keep = _MOMENTS if count == 1 else _MOMENTS // 2
        all_series = [FilmSeries() for _ in range(count)]
        moments = [Moments(n, films.infos[n], moment_size, keep) for n in range(count)]
        slices = [TimeSlice(n) for n in range(count)]
        truth_slice = None if films.cast.truth is None else TimeSlice(films.cast.truth)
        collectors: list[Moments | TimeSlice] = [*moments, *slices]
        collectors += [truth_slice] if truth_slice else []
        view_side = min(_VIEW_SIDE, first.width, first.height)
        views = Views(films.infos, films.cast, first.geometry.working_size(view_side))
        thumbs = Thumbs(first, first.geometry.working_size(_THUMB_SIDE))
        timeline, shots = Timeline(), ShotList()
        frames, seconds = 0, 0.0
        measured_films = stack.enter_context(closing(measure_films(films, flows)))
        for measured in measured_films:
            frame_set = measured.now.frame_set
            frames, seconds = frames + 1, frame_set.seconds
            shots.add(frame_set)
            views.add(frame_set)
            thumbs.add(frame_set)
            if measured.now.small:
                timeline.append(frame_set)
                for number, values in enumerate(measured.values):
                    all_series[number].append(values)
            for collector in collectors:
                collector.add(measured)
            if progress is not None:
                progress(frames, films.analysis.frames)
        notes = films.notes
    shot_list = shots.finished()
    names = _names(colored)
    found = [
        _film_report(name, series, shot_list, m.found, s)
        for name, series, m, s in zip(names, all_series, moments, slices, strict=True)
    ]
    letters = [chr(ord("A") + n) for n in range(count)]
    return Report(
        films=found,
        source=source.name if source else None,
        truth=truth.name if truth else None,
        size=first.geometry.upright,
        rate=float(first.rate or 0),
        frames=frames,
        seconds=seconds,
        every=films.every,
        flow=(flows.near.name, flows.far.name),
        measured_size=films.size,
        timeline=timeline,
        shots=shot_list,
        comparison=compare_films(letters, [f.means for f in found]) if count > 1 else [],
        views=views.chosen(4),
        thumbs=thumbs,
        truth_slice=truth_slice,
        notes=notes,
    )


def write_report(report: Report, output: Path, *, overwrite: bool = False) -> None:
    """Writes a report, whole or not at all: a page (.html) or its numbers (.json).

    Raises:
        ConfigError, MediaError: see `output.check_output`.
    """
    check_output(output, overwrite=overwrite)
    if output.suffix.lower() == ".json":
        data = (json.dumps(report.figures(), indent=1) + "\n").encode()
    else:
        data = page_bytes(draw_page(report))
    try:
        write_whole(output, data)
    except OSError as err:
        raise MediaError(f"{output}: cannot be written ({err.strerror})") from err


def _film_report(
    name: str,
    series: FilmSeries,
    shots: Sequence[MeasuredShot],
    moments: list[Moment],
    slice_: TimeSlice,
) -> FilmReport:
    reference = load_reference()
    shot_means = [series.means(shot.rows) for shot in shots]
    verdicts = [judge_shot(means, reference) for means in shot_means]
    means = series.means()
    whole = judge_film(verdicts, means, reference)
    return FilmReport(name, series, means, shot_means, verdicts, whole, moments, slice_)


def _names(paths: Sequence[Path]) -> list[str]:
    """File names, with their folders where two are the same."""
    names = [path.name for path in paths]
    if len(set(names)) == len(names):
        return names
    return [str(Path(path.absolute().parent.name) / path.name) for path in paths]
