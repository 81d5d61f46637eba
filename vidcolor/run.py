"""A whole film: plan, color segment by segment, put together, check."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from . import __version__
from .analysis.source_color import LOOK_EVERY, color_notes
from .components import Parts, build
from .config import RunConfig
from .errors import MediaError, MemoryLimitError, StoppedError, VerifyError
from .out_of_memory import free_memory, is_out_of_memory, with_less
from .pipeline import paint, working_size
from .state import Memory
from .video.mux.mux import assemble
from .video.plan.place import finished_path
from .video.plan.plan import OutputPlan, plan_output
from .video.plan.room import check_room
from .video.read.clock import as_clock
from .video.read.source import FrameSource
from .video.segments.fingerprint import fingerprint_of
from .video.segments.segments import Segments, is_own_film, work_folder
from .video.verify.verify import verify

if TYPE_CHECKING:
    from .types import VideoInfo
    from .video.segments.sink import SegmentWriter

Progress = Callable[[int, int | None], None]
"""Told after every frame: frames done, and frames to be expected (None = unknown)."""

ShouldStop = Callable[[], bool]
"""Asked after every finished segment: True ends the run there."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did.

    Attributes:
        output: the film.
        frames: frames in it.
        shots: shots found in it.
        resumed_at: frames taken over from an earlier, unfinished run.
        seconds: duration of this run.
        frames_per_second: frames colored in this run over its duration.
        notes: what was chosen or left out; one line each.
        warnings: what was found damaged, or could not be done as asked; one line each.
        damaged: seconds from the film's start at which frames are damaged, in order.
    """

    output: Path
    frames: int
    shots: int
    resumed_at: int
    seconds: float
    frames_per_second: float
    notes: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    damaged: tuple[float, ...] = ()


def colorize_video(
    source: Path | str,
    output: Path | str,
    config: RunConfig | None = None,
    *,
    overwrite: bool = False,
    restart: bool = False,
    check: bool = True,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> RunResult:
    """Colors a film; everything but its chroma stays as it is.

    Interrupted at any moment, the same call goes on after the last finished segment, and the
    film comes out the same to the bit. Where memory runs out, it goes on from there with a
    smaller batch, then with a smaller working size, and says so.

    Args:
        source: the film.
        output: the film to write; its ending chooses the container.
        config: settings, the defaults if None.
        overwrite: replace an existing `output`.
        restart: forget what an unfinished run has done.
        check: compare the finished film with its source, packet by packet.
        progress: see `Progress`.
        should_stop: see `ShouldStop`.

    Raises:
        ConfigError, PluginError, WeightsError: the settings cannot be met.
        MediaError: `source` cannot be read or `output` not be written.
        MemoryLimitError: memory does not even suffice for the smallest settings.
        ResumeError: unfinished work was begun with other settings.
        StoppedError: `should_stop` said so.
        VerifyError: the finished film lacks something of its source; it is kept.
    """
    began = time.monotonic()
    config = config or RunConfig()
    source, output = Path(source), Path(output)
    finished = finished_path(output)
    folder = work_folder(finished)
    overwrite = overwrite or is_own_film(finished, folder)
    with _memory_errors_told(), _open(source, config) as film:
        plan = plan_output(
            film.info,
            output,
            config.encode,
            overwrite=overwrite,
            made_by=_signature(config),
        )
        check_room(film.info, plan, folder, is_lossless=config.crf == 0)
        parts = build(config)
        settings = config.to_dict() | {
            "version": __version__,
            "device": parts.device,
            "flow": parts.flow.name if parts.flow else "none",
            "weights": dict(parts.weights),
        }
        fingerprint = fingerprint_of(source, plan, settings)
        with Segments.open(folder, fingerprint, output=finished, restart=restart) as segments:
            resumed_at = sum(s.frames for s in segments.finished)
            job = _Job(film, segments, plan, parts, progress, should_stop)
            job.color(config)
            frames = sum(s.frames for s in segments.finished)
            written = (film.info, plan, segments.finished)
            starts, ends = config.start is not None, config.end is not None
            warnings = [*segments.notes, *segments.report["warnings"]]
            if not segments.is_published:
                publish = partial(segments.publish, overwrite=overwrite)
                warnings += assemble(*written, trim_start=starts, trim_end=ends, publish=publish)
            if check:
                _check(verify(*written, trim_start=starts, trim_end=ends), finished)
            report = segments.report
            segments.discard()
    seconds = time.monotonic() - began
    return RunResult(
        output=finished,
        frames=frames,
        shots=report["shots"],
        resumed_at=resumed_at,
        seconds=seconds,
        frames_per_second=(frames - resumed_at) / seconds,
        notes=(*parts.notes, *plan.notes, *report["notes"]),
        warnings=tuple(warnings),
        damaged=tuple(report["damaged"]),
    )


class _Job:
    """Writes the segments of a film that are not there yet.

    Args:
        film: the film, not yet read.
        segments: where they go.
        plan: how they are written.
        parts: what colors them.
        progress, should_stop: as for `colorize_video`.
    """

    def __init__(
        self,
        film: FrameSource,
        segments: Segments,
        plan: OutputPlan,
        parts: Parts,
        progress: Progress | None,
        should_stop: ShouldStop | None,
    ) -> None:
        self._film, self._segments, self._plan, self._parts = film, segments, plan, parts
        self._progress, self._should_stop = progress, should_stop
        self._is_read = False  # `film` can be read once

    def color(self, config: RunConfig) -> None:
        """Goes on after the last finished segment to the end of the film.

        Leaves the report of the whole work in `segments.report`: shots, notes, warnings, damaged.
        """
        segments = self._segments
        limits = segments.limits or {"batch": config.batch, "work_size": config.work_size}
        config = replace(config, batch=limits["batch"], work_size=limits["work_size"])
        while not segments.complete:
            try:
                self._color_rest(config)
            except Exception as err:
                smaller = with_less(config)
                if smaller is None or not is_out_of_memory(err):
                    raise
            else:
                return
            # Only here, behind the handler, does the error let go of the pictures it holds.
            free_memory()
            said = [*segments.limits.get("said", []), self._lowered(config, smaller)]
            config = smaller
            # At once, for a run taken up again must make the same film.
            segments.limit({"batch": config.batch, "work_size": config.work_size, "said": said})

    def _color_rest(self, config: RunConfig) -> None:
        segments, info = self._segments, self._film.info
        memory = None
        if segments.state is not None:
            memory = Memory.from_bytes(segments.state, self._parts.device)
            memory = memory.resized(working_size(info, config.work_size))
        with self._rest_of_film(config) as film:
            memory = self._color_frames(film, config, memory)
            if memory is None:
                raise MediaError(f"{info.path}: no picture could be decoded")
            segments.mark_complete(
                {
                    "shots": memory.shot + 1,
                    "notes": [
                        *film.notes,
                        *color_notes(memory.colors, info, keep=config.keep_color),
                    ],
                    "warnings": [*film.warnings, *segments.limits.get("said", [])],
                    "damaged": film.damaged,
                }
            )

    def _rest_of_film(self, config: RunConfig) -> FrameSource:
        """The frames after the last finished segment."""
        segments = self._segments
        if segments.next_frame is None and not self._is_read:
            self._is_read = True
            return self._film
        # What was mended before must be mended in the same way again, and be told in the end:
        # then everything before is decoded, in the place of a jump behind it.
        last = segments.finished[-1] if segments.finished else None
        return _open(
            self._film.info.path,
            config,
            first_frame=segments.next_frame,
            after_pts=last.last_pts if last is not None and last.is_sound else None,
        )

    def _color_frames(
        self, film: FrameSource, config: RunConfig, memory: Memory | None
    ) -> Memory | None:
        segments, plan = self._segments, self._plan
        done = sum(s.frames for s in segments.finished)
        width, height = plan.chroma_size
        painted = paint(film, film.info, plan.tags, (height, width), self._parts, config, memory)
        writer: SegmentWriter | None = None
        try:
            with closing(painted):
                for item in painted:
                    writer = writer or segments.writer(plan)
                    writer.write(item.frame, item.u, item.v)
                    memory = item.memory
                    done += 1
                    if writer.frames == config.segment_frames:
                        segments.commit(writer, memory.to_bytes(), is_sound=film.is_sound)
                        writer = None
                    if self._progress is not None:
                        self._progress(done, film.info.frame_count)
                    if writer is None:
                        self._stop_if_asked(film.info, item.frame.pts)
            if writer is not None and memory is not None:
                segments.commit(writer, memory.to_bytes(), is_sound=film.is_sound)
                writer = None
        finally:
            if writer is not None:
                writer.abort()
        return memory

    def _lowered(self, config: RunConfig, smaller: RunConfig) -> str:
        """What is changed, in one line."""
        frame = self._segments.next_frame
        where = f" from frame {frame} on" if frame else ""
        if smaller.batch != config.batch:
            return f"not enough memory: batch {smaller.batch}, not {config.batch}{where}"
        return f"not enough memory: work size {smaller.work_size}, not {config.work_size}{where}"

    def _stop_if_asked(self, info: VideoInfo, pts: int) -> None:
        if self._should_stop is not None and self._should_stop():
            when = as_clock(pts * info.time_base - info.start_time)
            raise StoppedError(f"stopped at {when}", hint="the same command goes on from there")


@contextmanager
def _memory_errors_told() -> Iterator[None]:
    """Turns a want of memory into one line."""
    try:
        yield
    except Exception as err:
        if not is_out_of_memory(err):
            raise
        raise MemoryLimitError(
            "not enough memory",
            hint="close other programs, or try --work-size 128, a smaller --model or --device cpu",
        ) from err


def _open(
    path: Path, config: RunConfig, first_frame: int | None = None, after_pts: int | None = None
) -> FrameSource:
    return FrameSource(
        path,
        *config.positions(),
        first_frame,
        after_pts=after_pts,
        rate=config.rate,
        chroma_every=1 if config.keep_color else LOOK_EVERY,
        deinterlace=config.deinterlace,
    )


def _check(mismatches: list[str], output: Path) -> None:
    if mismatches:
        more = f" (and {len(mismatches) - 1} more)" if mismatches[1:] else ""
        raise VerifyError(
            f"{output}: not as it should be: {mismatches[0]}{more}",
            hint="please report this; --no-verify skips the check",
        )


def _signature(config: RunConfig) -> str:
    """One line for the film's comment: how its colors were made."""
    return (
        f"colored by vidcolor {__version__}: model {config.model}, refiner {config.refiner}, "
        f"flow {config.flow}, work size {config.work_size}, strength {config.strength:g}"
        + (", color that was there kept" if config.keep_color else "")
        + (", deinterlaced" if config.deinterlace else "")
    )
