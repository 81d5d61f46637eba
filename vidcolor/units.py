"""The unit of work: a group of whole shots, colored by a function of the unit alone.

Units may be done in any order, by any process or machine that has the film, and give the same
bits. Only a shot longer than a unit is split; its parts hand their state on.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from .analysis.small_film import SmallFilm
from .errors import ConfigError, MediaError
from .film import read_range
from .guidance.guidance import Guidance
from .machine_mark import machine_mark
from .pipeline import GUIDED_UNITS, LOOK_AHEAD, color_again, color_frames, refine_frames
from .reading_on import ReadingOn
from .state import PipelineState
from .video.segments.segment import Segment, finish_segment, segment_writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from .analysis.film_analysis import FilmAnalysis
    from .components import Parts
    from .config import RunConfig
    from .stages.values import ColoredFrame, RefinedFrame
    from .types import Frame, VideoInfo
    from .video.plan.plan import OutputPlan
    from .video.read.source import FrameSource
    from .video.segments.sink import SegmentWriter


@dataclass(frozen=True, slots=True)
class Span:
    """Frames that make up a unit.

    Attributes:
        number: of the unit, from 0.
        start, end: its first frame and the one after its last, numbers in the film.
        continues: its first frame is in the middle of a shot: the state after the unit before is
            needed.
    """

    number: int
    start: int
    end: int
    continues: bool


@dataclass(frozen=True, slots=True)
class Unit:
    """Everything that decides a unit's colors; plain values that can be pickled.

    Attributes:
        span: its frames.
        source: the film's file.
        config: the run's settings.
        analysis: the part of the film's analysis that concerns these frames.
        plan: how the frames are encoded.
        weights: SHA-256 of every weight file, by its name.
        folder: where its segment is written.
        state: what the unit before handed on, see `PipelineState.to_bytes`; None where the unit
            begins with a shot.
        guidance: what was said of the colors of its shots and what the film's shots agree on, of
            their other frames too.
    """

    span: Span
    source: Path
    config: RunConfig
    analysis: FilmAnalysis
    plan: OutputPlan
    weights: Mapping[str, str]
    folder: Path
    state: bytes | None = None
    guidance: Guidance = field(default_factory=Guidance)


def plan_units(analysis: FilmAnalysis, most: int) -> list[Span]:
    """Groups whole shots into units of up to `most` frames; a longer shot is split."""
    spans: list[Span] = []
    for start, end, continues in _pieces(analysis, most):
        last = spans[-1] if spans else None
        if last is None or continues or end - last.start > most:
            spans.append(Span(len(spans), start, end, continues))
        else:
            spans[-1] = Span(last.number, last.start, end, last.continues)
    return spans


def _pieces(analysis: FilmAnalysis, most: int) -> Iterator[tuple[int, int, bool]]:
    for shot in analysis.shots:
        for start in range(shot.start, shot.end, most):
            yield start, min(start + most, shot.end), start > shot.start


def color_unit(
    unit: Unit,
    parts: Parts,
    frames: FrameSource | None = None,
    on_frame: Callable[[int], None] | None = None,
    reading: ReadingOn | None = None,
) -> Segment:
    """Colors and encodes the frames of a unit; a function of `unit` alone.

    Args:
        unit: what to color.
        parts: the networks that `unit.config` names, kept loaded by the caller.
        frames: a source whose next frame is the unit's first, to save opening the film; at least
            the unit's frames are left in it.
        on_frame: called after every frame with the number of frames done.
        reading: the same frames once more, to be looked at before they are colored.

    Returns:
        The segment that was written, whole, to `unit.folder`.

    Raises:
        ConfigError: `parts` are not the ones the unit was made for.
        MediaError: the film cannot be read or the segment not be written.
    """
    check_weights(unit, parts)
    span, plan, config = unit.span, unit.plan, unit.config
    with ExitStack() as sources:
        if frames is None:
            frames = sources.enter_context(read_unit(unit, span.end))
        info = frames.info
        own = islice(frames, span.end - span.start)
        if parts.sees_shots or unit.guidance or unit.guidance.agreed:
            refined = look_at_unit(unit, parts, info, reading)
            colored = color_again(
                own, refined, info, plan.tags, plan.chroma_size, config.unit_frames
            )
        else:
            state = _state_before(unit, parts, info)
            colored = color_frames(
                own, info, unit.analysis, plan.tags, plan.chroma_size, parts, config, state
            )
        with closing(colored):
            return encode_unit(unit, colored, parts.device, on_frame)


def look_at_unit(
    unit: Unit,
    parts: Parts,
    info: VideoInfo,
    reading: ReadingOn | None = None,
    is_wanted: Callable[[], bool] = lambda: True,
) -> Generator[RefinedFrame, None, None]:
    """Small colors of a unit's frames, which are looked at without being held.

    Args:
        unit, parts, reading: see `color_unit`.
        info: of the film.
        is_wanted: asked before every frame; where it is False, the rest comes out wrong and soon.
    """
    span, look_end = unit.span, _look_end(unit)
    with ExitStack() as sources:
        looked: Iterable[Frame]
        small = small_frames(unit, info)
        if small is not None:
            looked = sources.enter_context(closing(small))
        # frames are not held for a look far ahead
        elif reading is not None and look_end - span.end <= LOOK_AHEAD:
            looked = reading.unit(span.start, span.end, look_end)
        else:
            looked = sources.enter_context(read_unit(unit, look_end))
        refined = refine_frames(
            takewhile(lambda _: is_wanted(), looked),
            info,
            unit.analysis,
            parts,
            unit.config,
            _state_before(unit, parts, info),
            guidance=unit.guidance,
            end=span.end,
        )
        with closing(refined):
            yield from refined


def encode_unit(
    unit: Unit,
    colored: Iterable[ColoredFrame],
    device: str,
    on_frame: Callable[[int], None] | None = None,
) -> Segment:
    """Writes the segment of a unit.

    Args:
        unit, on_frame: see `color_unit`.
        colored: its frames, and no other.
        device: that its colors were made on.

    Raises:
        MediaError: frames are missing, or the segment cannot be written.
    """
    state = None
    locks: dict[str, list[tuple[int, float]]] = {}
    number = unit.span.number
    writer = segment_writer(unit.plan, unit.folder, number)
    try:
        for item in colored:
            writer.write(item.frame, item.u, item.v)
            state = item.state
            for name, distance in item.locks.items():
                locks.setdefault(name, []).append((item.frame.index, round(distance, 2)))
            if on_frame is not None:
                on_frame(writer.frames)
        _check_frames(unit, writer)
        handed_on = b"" if state is None else state.to_bytes()
        told = unit.guidance.digest()
        made_on = machine_mark(device)
        return finish_segment(writer, unit.folder, number, handed_on, told, locks, made_on)
    except BaseException:
        writer.abort()
        raise


def small_frames(unit: Unit, info: VideoInfo) -> Generator[Frame, None, None] | None:
    """Frames to be looked at before they are colored, if they were kept; see `SmallFilm`."""
    if unit.config.keep_color:
        return None  # their chroma is looked at too
    small = SmallFilm(unit.folder, info, unit.config.work_size)
    return small.frames(unit.span.start, _look_end(unit))


def read_unit(unit: Unit, end: int) -> FrameSource:
    """Frames of a film from a unit's first on, up to `end` (exclusive).

    Raises:
        MediaError: the film cannot be read.
    """
    return read_range(unit.source, unit.config.film, unit.analysis, unit.span.start, end)


def _look_end(unit: Unit) -> int:
    """The frame after the last that is looked at.

    Beyond the unit's end that is so where its last shot goes on: some frames, so that colors of
    both parts fit together, and some units further where somebody gave colors there.
    """
    end = unit.span.end
    reach = min(end + LOOK_AHEAD, unit.analysis.shots[-1].end)
    far = min(end + GUIDED_UNITS * unit.config.unit_frames, unit.analysis.shots[-1].end)
    given = [g.frame + 1 for g in unit.guidance.given if end <= g.frame < far]
    return max([end, reach, *given])


def _state_before(unit: Unit, parts: Parts, info: VideoInfo) -> PipelineState | None:
    if unit.state is None:
        return None
    size = info.geometry.working_size(unit.config.work_size)
    return PipelineState.from_bytes(unit.state, parts.device).resized(size.shape)


def check_weights(unit: Unit, parts: Parts) -> None:
    """Refuses networks that a unit was not planned with.

    Raises:
        ConfigError: these are others.
    """
    if dict(unit.weights) != dict(parts.weights):
        raise ConfigError("the weights here are not those that the unit was planned with")


def _check_frames(unit: Unit, writer: SegmentWriter) -> None:
    span = unit.span
    if (writer.first_frame, writer.frames) != (span.start, span.end - span.start):
        raise missing_frames(unit)


def missing_frames(unit: Unit) -> MediaError:
    """The error of a film that has lost frames of a unit since it was analyzed."""
    return MediaError(
        f"{unit.source}: frames {unit.span.start}:{unit.span.end} are not there any more",
        hint="if the file has changed, --restart colors it again",
    )
