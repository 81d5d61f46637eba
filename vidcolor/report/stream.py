"""Films opened, read in step and measured, with everything closed again at the end."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from ..components import choose_device, load_flow
from ..pipeline import working_size
from ..prefetch import prefetch
from ..types import VideoInfo
from ..video.read.source import FrameSource
from .lockstep import check_alike, read_in_step
from .measure import Cast, Flows, Measured, look, measure
from .settings import ReportConfig

_AHEAD = 4
"""Frames read ahead: pictures are kept at full size until they are measured."""


@dataclass(frozen=True, slots=True)
class Films:
    """The films of a report, open.

    Attributes:
        cast: who is who; colored films first, then source and truth.
        infos: of each.
        size: height and width of the measured pictures.
        every: one window in how many is measured.
        sources: to read from.
    """

    cast: Cast
    infos: tuple[VideoInfo, ...]
    size: tuple[int, int]
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
) -> Films:
    """Opens all films; `stack` closes them.

    Args:
        stack: to be left when the films are done with.
        colored: at least one.
        source: what they were made from, None if not at hand.
        truth: the same film in its true colors, None if there is none.
        config: settings; its range is that of every film.
        source_config: where the source's range is another one, as after a run of a part.

    Raises:
        MediaError: a film cannot be read, or their pictures differ in size.
    """
    paths = [*colored]
    cast = Cast(
        len(colored),
        None if source is None else len(colored),
        None if truth is None else len(colored) + (source is not None),
    )
    paths += [path for path in (source, truth) if path is not None]
    sources: list[FrameSource] = []
    for number, path in enumerate(paths):
        mine = source_config if source_config and number == cast.source else config
        film = FrameSource(
            path,
            *mine.positions(),
            chroma_every=1,
            deinterlace=mine.deinterlace,
            rate=mine.rate,
        )
        stack.callback(film.close)
        sources.append(film)
    check_alike(sources)
    infos = tuple(film.info for film in sources)
    first = infos[0]
    return Films(
        cast,
        infos,
        working_size(first, config.work_size),
        config.windows(first.frame_count),
        tuple(sources),
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
    steps = read_in_step(films.sources, films.cast.luma_of, films.every)
    seen = prefetch(look(steps, films.infos, films.size), _AHEAD)
    with closing(seen):
        yield from measure(seen, films.infos, films.cast, flows)
