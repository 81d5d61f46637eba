"""One finished segment: a file of coded frames, with the caller's state next to it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...files import replace_whole, sha256_of, write_whole
from ..plan.plan import OutputPlan
from .sink import SegmentWriter, write_error


@dataclass(frozen=True, slots=True)
class Segment:
    """A finished segment.

    Attributes:
        number: of its unit, from 0.
        path: file of coded frames.
        first_frame: number of its first frame in the film.
        frames: frames in it.
        first_pts, last_pts: pts of its first and last frame in the film's time base.
        reorder: frames by which decoding runs ahead of presentation.
        size: bytes of the file.
        sha256: of the file.
        state_sha256: of the state next to it.
        is_intact: nothing had to be repaired in reading the film up to its end.
        told: digest of what was said of its shots' colors, "" where nothing was.
        locks: of places that must have a color, frame numbers and CIEDE2000 from it, by name.
        made_on: kind of machine that colored it, one line.
    """

    number: int
    path: Path
    first_frame: int
    frames: int
    first_pts: int
    last_pts: int
    reorder: int
    size: int
    sha256: str
    state_sha256: str
    is_intact: bool = True
    told: str = ""
    locks: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)
    made_on: str = ""


def segment_writer(plan: OutputPlan, folder: Path, number: int) -> SegmentWriter:
    """A writer for the segment of unit `number`; `finish_segment` gives it its name."""
    # two processes, on two machines even, that write the same segment do no harm to each other
    part = segment_path(folder, number).with_suffix(f".{secrets.token_hex(4)}.part")
    return SegmentWriter(plan, part)


def segment_path(folder: Path, number: int) -> Path:
    """Where the segment of unit `number` lies once it is finished."""
    return folder / f"{number:05d}.nut"


def finish_segment(
    writer: SegmentWriter,
    folder: Path,
    number: int,
    state: bytes,
    told: str = "",
    locks: Mapping[str, Sequence[tuple[int, float]]] | None = None,
    made_on: str = "",
) -> Segment:
    """Closes a writer and gives its file its name, with the caller's state next to it.

    Args:
        writer: of `segment_writer`, with at least one frame in it.
        folder, number: as of the writer.
        state: what the caller needs to continue with the frame after the segment.
        told, locks, made_on: see `Segment`.

    Raises:
        MediaError: the disk is full or the folder cannot be written to.
    """
    writer.close()
    if writer.first_frame is None:
        raise ValueError("a segment needs at least one frame")
    path = segment_path(folder, number)
    try:
        segment = Segment(
            number=number,
            path=path,
            first_frame=writer.first_frame,
            frames=writer.frames,
            first_pts=writer.first_pts,
            last_pts=writer.last_pts,
            reorder=writer.reorder,
            # of this very file: another process may put one of the same name in its place
            size=writer.path.stat().st_size,
            sha256=sha256_of(writer.path),
            state_sha256=hashlib.sha256(state).hexdigest(),
            is_intact=writer.is_intact,
            told=told,
            locks=locks or {},
            made_on=made_on,
        )
        # the state first: a segment that is there has its state
        write_whole(path.with_suffix(".state"), state, shared=True)
        replace_whole(writer.path, path)
        return segment
    except OSError as err:
        raise write_error(err, folder) from err
