"""A film's way through the tool: read it top to bottom.

`run.colorize_video` assembles the whole: open the film, analyze it, plan the output and the units
of work, color each unit, assemble, verify. This file is the coloring of a unit. Frames are decoded
and their luma becomes small lightness (`stages.lightness`); the motion between them is estimated
(`stages.motion`); regions that were painted keep their color (`stages.kept_regions`); what a person
said of their colors travels along it through the shot (`stages.travel`), and so does what the
film's shots agree on (`stages.agree`); a colorizer colors the frames with something new, and more
where it is of two minds (`stages.choice`, `stages.colorize`, `stages.between`), a refiner steadies
the colors over the shot (`stages.refine`), and only two chroma planes come back, to be joined with
the untouched luma again (`stages.chroma`). Every stage is a generator and every state a value.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING

from .prefetch import frames_ahead, prefetch
from .stages.agree import carry_agreed
from .stages.between import color_between
from .stages.choice import choose_colored
from .stages.chroma import to_chroma
from .stages.colorize import colorize_batches
from .stages.kept_regions import hold_regions
from .stages.lightness import select_source_color, to_lightness
from .stages.motion import estimate_motion
from .stages.refine import refine
from .stages.travel import carry_hints

if TYPE_CHECKING:
    from .components import Parts
    from .config import RunConfig
    from .geometry import Size
    from .guidance.guidance import Guidance
    from .stages.values import ColoredFrame, KnownShots, RefinedFrame, WorkFrame
    from .state import PipelineState
    from .types import ColorTags, Frame, VideoInfo

# Frames after a unit's last that are looked at where its shot goes on.
LOOK_AHEAD = 32
# Units after a unit from which colors that a person gave come back along a shot that goes on.
GUIDED_UNITS = 4
# Small frames that may wait between two stages that run side by side.
_DEPTH = 8


def refine_frames(
    frames: Iterable[Frame],
    info: VideoInfo,
    analysis: KnownShots,
    parts: Parts,
    config: RunConfig,
    state: PipelineState | None = None,
    *,
    guidance: Guidance | None = None,
    end: int | None = None,
    on_moved: Callable[[WorkFrame], None] | None = None,
) -> Generator[RefinedFrame, None, None]:
    """The chain from decoded frames to small, steady ab; see `color_frames`."""
    given = {g.frame: g for g in guidance.given} if guidance is not None else {}
    agreed = {g.frame: g for g in guidance.agreed} if guidance is not None else {}
    known, known_agreed = (None, None) if state is None else (state.known, state.agreed)
    most = config.unit_frames + LOOK_AHEAD
    size = info.geometry.working_size(config.work_size)
    work = to_lightness(prefetch(frames, frames_ahead(info)), info, analysis, size, parts.device)
    marked = select_source_color(work, analysis)
    agrees = parts.flow is not None and (bool(agreed) or known_agreed is not None)
    both_ways = parts.sees_shots or bool(given) or known is not None or agrees
    motion = estimate_motion(
        marked,
        parts.flow,
        state,
        both_ways=both_ways,
        batch=1 if parts.device == "cpu" else config.batch,
    )
    held_regions = hold_regions(motion, state)
    if on_moved is not None:
        held_regions = _shown(held_regions, on_moved)
    moving: Iterable[WorkFrame] = prefetch(held_regions, _DEPTH)
    # beyond the unit's end only a refiner of whole shots looks, and not far
    reach = None if end is None else end + LOOK_AHEAD * parts.sees_shots
    if given or known is not None:
        locks = guidance.locks if guidance else ()
        held = most + GUIDED_UNITS * config.unit_frames
        places = () if state is None else state.locks
        moving = carry_hints(
            moving, given, known, locks=locks, places=places, end=end, reach=reach, most=held
        )
    if agrees:
        moving = carry_agreed(moving, agreed, known_agreed, end=end, reach=reach, most=most)
    chosen = parts.sees_shots and not config.every_frame
    if chosen:
        moving = choose_colored(moving, given)
    colored = colorize_batches(moving, parts.colorizer, config.batch, takes_hints=parts.takes_hints)
    if chosen:
        if parts.is_reentrant:
            colored = prefetch(colored, _DEPTH)
        colored = color_between(colored, parts.colorizer, takes_hints=parts.takes_hints)
    waiting = prefetch(colored, _DEPTH)
    strength = config.strength
    return refine(waiting, parts.refiner, state, end=end, most=most, strength=strength)


def color_frames(
    frames: Iterable[Frame],
    info: VideoInfo,
    analysis: KnownShots,
    tags: ColorTags,
    chroma_size: Size,
    parts: Parts,
    config: RunConfig,
    state: PipelineState | None = None,
    *,
    guidance: Guidance | None = None,
    again: Iterable[Frame] | None = None,
    end: int | None = None,
    on_moved: Callable[[WorkFrame], None] | None = None,
) -> Generator[ColoredFrame, None, None]:
    """The whole chain from decoded frames to chroma planes.

    Args:
        frames: in order of presentation, from a shot's first frame or the one after `state`.
        info: of the source.
        analysis: of the source; says where shots begin, where the image is, what keeps its color.
        tags: how the codes of the output are written (its luma codes are the source's).
        chroma_size: of the output's chroma planes.
        parts: colorizer, refiner and flow.
        config: settings.
        state: after the frame before the first of `frames`, where a shot is continued.
        guidance: what a person said of the colors, and what the film's shots agree on.
        again: the same frames once more, read when their colors are there; None = frames are held
            meanwhile, a whole shot of them where the refiner or the guidance looks at whole shots.
        end: number of the frame after the last to color; those that follow in `frames` are only
            looked at. None = all are colored.
        on_moved: called, in a thread of the chain, with every frame when its motion is known, in
            order: long before its colors where these need the whole shot.
    """
    held: deque[Frame] = deque()
    seen = _holding(frames, held) if again is None else frames
    refined = refine_frames(
        seen, info, analysis, parts, config, state,
        guidance=guidance, end=end, on_moved=on_moved,
    )  # fmt: skip
    if again is not None:
        return color_again(again, refined, info, tags, chroma_size, config.unit_frames)
    colored = to_chroma(_released(held), refined, info, tags, chroma_size)
    return prefetch(colored, frames_ahead(info))


def color_again(
    frames: Iterable[Frame],
    refined: Iterable[RefinedFrame],
    info: VideoInfo,
    tags: ColorTags,
    chroma_size: Size,
    most: int,
) -> Generator[ColoredFrame, None, None]:
    """From small colors to chroma planes, of frames that are read when their colors are there.

    Args:
        frames: those that were looked at, once more.
        refined: their small colors.
        info, tags, chroma_size: see `color_frames`.
        most: frames whose small colors may wait, while the next shot is looked at.
    """
    waiting, ahead = prefetch(refined, most), frames_ahead(info)
    # Large frames are read and given their colors in one thread: both are quick beside the
    # encoder, and none wait in between.
    again = prefetch(frames, ahead) if ahead > 1 else frames
    return prefetch(to_chroma(again, waiting, info, tags, chroma_size), ahead)


def _shown(
    items: Iterable[WorkFrame], on_moved: Callable[[WorkFrame], None]
) -> Iterator[WorkFrame]:
    for item in items:
        on_moved(item)
        yield item


def _holding(frames: Iterable[Frame], held: deque[Frame]) -> Iterator[Frame]:
    for frame in frames:
        held.append(frame)
        yield frame


def _released(held: deque[Frame]) -> Iterator[Frame]:
    # a frame's colors come after the frame, so that one is there whenever it is asked for
    while held:
        yield held.popleft()
