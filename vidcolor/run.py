"""A whole film: plan, colour segment by segment, put together, check."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from . import __version__
from .components import Parts, build
from .config import RunConfig
from .errors import MediaError, VerifyError
from .memory import Memory
from .pipeline import paint
from .video.mux import assemble
from .video.plan import OutputPlan, plan_output
from .video.segments import Segments, fingerprint_of, work_folder
from .video.source import FrameSource
from .video.verify import verify

if TYPE_CHECKING:
    from .video.sink import SegmentWriter

Progress = Callable[[int, int | None], None]
"""Told after every frame: frames done, and frames to be expected (None = unknown)."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did.

    Attributes:
        output: the film.
        frames: frames in it.
        shots: shots found in it.
        resumed_at: frames taken over from an earlier, unfinished run.
        seconds: duration of this run.
        frames_per_second: frames coloured in this run over its duration.
        notes: what was chosen, left out or found damaged; one line each.
    """

    output: Path
    frames: int
    shots: int
    resumed_at: int
    seconds: float
    frames_per_second: float
    notes: tuple[str, ...]


def colorize_video(
    source: Path | str,
    output: Path | str,
    config: RunConfig | None = None,
    *,
    overwrite: bool = False,
    restart: bool = False,
    check: bool = True,
    progress: Progress | None = None,
) -> RunResult:
    """Colours a film; everything but its chroma stays as it is.

    Interrupted at any moment, the same call goes on after the last finished segment, and the
    film comes out the same to the bit.

    Args:
        source: the film.
        output: the film to write; its ending chooses the container.
        config: settings, the defaults if None.
        overwrite: replace an existing `output`.
        restart: forget what an unfinished run has done.
        check: compare the finished film with its source, packet by packet.
        progress: see `Progress`.

    Raises:
        ConfigError, PluginError, WeightsError: the settings cannot be met.
        MediaError: `source` cannot be read or `output` not be written.
        ResumeError: unfinished work was begun with other settings.
        VerifyError: the finished film lacks something of its source; it is kept.
    """
    began = time.monotonic()
    config = config or RunConfig()
    source, output = Path(source), Path(output)
    with FrameSource(source, *config.positions()) as film:
        plan = plan_output(
            film.info, output, config.encode, overwrite=overwrite, made_by=_signature(config)
        )
        parts = build(config)
        settings = config.to_dict() | {
            "version": __version__,
            "device": parts.device,
            "flow": parts.flow.name if parts.flow else "none",
        }
        fingerprint = fingerprint_of(source, plan, settings)
        with Segments.open(work_folder(output), fingerprint, restart=restart) as segments:
            resumed_at = sum(s.frames for s in segments.finished)
            notes = [*segments.notes]
            shots = _colour(film, segments, plan, parts, config, notes, progress)
            frames = sum(s.frames for s in segments.finished)
            written = (film.info, plan, segments.finished)
            starts, ends = config.start is not None, config.end is not None
            notes += assemble(*written, trim_start=starts, trim_end=ends)
            if check:
                _check(verify(*written, trim_start=starts, trim_end=ends), output)
            segments.discard()
    seconds = time.monotonic() - began
    return RunResult(
        output=output,
        frames=frames,
        shots=shots,
        resumed_at=resumed_at,
        seconds=seconds,
        frames_per_second=(frames - resumed_at) / seconds,
        notes=(*parts.notes, *plan.notes, *notes),
    )


def _colour(
    film: FrameSource,
    segments: Segments,
    plan: OutputPlan,
    parts: Parts,
    config: RunConfig,
    notes: list[str],
    progress: Progress | None,
) -> int:
    """Writes the segments that are not there yet; gives the number of shots of the range."""
    memory = None
    if segments.state is not None:
        memory = Memory.from_bytes(segments.state, parts.device)
    if not segments.complete:
        if segments.next_frame is None:
            memory = _colour_frames(film, segments, plan, parts, config, memory, progress)
            notes += film.notes
        else:
            with FrameSource(
                film.info.path,
                *config.positions(),
                first_frame=segments.next_frame,
                after_pts=segments.finished[-1].last_pts,
            ) as rest:
                memory = _colour_frames(rest, segments, plan, parts, config, memory, progress)
                notes += rest.notes
        segments.mark_complete()
    if memory is None:
        raise MediaError(f"{film.info.path}: no picture could be decoded")
    return memory.shot + 1


def _colour_frames(
    film: FrameSource,
    segments: Segments,
    plan: OutputPlan,
    parts: Parts,
    config: RunConfig,
    memory: Memory | None,
    progress: Progress | None,
) -> Memory | None:
    done = sum(s.frames for s in segments.finished)
    width, height = plan.chroma_size
    painted = paint(film, film.info, plan.tags, (height, width), parts, config, memory)
    writer: SegmentWriter | None = None
    try:
        with closing(painted):
            for item in painted:
                writer = writer or segments.writer(plan)
                writer.write(item.frame, item.u, item.v)
                memory = item.memory
                done += 1
                if writer.frames == config.segment_frames:
                    segments.commit(writer, memory.to_bytes())
                    writer = None
                if progress is not None:
                    progress(done, film.info.frame_count)
        if writer is not None and memory is not None:
            segments.commit(writer, memory.to_bytes())
            writer = None
    finally:
        if writer is not None:
            writer.abort()
    return memory


def _check(mismatches: list[str], output: Path) -> None:
    if mismatches:
        more = f" (and {len(mismatches) - 1} more)" if mismatches[1:] else ""
        raise VerifyError(
            f"{output}: not as it should be: {mismatches[0]}{more}",
            hint="please report this; --no-verify skips the check",
        )


def _signature(config: RunConfig) -> str:
    """One line for the film's comment: how its colours were made."""
    return (
        f"coloured by vidcolor {__version__}: model {config.model}, refiner {config.refiner}, "
        f"flow {config.flow}, work size {config.work_size}, strength {config.strength:g}"
    )
