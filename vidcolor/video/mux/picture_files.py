"""The finished film as a folder of numbered pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...errors import MediaError
from ...files import remove, sync_file
from ..plan.plan import OutputPlan
from ..read.containers import open_input
from ..read.folder import is_intact_png
from ..segments.segment import Segment


def write_pictures(plan: OutputPlan, segments: Sequence[Segment], part: Path) -> None:
    """Writes a folder of pictures that have the numbers of their frames.

    Args:
        plan: what is to be written.
        segments: coded pictures.
        part: the folder to write; what a killed run has left there is removed.

    Raises:
        MediaError: a damaged segment.
        OSError: a full disk.
    """
    assert plan.names is not None
    remove(part)
    part.mkdir()
    for segment in segments:
        _write_segment(segment, part, plan.names)


def check_pictures(plan: OutputPlan, segments: Sequence[Segment]) -> list[str]:
    """What is missing in the folder or damaged, a line each."""
    assert plan.names is not None
    there = {path.name for path in plan.output.iterdir()}
    wanted = [plan.names % (s.first_frame + n) for s in segments for n in range(s.frames)]
    problems = []
    if len(there) != len(wanted):
        problems.append(f"{len(there)} pictures, expected {len(wanted)}")
    wrong = [n for n in wanted if n not in there or not is_intact_png(plan.output / n)]
    if wrong:
        problems.append(f"{wrong[0]} is missing or damaged")
    return problems


def _write_segment(segment: Segment, folder: Path, names: str) -> None:
    count = 0
    with open_input(segment.path) as file:
        for packet in file.demux(video=0):
            if packet.size:
                path = folder / (names % (segment.first_frame + count))
                path.write_bytes(bytes(packet))
                sync_file(path)
                count += 1
    if count != segment.frames:
        raise MediaError(
            f"{segment.path}: {count} of {segment.frames} pictures can be read",
            hint="run the same command again: damaged parts are done again",
        )
