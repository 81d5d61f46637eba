"""Films opened, read in lockstep and measured, with everything closed again at the end."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from ..analysis.film_analysis import FilmAnalysis
from ..components import choose_device, load_flow
from ..errors import ConfigError
from ..film import Film, open_film
from ..geometry import Size
from ..prefetch import prefetch
from ..types import Progress, VideoInfo
from ..video.read.source import FrameSource
from ..video.segments.fingerprint import is_mark_of
from .lockstep import check_alike, read_lockstep
from .measure import Cast, Flows, Measured, look, measure
from .settings import ReportConfig

_AHEAD = 4
"""Frames read ahead: frames are kept at full size until they are measured."""


@dataclass(frozen=True, slots=True)
class Films:
    """The films of a report, open.

    Attributes:
        cast: who is who; colored films first, then source and truth.
        infos: of each.
        size: of the measured frames.
        analysis: of the film whose luma is followed; says where shots begin.
        every: one window in how many is measured.
        sources: to read from.
    """

    cast: Cast
    infos: tuple[VideoInfo, ...]
    size: Size
    analysis: FilmAnalysis
    every: int
    sources: tuple[FrameSource, ...]

    @property
    def notes(self) -> list[str]:
        """What was found damaged or odd; complete after the last frame."""
        lines = ((s.info.path.name, line) for s in self.sources for line in s.warnings + s.notes)
        return [f"{name}: {line}" for name, line in lines]


def open_films(
    stack: ExitStack,
    colored: Sequence[Path],
    source: Path | None,
    truth: Path | None,
    config: ReportConfig,
    source_config: ReportConfig | None = None,
    analysis: FilmAnalysis | None = None,
    progress: Progress | None = None,
) -> Films:
    """Opens all films and analyzes the one whose luma is followed; `stack` closes them.

    Args:
        stack: to be left when the films are done with.
        colored: at least one.
        source: what they were made from, None if not at hand.
        truth: the same film in its true colors, None if there is none.
        config: settings; its range is that of every film.
        source_config: where the source's range is another one, as after a run of a part.
        analysis: of the source, of the first film where no source is given; None = made here by
            a pass over it.
        progress: called after every analyzed frame.

    Raises:
        MediaError: a film cannot be read, or their frames differ in size.
        ConfigError: the analysis is of another film.
    """
    paths = [*colored]
    cast = Cast(
        len(colored),
        None if source is None else len(colored),
        None if truth is None else len(colored) + (source is not None),
    )
    paths += [path for path in (source, truth) if path is not None]
    films: list[Film] = []
    for number, path in enumerate(paths):
        mine = source_config if source_config and number == cast.source else config
        films.append(stack.enter_context(open_film(path, mine.film)))
    infos = tuple(film.info for film in films)
    check_alike(infos)
    followed = films[cast.luma_of]
    if analysis is None:
        analysis = followed.analyze(progress)
    elif not is_mark_of(analysis.source, followed.path):
        raise ConfigError(
            f"the analysis is not of {followed.path}, or the film has changed since",
            hint="make it again with vidcolor probe --analysis",
        )
    return Films(
        cast,
        infos,
        infos[0].geometry.working_size(config.work_size),
        analysis,
        config.windows(infos[0].frame_count),
        tuple(stack.enter_context(film.frames()) for film in films),
    )


def choose_flows(config: ReportConfig) -> Flows:
    """Builds the optical flow that `config` names.

    Raises:
        PluginError: unknown name. WeightsError: its weights are not here.
    """
    device = choose_device(config.device)
    if config.flow != "auto":
        chosen = load_flow(config.flow, device)
        return Flows(chosen, chosen, device)
    far = load_flow("raft+dis", device)
    return Flows(load_flow("dis", device) if device == "cpu" else far, far, device)


def measure_films(films: Films, flows: Flows) -> Generator[Measured, None, None]:
    """All frames of the films in order, each with its numbers.

    Raises:
        MediaError: the films are not of the same length.
    """
    frame_sets = read_lockstep(films.sources, films.cast.luma_of, films.analysis, films.every)
    seen = prefetch(look(frame_sets, films.infos, films.size), _AHEAD)
    with closing(seen):
        yield from measure(seen, films.infos, films.cast, flows)
