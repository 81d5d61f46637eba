"""A pipeline without networks: reads a film, gives it known chroma, writes it. For these tests."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from vidcolor.config import EncodeConfig, End
from vidcolor.types import Frame, VideoInfo
from vidcolor.video.mux.mux import assemble
from vidcolor.video.plan.plan import OutputPlan, plan_output
from vidcolor.video.read.source import FrameSource
from vidcolor.video.segments.fingerprint import fingerprint_of
from vidcolor.video.segments.segment import Segment, finish_segment, segment_writer
from vidcolor.video.segments.segments import Segments, work_folder
from vidcolor.video.verify.rehearsal import rehearse

LOSSLESS = EncodeConfig(crf=0, preset="ultrafast")
GOOD = EncodeConfig(crf=20, preset="medium")


class KilledError(Exception):
    """Stands for a process that ends without cleaning up."""


@dataclass(frozen=True)
class Result:
    plan: OutputPlan
    notes: list[str]
    info: VideoInfo
    segments: list[Segment]


def chroma(frame: Frame, plan: OutputPlan) -> tuple[np.ndarray, np.ndarray]:
    """Chroma codes that tell frames apart."""
    width, height = plan.chroma_size
    ramp = np.arange(width)[None] + np.arange(height)[:, None] + 3 * frame.index
    codes = (ramp % 64 + 96).astype(np.uint8 if plan.encoding.depth == 8 else np.uint16)
    codes <<= plan.encoding.depth - 8
    return codes, codes[::-1].copy()


def rewrite(
    source: Path,
    output: Path,
    encode: EncodeConfig = LOSSLESS,
    *,
    start: End | None = None,
    end: End | None = None,
    segment_frames: int = 10,
    kill_at: int | None = None,
    overwrite: bool = False,
    made_by: str | None = None,
) -> Result:
    """Runs source -> segments -> film as the real pipeline does, `kill_at` a frame."""
    with FrameSource(source, start, end) as film:
        info = film.info
    plan = plan_output(info, output, encode, overwrite=overwrite, made_by=made_by)
    rehearse(info, plan)  # whatever is written here must pass its rehearsal
    settings = {"start": str(start), "end": str(end), "segment_frames": segment_frames}
    with Segments.open(
        work_folder(plan.output), fingerprint_of(source, plan, settings)
    ) as segments:
        with FrameSource(source, start, end) as film:
            _color(film, plan, segments, segment_frames, kill_at)
        notes = assemble(
            info,
            plan,
            segments.finished,
            trim_start=start is not None,
            trim_end=end is not None,
        )
        segments.discard()
    return Result(plan, [*plan.notes, *segments.notes, *notes], info, segments.finished)


def _color(
    film: FrameSource,
    plan: OutputPlan,
    segments: Segments,
    segment_frames: int,
    kill_at: int | None,
) -> None:
    number, writer = 0, None
    for place, frame in enumerate(film):
        if frame.index == kill_at:
            raise KilledError
        number = place // segment_frames
        if number in segments:
            continue
        writer = writer or segment_writer(plan, segments.folder, number)
        writer.write(frame, *chroma(frame, plan))
        if writer.frames == segment_frames:
            segments.add(finish_segment(writer, segments.folder, number, b""))
            writer = None
    if writer is not None:
        segments.add(finish_segment(writer, segments.folder, number, b""))


@dataclass(frozen=True)
class Shown:
    """A decoded film: times in seconds, planes of every frame."""

    times: list[Fraction]
    planes: list[list[np.ndarray]]

    @property
    def luma(self) -> list[np.ndarray]:
        return [planes[0] for planes in self.planes]


def show(path: Path) -> Shown:
    """Decodes every picture of a film."""
    times, planes = [], []
    with av.open(str(path)) as film:
        stream = next(s for s in film.streams.video if not s.disposition & 1024)
        for frame in film.decode(stream):
            dtype = np.uint8 if frame.format.components[0].bits == 8 else np.uint16
            times.append(frame.pts * frame.time_base)
            planes.append(
                [
                    np.frombuffer(p, dtype)
                    .reshape(-1, p.line_size // np.dtype(dtype).itemsize)[: p.height, : p.width]
                    .copy()
                    for p in frame.planes
                ]
            )
    return Shown(times, planes)


def packets(path: Path, kind: str, number: int = 0) -> list[tuple[Fraction, Fraction, bytes]]:
    """(time, duration, bytes) of every packet of the `number`-th track of a kind."""
    with av.open(str(path)) as film:
        stream = [s for s in film.streams if s.type == kind][number]
        return [
            (p.pts * p.time_base, (p.duration or 0) * p.time_base, bytes(p))
            for p in film.demux(stream)
            if p.size
        ]


def same(a: list[np.ndarray], b: list[np.ndarray]) -> bool:
    """Whether two lists of planes are equal to the bit."""
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
